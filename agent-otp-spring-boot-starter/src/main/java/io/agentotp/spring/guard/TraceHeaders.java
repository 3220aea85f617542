package io.agentotp.spring.guard;

import java.util.Map;

import io.agentotp.AgentOtpClient;
import io.agentotp.CallOptions;
import io.agentotp.ConfigurationException;

/**
 * Sends the headers of a trace with calls of the client.
 */
final class TraceHeaders {

	private static final CallOptions NONE = CallOptions.builder().build();

	private TraceHeaders() {
	}

	static AgentOtpClient apply(AgentOtpClient client, Map<String, String> headers) {
		return headers.isEmpty() ? client : client.with(options(headers));
	}

	static AgentOtpClient apply(AgentOtpClient client, Map<String, String> headers, CallOptions.Builder options) {
		return client.with(options(headers, options));
	}

	static CallOptions options(Map<String, String> headers) {
		return headers.isEmpty() ? NONE : options(headers, CallOptions.builder());
	}

	/**
	 * Return these options with the headers. A header that the client would not send is
	 * left out: a trace must not stop a call.
	 */
	private static CallOptions options(Map<String, String> headers, CallOptions.Builder options) {
		headers.forEach((name, value) -> {
			try {
				CallOptions.builder().header(name, value).build();
				options.header(name, value);
			}
			catch (ConfigurationException ex) {
				// Left out.
			}
		});
		return options.build();
	}

}
