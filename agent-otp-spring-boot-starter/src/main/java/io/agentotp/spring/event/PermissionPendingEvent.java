package io.agentotp.spring.event;

import io.agentotp.Permission;

/**
 * A guarded call waits for a human, or has ended until a human decides. Published before
 * it waits, so that a listener can show {@link Permission#approvalUrl() where to decide}.
 *
 * @param permission the permission, without its token
 */
public record PermissionPendingEvent(Permission permission) implements PermissionEvent {
}
