package io.agentotp.spring.boot.autoconfigure;

/**
 * A property that the application must not start with.
 */
final class InvalidSettingException extends IllegalArgumentException {

	private final String remedy;

	/**
	 * Creates an exception.
	 * @param problem what is wrong; names the property
	 * @param remedy what to set instead
	 */
	InvalidSettingException(String problem, String remedy) {
		super(problem);
		this.remedy = remedy;
	}

	String remedy() {
		return this.remedy;
	}

}
