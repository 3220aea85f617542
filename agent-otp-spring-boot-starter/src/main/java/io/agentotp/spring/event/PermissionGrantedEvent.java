package io.agentotp.spring.event;

import io.agentotp.Permission;

/**
 * A guarded call was permitted, by a policy or a human. Its body has not run yet, and
 * does not run if the grant does not fit the call.
 *
 * @param permission the permission, without its token: its status is approved, and
 * {@link Permission#isGranted()} is false, since nobody can use it
 */
public record PermissionGrantedEvent(Permission permission) implements PermissionEvent {
}
