package io.agentotp.spring.operation;

import java.util.Map;

import io.agentotp.PermissionRequest;

/**
 * One call of what is guarded: what is asked, and the digest that binds the answer to it.
 *
 * @param request what is asked, with the call
 * @param digest the digest of action, resource, scope and call
 * @param target what is called, as it is in the digest
 * @param masking authenticates what must not be shown
 */
public record GuardedCall(PermissionRequest request, String digest, Map<String, String> target, Masking masking) {
}
