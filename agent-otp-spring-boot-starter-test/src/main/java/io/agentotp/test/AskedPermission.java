package io.agentotp.test;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentotp.PermissionStatus;
import org.jspecify.annotations.Nullable;

/**
 * A permission request that the fake service got, and what has become of it: a snapshot.
 *
 * @param id the permission's id
 * @param status where the permission stands; {@link PermissionStatus#PENDING} while the
 * script is consulted
 * @param action the action
 * @param resource the resource, or {@code null} for none
 * @param scope the requested scope, empty for none
 * @param context what the agent said besides; empty for none
 * @param call what a guarded call is bound to: {@code target}, {@code arguments} and
 * {@code notBound}, as on the wire; empty for none
 * @param outcome what was reported when the token was last used, such as
 * {@code succeeded}; {@code used} if the report named no outcome, {@code null} if the
 * token was not used
 */
public record AskedPermission(String id, PermissionStatus status, String action, @Nullable String resource,
		Map<String, Object> scope, Map<String, Object> context, Map<String, Object> call, @Nullable String outcome) {

	/** Stands where an argument is bound but not shown. */
	private static final String MASK = "••••••";

	/**
	 * Return the arguments of a guarded call by name, as the approver sees them.
	 * @return JSON values; a mask for what is sensitive, and size and hash for what is
	 * too large to be shown
	 */
	public Map<String, @Nullable Object> arguments() {
		Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
		if (this.call.get("arguments") instanceof List<?> list) {
			for (Object element : list) {
				if (element instanceof Map<?, ?> argument) {
					arguments.put(String.valueOf(argument.get("name")), shown(argument));
				}
			}
		}
		return arguments;
	}

	private static @Nullable Object shown(Map<?, ?> argument) {
		if (argument.containsKey("mac")) {
			return MASK;
		}
		return argument.containsKey("value") ? argument.get("value") : Map.of("bytes",
				String.valueOf(argument.get("bytes")), "sha256", String.valueOf(argument.get("sha256")));
	}

}
