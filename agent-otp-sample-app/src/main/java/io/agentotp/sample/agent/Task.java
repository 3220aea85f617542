package io.agentotp.sample.agent;

/**
 * What one can tell the agent to do.
 */
public enum Task {

	/** Needs a human. */
	SEND_INVOICE("send-invoice", "Send invoice 42 to client@example.com", "A human decides"),

	/** Approved by policy. */
	READ_REPORT("read-report", "Read report.txt", "A policy approves"),

	/** Denied by policy. */
	DELETE_CUSTOMERS("delete-customers", "Delete the customer table", "A policy denies");

	private final String slug;

	private final String title;

	private final String outcome;

	Task(String slug, String title, String outcome) {
		this.slug = slug;
		this.title = title;
		this.outcome = outcome;
	}

	/**
	 * Return the task's name in addresses.
	 * @return the name
	 */
	public String getSlug() {
		return this.slug;
	}

	/**
	 * Return the task in words.
	 * @return the title
	 */
	public String getTitle() {
		return this.title;
	}

	/**
	 * Return who decides, by the policies of the sample.
	 * @return the outcome, in words
	 */
	public String getOutcome() {
		return this.outcome;
	}

}
