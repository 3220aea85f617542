package io.agentotp.server.policy;

/**
 * This node has other policies than those in force, so nothing was done by them.
 */
public final class PoliciesChangedException extends RuntimeException {

	private final long revision;

	PoliciesChangedException(long revision) {
		super("The policies have changed meanwhile", null, false, false);
		this.revision = revision;
	}

	/**
	 * How often policies had been changed.
	 * @return the revision to load
	 */
	public long revision() {
		return this.revision;
	}

}
