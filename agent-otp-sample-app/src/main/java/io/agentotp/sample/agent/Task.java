package io.agentotp.sample.agent;

/**
 * What one can tell the agent to do.
 */
public enum Task {

	/** Needs a human. */
	SEND_INVOICE("send-invoice", "Send invoice 42 to client@example.com"),

	/** Approved by policy. */
	READ_REPORT("read-report", "Read report.txt"),

	/** Denied by policy. */
	DELETE_CUSTOMERS("delete-customers", "Delete the customer table");

	private final String slug;

	private final String title;

	Task(String slug, String title) {
		this.slug = slug;
		this.title = title;
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

}
