package io.agentotp.spring.operation;

import io.agentotp.PermissionRequest;

/**
 * One call of what is guarded: what is asked, and the digest that binds the answer to it.
 *
 * @param request what is asked, with the call
 * @param digest the digest of action, resource, scope and call
 * @param arguments the arguments as they were when it was asked
 */
public record GuardedCall(PermissionRequest request, String digest, BoundArguments arguments) {
}
