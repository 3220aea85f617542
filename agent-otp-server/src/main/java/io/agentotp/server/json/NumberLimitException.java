package io.agentotp.server.json;

import tools.jackson.core.exc.StreamReadException;

/**
 * A number that the service does not take.
 */
public final class NumberLimitException extends StreamReadException {

	private final String path;

	NumberLimitException(String path) {
		super(path + " " + JsonNumbers.PROBLEM);
		this.path = path;
	}

	/**
	 * Where the number stands.
	 * @return the path, such as {@code scope.limits[2]}, empty for the whole document
	 */
	public String path() {
		return this.path;
	}

}
