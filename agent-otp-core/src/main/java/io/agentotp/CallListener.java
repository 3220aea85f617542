package io.agentotp;

import java.time.Duration;

/**
 * Hears of every HTTP attempt of a client, for metrics. Called on the thread that makes
 * the call: it must be quick, and what it throws is logged and otherwise ignored.
 */
@FunctionalInterface
public interface CallListener {

	/**
	 * An attempt has ended.
	 * @param attempt what happened
	 */
	void onAttempt(Attempt attempt);

	/**
	 * One HTTP exchange of a call. Holds neither secrets nor bodies nor ids, so that each
	 * part can be a metric's tag but the duration.
	 *
	 * @param operation the operation, such as {@code request} or {@code use}
	 * @param number 1 for the first attempt of a call, more for retries
	 * @param status the HTTP status, or 0 if there was no answer
	 * @param outcome {@code OK}, or the code of the error, such as {@code TIMEOUT} or
	 * {@code RATE_LIMITED}
	 * @param duration how long it took
	 */
	record Attempt(String operation, int number, int status, String outcome, Duration duration) {
	}

}
