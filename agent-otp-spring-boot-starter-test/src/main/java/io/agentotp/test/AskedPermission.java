package io.agentotp.test;

import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What the approver was asked.
 *
 * @param id the permission's id
 * @param action the action
 * @param resource the resource, or {@code null} for none
 * @param scope the requested scope
 * @param context what was said besides, with the call's {@code arguments}
 * @param outcome what was reported when the token was used, such as {@code succeeded};
 * {@code null} if it was not used
 */
public record AskedPermission(String id, String action, @Nullable String resource, Map<String, Object> scope,
		Map<String, Object> context, @Nullable String outcome) {
}
