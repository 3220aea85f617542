package io.agentotp.spring.event;

import io.agentotp.AgentOtpException;
import io.agentotp.Permission;

/**
 * The body of a guarded call has run, but the service has not recorded the use of its
 * permission and will not be told again: it rejected the use, or could not be reached
 * until the token's end.
 *
 * @param permission the permission, without its token
 * @param outcome {@code succeeded}, {@code failed} or {@code cancelled}
 * @param failure why it was not recorded
 */
public record PermissionUseFailedEvent(Permission permission, String outcome,
		AgentOtpException failure) implements PermissionEvent {
}
