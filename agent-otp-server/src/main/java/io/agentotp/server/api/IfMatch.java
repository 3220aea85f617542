package io.agentotp.server.api;

import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;

import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.json.Json;
import io.agentotp.server.token.Secrets;
import jakarta.servlet.http.HttpServletRequest;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.http.ETag;
import org.springframework.http.HttpHeaders;

/**
 * Keeps a caller from overwriting what it has not seen: {@code If-Match} with the
 * {@code ETag} that it read.
 */
final class IfMatch {

	private IfMatch() {
	}

	static ETag tag(ObjectNode shown) {
		return ETag.create(Secrets.sha256(Json.write(shown)).substring(0, 32));
	}

	/**
	 * Compares what the caller has seen, if it says so, with what is there.
	 * @param request the request
	 * @param present the tag of what is there
	 * @param changed what is answered if the caller has seen something else
	 */
	static void require(HttpServletRequest request, ETag present, Supplier<? extends RefusedException> changed) {
		List<String> headers = Collections.list(request.getHeaders(HttpHeaders.IF_MATCH));
		if (headers.isEmpty()) {
			return;
		}
		List<ETag> seen = ETag.parse(String.join(",", headers));
		if (seen.isEmpty()) {
			throw new InvalidInputException(HttpHeaders.IF_MATCH, "must be the ETag that you read, in its quotes");
		}
		if (seen.stream().noneMatch((one) -> one.isWildcard() || one.compare(present, true))) {
			throw changed.get();
		}
	}

}
