package io.agentotp.spring.operation;

/**
 * An attribute has no value. Its message is told to the caller, and so repeats nothing of
 * an argument.
 */
final class AttributeException extends RuntimeException {

	private final String name;

	private final String unnamed;

	AttributeException(String message) {
		this(message, "");
	}

	/**
	 * Creates an exception.
	 * @param message what is wrong, without the name
	 * @param name what is missing, which may come from an argument
	 */
	AttributeException(String message, String name) {
		this(message, name, "value that it reads");
	}

	/**
	 * Creates an exception.
	 * @param message what is wrong, without the name
	 * @param name what is missing, which may come from an argument
	 * @param unnamed what stands instead of a name that must not be told
	 */
	AttributeException(String message, String name, String unnamed) {
		super(message, null, false, false);
		this.name = name;
		this.unnamed = unnamed;
	}

	/**
	 * Return the message, with the name only if it is one that the attributes say.
	 */
	String message(String attributes) {
		return getMessage() + (this.name.isEmpty() ? ""
				: " " + (attributes.contains(this.name) ? "'" + this.name + "'" : this.unnamed));
	}

}
