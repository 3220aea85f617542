package io.agentotp.server.permission;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.failure.TryLaterException;
import org.jspecify.annotations.Nullable;

/**
 * What became of one of several requests that were decided on. What agents say in all of
 * them may be larger than the memory, so it is not kept.
 *
 * @param id the permission
 * @param createdAt when it was asked for
 * @param status where it stood when it was decided, or found
 * @param refusal why it was not decided, {@code null} if it was
 */
public record DecisionOutcome(String id, Instant createdAt, PermissionState status,
		@Nullable RefusedException refusal) {

	static DecisionOutcome of(StoredPermission permission) {
		return new DecisionOutcome(permission.id(), permission.createdAt(), permission.status(), null);
	}

	DecisionOutcome refused(RefusedException why) {
		return new DecisionOutcome(this.id, this.createdAt, this.status, why);
	}

	public boolean isDecided() {
		return this.refusal == null;
	}

	/**
	 * Why it was not decided.
	 * @return the reason, empty if it was
	 */
	public Optional<String> why() {
		return Optional.ofNullable(this.refusal).map(RefusedException::text);
	}

	/**
	 * What became of it, in a word.
	 * @return the result
	 */
	public Result result() {
		if (this.refusal == null) {
			return Result.DECIDED;
		}
		if (this.refusal instanceof DecisionFailedException || this.refusal instanceof TryLaterException) {
			return Result.UNKNOWN;
		}
		return (this.refusal instanceof AlreadyDecidedException) ? Result.TOO_LATE : Result.REFUSED;
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
