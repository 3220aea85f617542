package io.agentotp.spring.operation;

import java.util.Map;

import io.agentotp.PermissionRequest;

/**
 * One call of a guarded method: what is asked, and the digest that binds the answer to
 * it.
 *
 * @param request the question
 * @param digest the digest of target, action, resource, scope and arguments
 * @param target what is called, as it is in the digest
 */
public record GuardedCall(PermissionRequest request, String digest, Map<String, String> target) {
}
