package io.agentotp.server.permission;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an agent asks for.
 *
 * @param action what it wants to do
 * @param resource on what
 * @param scope within which limits
 * @param context what it says about it
 * @param ttlSeconds how long the token should live
 * @param callDigest the call that the permission is to be bound to
 */
public record PermissionQuestion(String action, @Nullable String resource, ObjectNode scope, ObjectNode context,
		int ttlSeconds, @Nullable String callDigest) {
}
