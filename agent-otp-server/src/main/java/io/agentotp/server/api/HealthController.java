package io.agentotp.server.api;

import java.time.Duration;
import java.time.InstantSource;

import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.database.DatabaseWatch;
import io.agentotp.server.database.Instance;
import io.agentotp.server.failure.TryLaterException;
import io.agentotp.server.json.Json;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.token.RegisteredKeys;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.JsonAnswer;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Says that the service is there, or what keeps it from working.
 */
@RestController
@Allowed(Caller.ANYBODY)
final class HealthController {

	private static final Duration RETRY_AFTER = Duration.ofSeconds(2);

	private final DatabaseWatch database;

	private final RegisteredKeys keys;

	private final PolicyRegistry policies;

	private final AuditSequencer audit;

	private final Instance instance;

	private final InstantSource clock;

	HealthController(DatabaseWatch database, RegisteredKeys keys, PolicyRegistry policies, AuditSequencer audit,
			Instance instance, InstantSource clock) {
		this.instance = instance;
		this.audit = audit;
		this.policies = policies;
		this.database = database;
		this.keys = keys;
		this.clock = clock;
	}

	@GetMapping("/api/v1/health")
	JsonAnswer health() {
		String problem = this.database.look();
		if (problem == null) {
			problem = this.keys.problem();
		}
		if (problem != null) {
			throw new TryLaterException(problem, RETRY_AFTER);
		}
		String version = getClass().getPackage().getImplementationVersion();
		// Pages and API still answer, and have to, since the remedy is there.
		return JsonAnswer.success(Json.object()
			.put("status",
					(this.policies.refusal().isEmpty() && this.audit.problem().isEmpty() && !this.instance.isMissing())
							? "healthy" : "degraded")
			.put("version", (version != null) ? version : "development")
			.put("timestamp", this.clock.instant().toString()));
	}

}
