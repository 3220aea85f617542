package io.agentotp.spring.event;

import io.agentotp.PermissionRequest;

/**
 * A guarded call is about to ask for its permission.
 *
 * @param request what is asked for
 */
public record PermissionRequestedEvent(PermissionRequest request) {
}
