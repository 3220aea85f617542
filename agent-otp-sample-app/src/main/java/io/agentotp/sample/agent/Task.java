package io.agentotp.sample.agent;

/**
 * What one can tell the agent to do.
 */
public enum Task {

	/** Needs an approver. */
	SEND_INVOICE("send-invoice"),

	/** Approved by policy. */
	READ_REPORT("read-report"),

	/** Denied by policy. */
	DELETE_CUSTOMERS("delete-customers");

	private final String slug;

	Task(String slug) {
		this.slug = slug;
	}

	/**
	 * Return the task's name in addresses and messages.
	 * @return the name
	 */
	public String getSlug() {
		return this.slug;
	}

}
