package io.agentotp.sample;

import java.util.List;
import java.util.Map;

import tools.jackson.databind.JsonNode;

import org.springframework.http.MediaType;
import org.springframework.web.client.RestClient;

/**
 * The sample with everything embedded on free ports, and an approver who decides over the
 * service's API.
 */
final class RunningSample {

	private static final String APPROVER_KEY = "uk_live_approver-key-of-the-tests";

	/** Of the agent that the sample is, for tests that ask as this agent, too. */
	static final String AGENT_KEY = "ak_live_sample-agent-key-not-a-secret";

	private RunningSample() {
	}

	/**
	 * Return settings that let several samples run beside each other.
	 */
	static Map<String, Object> settings() {
		return Map.of("server.port", FreePort.next(), "spring.mail.port", FreePort.next(),
				"spring.datasource.generate-unique-name", "true", "agentotp.server.users.approver.api-key",
				APPROVER_KEY, "agentotp.server.agents.agent-otp-sample.api-key", AGENT_KEY);
	}

	static Approver approver(int port) {
		return approver(port, "");
	}

	static Approver approver(int port, String contextPath) {
		return new Approver(RestClient.builder()
			.baseUrl("http://localhost:" + port + contextPath + "/agent-otp/api/v1")
			.defaultHeader("Authorization", "Bearer " + APPROVER_KEY)
			.build());
	}

	/**
	 * A human with an API key.
	 */
	record Approver(RestClient http) {

		void decide(String id, boolean approved, String reason) {
			this.http.post()
				.uri("/permissions/{id}/decide", id)
				.contentType(MediaType.APPLICATION_JSON)
				.body(Map.of("approved", approved, "reason", reason))
				.retrieve()
				.toBodilessEntity();
		}

		void approve(String id, Map<String, Object> narrowedScope) {
			this.http.post()
				.uri("/permissions/{id}/decide", id)
				.contentType(MediaType.APPLICATION_JSON)
				.body(Map.of("approved", true, "scopeModifications", narrowedScope))
				.retrieve()
				.toBodilessEntity();
		}

		List<String> auditOf(String id) {
			return data("/audit/permissions/" + id).valueStream()
				.map((entry) -> entry.path("event").asString())
				.toList();
		}

		JsonNode data(String path) {
			return this.http.get().uri(path).retrieve().body(JsonNode.class).path("data");
		}

	}

}
