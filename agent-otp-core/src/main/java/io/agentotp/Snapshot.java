package io.agentotp;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import io.agentotp.transport.TransportResponse;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A permission without its id, which the waiter has, in a fraction of its memory:
 * thousands may wait at once, and few are looked at before they are decided.
 */
final class Snapshot {

	private final byte[] json;

	private Snapshot(byte[] json) {
		this.json = json;
	}

	static Snapshot of(Permission permission) {
		Map<String, Object> fields = new LinkedHashMap<>();
		fields.put("status", permission.statusText());
		fields.put("action", permission.action());
		put(fields, "resource", permission.resource());
		putUnlessEmpty(fields, "scope", permission.scope());
		putUnlessEmpty(fields, "context", permission.context());
		put(fields, "token", permission.token().map(OtpToken::value));
		put(fields, "approvalUrl", permission.approvalUrl());
		put(fields, "expiresAt", permission.expiresAt().map(Instant::toString));
		put(fields, "reason", permission.reason());
		put(fields, "decidedBy", permission.decidedBy());
		put(fields, "decidedAt", permission.decidedAt().map(Instant::toString));
		put(fields, "createdAt", permission.createdAt().map(Instant::toString));
		put(fields, "policyId", permission.policyId());
		put(fields, "callDigest", permission.callDigest());
		return new Snapshot(Answers.write(fields));
	}

	private static void put(Map<String, Object> fields, String name, Optional<?> value) {
		value.ifPresent((present) -> fields.put(name, present));
	}

	private static void putUnlessEmpty(Map<String, Object> fields, String name, Map<String, Object> value) {
		if (!value.isEmpty()) {
			fields.put(name, value);
		}
	}

	Permission permission(String id) {
		JsonNode node = Objects.requireNonNull(Answers.parse(new TransportResponse(200, Map.of(), this.json)));
		return Answers.permission(((ObjectNode) node).put("id", id), CallInfo.local("wait"));
	}

}
