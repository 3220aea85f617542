package io.agentotp.spring.event;

import io.agentotp.Permission;

/**
 * The service has granted a call without the signatures that this application requires,
 * so that its body does not run. The service, its database or its secrets may be in other
 * hands, or the trust file is out of date.
 *
 * @param permission the permission, without its token
 * @param reason what is missing
 */
public record PermissionUnsignedEvent(Permission permission, String reason) implements PermissionEvent {
}
