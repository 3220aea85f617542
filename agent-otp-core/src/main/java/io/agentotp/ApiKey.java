package io.agentotp;

import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * The agent's key, read anew for each request so that it can be rotated, and checked
 * before it becomes a header: the JDK's own error message would repeat it.
 */
final class ApiKey {

	private final Supplier<? extends @Nullable String> source;

	ApiKey(Supplier<? extends @Nullable String> source) {
		this.source = source;
	}

	String value() {
		String key = this.source.get();
		if (key == null || key.isBlank()) {
			throw new ConfigurationException("The API key is missing: set apiKey(..) or the property agentotp.api-key");
		}
		if (!key.chars().allMatch((c) -> c > ' ' && c < 0x7f)) {
			throw new ConfigurationException(
					"The API key has a space, a line break or a non-ASCII character: check agentotp.api-key");
		}
		if (key.contains("${")) {
			throw new ConfigurationException(
					"The API key is a placeholder that nothing has filled in: check agentotp.api-key");
		}
		return key;
	}

	@Override
	public String toString() {
		return "ApiKey[***]";
	}

}
