package io.agentotp.spring.guard;

import java.time.Duration;

import io.agentotp.spring.Consume;
import io.agentotp.spring.OnPending;

/**
 * How guarded calls ask and wait, unless their annotation says so.
 *
 * @param approvalTimeout how long a call waits for a human
 * @param maxConcurrentWaits how many calls may wait at the same time, 0 for none
 * @param consume when a permission is used up
 * @param onPending what a call does while nobody has decided
 * @param transaction what to do about a call inside a transaction
 */
public record GuardSettings(Duration approvalTimeout, int maxConcurrentWaits, Consume consume, OnPending onPending,
		TransactionPolicy transaction) {
}
