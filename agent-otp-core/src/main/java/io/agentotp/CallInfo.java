package io.agentotp;

import java.io.Serializable;

import org.jspecify.annotations.Nullable;

/**
 * What every error tells about the call that failed.
 */
record CallInfo(String operation, int status, @Nullable String requestId, int attempts) implements Serializable {

	static CallInfo local(String operation) {
		return new CallInfo(operation, 0, null, 0);
	}

	String describe(String code, String message) {
		StringBuilder text = new StringBuilder("[").append(this.operation).append("] ");
		if (this.status != 0) {
			text.append("HTTP ").append(this.status).append(' ');
		}
		text.append(message).append(" (").append(code).append(')');
		if (this.requestId != null) {
			text.append(" [request-id: ").append(this.requestId).append(']');
		}
		return text.toString();
	}

}
