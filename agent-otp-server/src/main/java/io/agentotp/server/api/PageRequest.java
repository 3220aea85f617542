package io.agentotp.server.api;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.json.Json;
import io.agentotp.server.web.JsonAnswer;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which page of a list is asked for.
 *
 * @param number its number, from 1
 * @param limit how long a page is
 */
record PageRequest(int number, int limit) {

	static PageRequest of(HttpServletRequest request) {
		Map<String, String> problems = new LinkedHashMap<>();
		int page = read(request.getParameter("page"), 1, 1_000_000, 1, "page", problems);
		int limit = read(request.getParameter("limit"), 1, 100, 20, "limit", problems);
		if (!problems.isEmpty()) {
			throw new InvalidInputException(problems);
		}
		return new PageRequest(page, limit);
	}

	private static int read(@Nullable String value, int min, int max, int fallback, String name,
			Map<String, String> problems) {
		if (value == null || value.isEmpty()) {
			return fallback;
		}
		int number = value.matches("\\d{1,9}") ? Integer.parseInt(value) : -1;
		if (number < min || number > max) {
			problems.put(name, "must be a whole number from " + min + " to " + max);
		}
		return number;
	}

	long offset() {
		return (long) (this.number - 1) * this.limit;
	}

	JsonAnswer answer(JsonNode elements, long total) {
		return answer(elements, total, null);
	}

	JsonAnswer answer(JsonNode elements, long total, @Nullable Instant searchedBackTo) {
		ObjectNode meta = Json.object()
			.put("page", this.number)
			.put("limit", this.limit)
			.put("total", total)
			.put("totalPages", (total + this.limit - 1) / this.limit);
		return JsonAnswer.success(elements,
				(searchedBackTo != null) ? meta.put("searchedBackTo", searchedBackTo.toString()) : meta);
	}

}
