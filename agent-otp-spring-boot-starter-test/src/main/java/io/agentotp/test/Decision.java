package io.agentotp.test;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentotp.PermissionStatus;
import org.jspecify.annotations.Nullable;

/**
 * What happens to a request.
 *
 * @param status where it leads
 * @param scope the granted scope, or {@code null} for the one asked for
 * @param reason why, or {@code null}
 * @param signers who signs it
 */
record Decision(PermissionStatus status, @Nullable Map<String, Object> scope, @Nullable String reason,
		List<TestApprover> signers) {

	static final Decision APPROVE = new Decision(PermissionStatus.APPROVED, null, null, List.of());

	static final Decision LEAVE_PENDING = new Decision(PermissionStatus.PENDING, null, null, List.of());

	static final Decision EXPIRE = new Decision(PermissionStatus.EXPIRED, null, null, List.of());

	static Decision approve(Map<String, ?> scope) {
		return new Decision(PermissionStatus.APPROVED, new LinkedHashMap<>(scope), null, List.of());
	}

	static Decision deny(String reason) {
		return new Decision(PermissionStatus.DENIED, null, reason, List.of());
	}

	static Decision of(boolean approved, @Nullable String reason) {
		return new Decision(approved ? PermissionStatus.APPROVED : PermissionStatus.DENIED, null, reason, List.of());
	}

	Decision signedBy(TestApprover... approvers) {
		return new Decision(this.status, this.scope, this.reason, List.of(approvers));
	}

}
