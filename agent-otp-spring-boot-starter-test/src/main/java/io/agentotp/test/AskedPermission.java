package io.agentotp.test;

import java.util.Map;

import io.agentotp.PermissionStatus;
import org.jspecify.annotations.Nullable;

/**
 * A question that the fake service was asked, and what has become of it: a snapshot.
 *
 * @param id the permission's id
 * @param status where the permission stands; {@link PermissionStatus#PENDING} while the
 * script is consulted
 * @param action the action
 * @param resource the resource, or {@code null} for none
 * @param scope the requested scope, empty for none
 * @param context what was said besides, with a guarded call's {@code arguments}; empty
 * for none
 * @param outcome what was reported when the token was last used, such as
 * {@code succeeded}; {@code used} if the report named no outcome, {@code null} if the
 * token was not used
 */
public record AskedPermission(String id, PermissionStatus status, String action, @Nullable String resource,
		Map<String, Object> scope, Map<String, Object> context, @Nullable String outcome) {
}
