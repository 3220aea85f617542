package io.agentotp;

/**
 * Ends retry storms: a service that is down must not get three times its load. Each retry
 * takes from the budget, each success gives back.
 */
final class RetryBudget {

	private static final int CAPACITY = 20;

	private int tokens = CAPACITY;

	/**
	 * Takes what a retry costs.
	 * @param cost 1, or 2 after a timeout, which held resources for long
	 * @return whether there was enough
	 */
	synchronized boolean take(int cost) {
		if (this.tokens < cost) {
			return false;
		}
		this.tokens -= cost;
		return true;
	}

	synchronized void giveBack() {
		this.tokens = Math.min(CAPACITY, this.tokens + 1);
	}

}
