package io.agentotp.spring;

import io.agentotp.Permission;

/**
 * A guarded call waits for a human. Published on the waiting thread before it waits, so
 * that a listener can show where to decide.
 *
 * @param permission the pending permission, with its approval URL and without a token
 */
public record PermissionPendingEvent(Permission permission) {
}
