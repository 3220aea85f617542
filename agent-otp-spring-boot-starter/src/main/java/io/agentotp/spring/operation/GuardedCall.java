package io.agentotp.spring.operation;

import io.agentotp.PermissionRequest;

/**
 * One call of a guarded method: what is asked, and the digest that binds the answer to
 * it.
 *
 * @param request the question
 * @param digest the digest of action, resource, scope and arguments
 * @param arguments the hash of the arguments as they were written down
 */
public record GuardedCall(PermissionRequest request, String digest, byte[] arguments) {
}
