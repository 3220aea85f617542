package io.agentotp.spring.boot.autoconfigure;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers in place of the service, always the same. What it grants is good for this
 * application only: it vouches for no token.
 */
final class LocalDecisions implements HttpTransport {

	private static final JsonMapper JSON = JsonMapper.shared();

	private final boolean approved;

	LocalDecisions(boolean approved) {
		this.approved = approved;
	}

	@Override
	public TransportResponse send(TransportRequest request, Duration timeout) {
		String path = request.uri().getPath();
		String verb = path.substring(path.lastIndexOf('/') + 1);
		return switch (verb) {
			case "request" -> success(this.approved ? 201 : 200, decide(request));
			case "use" -> success(200, Map.of("success", true, "usesRemaining", 0));
			case "revoke" -> success(200, Map.of("success", true, "revokedAt", Instant.now().toString()));
			case "verify" -> success(200, Map.of("valid", false, "reason", "The application decides for itself only"));
			case "decisions" -> success(200, Map.of("permissions", List.of(), "cursor", "0"));
			case "query" -> success(200, Map.of("permissions", List.of()));
			case "health" -> success(200, Map.of("status", "ok", "version", "local"));
			default -> answer(404, Map.of("success", false, "error",
					Map.of("code", "NOT_FOUND", "message", "There is no such permission")));
		};
	}

	@SuppressWarnings("unchecked")
	private Map<String, Object> decide(TransportRequest request) {
		byte[] body = request.body();
		Map<String, Object> permission = new LinkedHashMap<>(
				(body != null) ? JSON.readValue(body, Map.class) : Map.of());
		Object ttl = permission.remove("ttl");
		permission.put("id", UUID.randomUUID().toString());
		permission.put("status", this.approved ? "approved" : "denied");
		permission.put("decidedBy", "application");
		permission.put("reason", "agentotp.mode is " + (this.approved ? "allow-all" : "deny-all"));
		if (this.approved) {
			permission.put("token", "otp_" + UUID.randomUUID());
			permission.put("expiresAt",
					Instant.now().plusSeconds((ttl instanceof Number seconds) ? seconds.longValue() : 300).toString());
		}
		return permission;
	}

	private static TransportResponse success(int status, Map<String, Object> data) {
		return answer(status, Map.of("success", true, "data", data));
	}

	private static TransportResponse answer(int status, Map<String, Object> body) {
		return new TransportResponse(status, Map.of(), JSON.writeValueAsBytes(body));
	}

	@Override
	public void close() {
		// Holds nothing.
	}

}
