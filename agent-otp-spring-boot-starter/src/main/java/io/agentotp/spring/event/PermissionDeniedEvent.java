package io.agentotp.spring.event;

import io.agentotp.Permission;

/**
 * A guarded call was denied by a policy or a human, or its permission was revoked. Its
 * body does not run.
 *
 * @param permission the permission, without its token
 */
public record PermissionDeniedEvent(Permission permission) implements PermissionEvent {
}
