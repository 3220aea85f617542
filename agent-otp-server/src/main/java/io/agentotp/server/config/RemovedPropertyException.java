package io.agentotp.server.config;

/**
 * A property is set that was removed or renamed.
 */
public final class RemovedPropertyException extends RuntimeException {

	private final String property;

	private final String place;

	private final String remedy;

	RemovedPropertyException(String property, String place, String remedy) {
		super("Property " + property + " (" + place + ") no longer exists: " + remedy);
		this.property = property;
		this.place = place;
		this.remedy = remedy;
	}

	String property() {
		return this.property;
	}

	String place() {
		return this.place;
	}

	String remedy() {
		return this.remedy;
	}

}
