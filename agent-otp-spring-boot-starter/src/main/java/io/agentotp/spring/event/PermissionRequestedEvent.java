package io.agentotp.spring.event;

import io.agentotp.PermissionRequest;

/**
 * A guarded call is about to ask for its permission.
 *
 * @param request the question
 */
public record PermissionRequestedEvent(PermissionRequest request) {
}
