package io.agentotp.server.permission;

import java.util.Locale;
import java.util.Optional;

import io.agentotp.server.problem.Problem;
import org.jspecify.annotations.Nullable;

/**
 * What became of one of several questions that were decided on.
 *
 * @param permission the permission as it was decided, or as it was found
 * @param problem why it was not decided, {@code null} if it was
 */
public record DecisionOutcome(StoredPermission permission, @Nullable Problem problem) {

	static final int CONFLICT = 409;

	static DecisionOutcome decided(StoredPermission permission) {
		return new DecisionOutcome(permission, null);
	}

	public boolean isDecided() {
		return this.problem == null;
	}

	/**
	 * Why it was not decided.
	 * @return the reason, empty if it was
	 */
	public Optional<String> why() {
		return Optional.ofNullable(this.problem).map(Problem::text);
	}

	/**
	 * What became of it, in a word.
	 * @return the result
	 */
	public Result result() {
		if (this.problem == null) {
			return Result.DECIDED;
		}
		if (this.problem.status() >= 500) {
			return Result.UNKNOWN;
		}
		Object status = this.problem.details().get("status");
		return (this.problem.status() == CONFLICT && status != null && !status.equals(PermissionState.PENDING.text()))
				? Result.TOO_LATE : Result.REFUSED;
	}

	/**
	 * What can become of a question.
	 */
	public enum Result {

		/**
		 * It was decided now.
		 */
		DECIDED,

		/**
		 * Somebody else decided before, or it had expired or been withdrawn.
		 */
		TOO_LATE,

		/**
		 * It still waits, since the person may not decide so.
		 */
		REFUSED,

		/**
		 * The service failed, so one has to look.
		 */
		UNKNOWN;

		public String text() {
			return name().toLowerCase(Locale.ROOT);
		}

	}

}
