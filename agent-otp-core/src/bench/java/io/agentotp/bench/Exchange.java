package io.agentotp.bench;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.agentotp.PermissionRequest;

/**
 * What all clients send and receive: the same JSON, in our types and in those of the
 * peers.
 */
final class Exchange {

	static final String PATH = "/api/v1/permissions/request";

	static final String API_KEY = "ak_live_0123456789abcdefghijklmnop";

	static final PermissionRequest REQUEST = PermissionRequest.builder("email.send")
		.resource("email:client@example.com")
		.scope("max_emails", 1)
		.scope("allowed_recipients", List.of("client@example.com"))
		.reason("Sending the monthly invoice")
		.waitForApproval(false)
		.build();

	static final Question QUESTION = new Question(REQUEST.action(), REQUEST.resource().orElseThrow(), REQUEST.scope(),
			REQUEST.context());

	static final String ANSWER = "{\"success\":true,\"data\":{\"id\":\"3f2b8c1e-7d54-4b0a-9c11-5e8f3a7d2b60\","
			+ "\"status\":\"approved\",\"action\":\"email.send\",\"resource\":\"email:client@example.com\","
			+ "\"scope\":{\"max_emails\":1},\"token\":\"otp_Zk3v8Qw1Rt5Yx7Bn2Mc4Lp6Sd9Fg0Hj3Kq8We5Tz1Ux\","
			+ "\"expiresAt\":\"2026-11-24T10:05:00Z\",\"createdAt\":\"2026-11-24T10:00:00Z\"}}";

	private Exchange() {
	}

	record Question(String action, String resource, Map<String, Object> scope, Map<String, Object> context) {
	}

	record Answer(boolean success, Grant data) {
	}

	record Grant(String id, String status, String action, String resource, Map<String, Object> scope, String token,
			Instant expiresAt, Instant createdAt) {
	}

}
