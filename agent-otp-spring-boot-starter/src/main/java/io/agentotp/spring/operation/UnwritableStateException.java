package io.agentotp.spring.operation;

/**
 * A value cannot be written down exactly. Says where in the argument, of which class, and
 * why, but never what it holds.
 */
final class UnwritableStateException extends RuntimeException {

	/** What helps against most of them. */
	static final String REMEDY = "Pass plain data, declare a bean of type BoundForm that writes the class, "
			+ "or annotate the parameter with @NotBound to leave it out of the approval";

	private final Class<?> type;

	private final String reason;

	private final String path;

	private final String remedy;

	UnwritableStateException(Class<?> type, String reason) {
		this(type, reason, REMEDY);
	}

	UnwritableStateException(Class<?> type, String reason, String remedy) {
		this(type, reason, remedy, "");
	}

	private UnwritableStateException(Class<?> type, String reason, String remedy, String path) {
		super(reason, null, false, false);
		this.type = type;
		this.reason = reason;
		this.remedy = remedy;
		this.path = path;
	}

	UnwritableStateException within(String segment) {
		return new UnwritableStateException(this.type, this.reason, this.remedy, segment + this.path);
	}

	/**
	 * Return the place in the argument, such as {@code .customer.tags[2]}, or an empty
	 * text for the argument itself.
	 */
	String path() {
		return this.path;
	}

	Class<?> type() {
		return this.type;
	}

	String reason() {
		return this.reason;
	}

	/**
	 * Return what helps against it.
	 */
	String remedy() {
		return this.remedy;
	}

}
