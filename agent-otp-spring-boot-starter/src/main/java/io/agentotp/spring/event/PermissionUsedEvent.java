package io.agentotp.spring.event;

import io.agentotp.Permission;

/**
 * The permission of a guarded call was used, and the service has recorded it: after the
 * body, or before it where the method says so.
 *
 * @param permission the permission, without its token
 * @param outcome {@code started}, {@code succeeded}, {@code failed} or {@code cancelled}
 */
public record PermissionUsedEvent(Permission permission, String outcome) implements PermissionEvent {
}
