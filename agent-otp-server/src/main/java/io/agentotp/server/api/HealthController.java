package io.agentotp.server.api;

import java.time.InstantSource;

import io.agentotp.server.json.Json;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.JsonAnswer;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Says that the service is there.
 */
@RestController
@Allowed(Caller.ANYBODY)
final class HealthController {

	private final JdbcClient jdbc;

	private final InstantSource clock;

	HealthController(JdbcClient jdbc, InstantSource clock) {
		this.jdbc = jdbc;
		this.clock = clock;
	}

	@GetMapping("/api/v1/health")
	JsonAnswer health() {
		this.jdbc.sql("SELECT id FROM agentotp_instance").query(String.class).single();
		String version = getClass().getPackage().getImplementationVersion();
		return JsonAnswer.success(Json.object()
			.put("status", "healthy")
			.put("version", (version != null) ? version : "development")
			.put("timestamp", this.clock.instant().toString()));
	}

}
