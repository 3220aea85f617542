package io.agentotp.spring.event;

import io.agentotp.Permission;

/**
 * Nobody decided on a guarded call in time: the service's approval window has closed, or
 * the call has stopped waiting. Its body does not run.
 *
 * @param permission the permission, without its token
 */
public record PermissionExpiredEvent(Permission permission) implements PermissionEvent {
}
