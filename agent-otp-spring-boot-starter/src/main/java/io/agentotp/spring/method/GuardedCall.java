package io.agentotp.spring.method;

import io.agentotp.PermissionRequest;

/**
 * One call of a guarded method: what is asked, and the digest that binds the answer to
 * it.
 *
 * @param request the question
 * @param digest the digest of action, resource, scope and arguments
 * @param arguments the hash of the arguments as they were written down
 */
record GuardedCall(PermissionRequest request, String digest, byte[] arguments) {
}
