package io.agentotp.spring.operation;

/**
 * A value cannot be written down exactly. Says where in the argument, of which class, and
 * why, but never what it holds.
 */
final class UnwritableStateException extends RuntimeException {

	private final Class<?> type;

	private final String reason;

	private final String path;

	UnwritableStateException(Class<?> type, String reason) {
		this(type, reason, "");
	}

	private UnwritableStateException(Class<?> type, String reason, String path) {
		super(reason, null, false, false);
		this.type = type;
		this.reason = reason;
		this.path = path;
	}

	UnwritableStateException within(String segment) {
		return new UnwritableStateException(this.type, this.reason, segment + this.path);
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

}
