package io.agentotp.server.policy;

/**
 * This node has other policies than those in force, so nothing was done by them.
 */
public final class PoliciesChangedException extends RuntimeException {

	private final String revision;

	PoliciesChangedException(String revision) {
		super("The policies have changed meanwhile", null, false, false);
		this.revision = revision;
	}

	/**
	 * The revision of the policies in force.
	 * @return the revision to load
	 */
	public String revision() {
		return this.revision;
	}

}
