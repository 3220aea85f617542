package io.agentotp.test;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;

/**
 * Gives the first answer again when a request is repeated with its idempotency key.
 */
final class FirstAnswers {

	private static final Duration KEPT = Duration.ofHours(24);

	private final Map<String, First> answers = new HashMap<>();

	TransportResponse get(String operation, TransportRequest request, Instant now,
			Supplier<TransportResponse> execute) {
		String key = request.headers().get("Idempotency-Key");
		if (key == null) {
			return execute.get();
		}
		First first = this.answers.get(operation + ":" + key);
		if (first == null || !now.isBefore(first.at().plus(KEPT))) {
			first = new First(request.uri(), Arrays.hashCode(request.body()), execute.get(), now);
			this.answers.put(operation + ":" + key, first);
		}
		else if (!first.uri().equals(request.uri()) || first.bodyHash() != Arrays.hashCode(request.body())) {
			return FakeTransport.error(422, "IDEMPOTENCY_KEY_REUSED",
					"This Idempotency-Key was sent before with another request", Map.of());
		}
		return first.answer();
	}

	void clear() {
		this.answers.clear();
	}

	/**
	 * What was answered to what.
	 */
	private record First(URI uri, int bodyHash, TransportResponse answer, Instant at) {
	}

}
