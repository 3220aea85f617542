package io.agentotp.server.web;

import java.time.Duration;
import java.util.Map;

import io.agentotp.server.agent.UnknownKeyException;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.LimitExceededException;
import io.agentotp.server.failure.NotAllowedException;
import io.agentotp.server.failure.NotFoundException;
import io.agentotp.server.failure.TryLaterException;
import io.agentotp.server.permission.DecisionFailedException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What becomes of the domain's refusals.
 */
class ProblemsTests {

	@Test
	void ofWhenRefusedThenStatusAndCodeOfItsKind() {
		assertThat(Problems.of(new InvalidInputException("ttl", "is too long"))).isEqualTo(new Problem(400,
				"VALIDATION_ERROR", "The request is not valid: ttl is too long", Map.of("ttl", "is too long"), null));
		assertThat(Problems.of(new UnknownKeyException("no"))).isEqualTo(Problem.of(401, "INVALID_API_KEY", "no"));
		assertThat(Problems.of(new NotAllowedException("no"))).isEqualTo(Problem.of(403, "FORBIDDEN", "no"));
		assertThat(Problems.of(new NotFoundException("no"))).isEqualTo(Problem.of(404, "NOT_FOUND", "no"));
		assertThat(Problems.of(new ConflictException("no", Map.of("status", "denied"))))
			.isEqualTo(new Problem(409, "CONFLICT", "no", Map.of("status", "denied"), null));
		assertThat(Problems.of(new DecisionFailedException("no")))
			.isEqualTo(Problem.of(503, "SERVICE_UNAVAILABLE", "no"));
	}

	@Test
	void ofWhenToBeTriedLaterThenSaysWhen() {
		Duration wait = Duration.ofSeconds(7);
		assertThat(Problems.of(new LimitExceededException("no", wait)))
			.isEqualTo(new Problem(429, "RATE_LIMITED", "no", Map.of(), wait));
		assertThat(Problems.of(new TryLaterException("no", wait)))
			.isEqualTo(new Problem(503, "SERVICE_UNAVAILABLE", "no", Map.of(), wait));
	}

}
