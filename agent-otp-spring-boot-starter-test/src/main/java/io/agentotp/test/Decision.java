package io.agentotp.test;

import java.util.LinkedHashMap;
import java.util.Map;

import io.agentotp.PermissionStatus;
import org.jspecify.annotations.Nullable;

/**
 * What happens to a request.
 *
 * @param status where it leads
 * @param scope the granted scope, or {@code null} for the one asked for
 * @param reason why, or {@code null}
 */
record Decision(PermissionStatus status, @Nullable Map<String, Object> scope, @Nullable String reason) {

	static final Decision APPROVE = new Decision(PermissionStatus.APPROVED, null, null);

	static final Decision LEAVE_PENDING = new Decision(PermissionStatus.PENDING, null, null);

	static final Decision EXPIRE = new Decision(PermissionStatus.EXPIRED, null, null);

	static Decision approve(Map<String, ?> scope) {
		return new Decision(PermissionStatus.APPROVED, new LinkedHashMap<>(scope), null);
	}

	static Decision deny(String reason) {
		return new Decision(PermissionStatus.DENIED, null, reason);
	}

	static Decision of(boolean approved, @Nullable String reason) {
		return new Decision(approved ? PermissionStatus.APPROVED : PermissionStatus.DENIED, null, reason);
	}

}
