package io.agentotp.test;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers the client's requests as the permission service would, so that a test runs the
 * real client and the real guard.
 */
final class InMemoryService implements HttpTransport {

	private static final JsonMapper JSON = JsonMapper.shared();

	private final ScriptedApprover.Decision unscripted;

	private final Map<String, ScriptedApprover.Decision> script = new HashMap<>();

	private final Map<String, Entry> entries = new LinkedHashMap<>();

	private final List<Entry> decided = new ArrayList<>();

	private final ReentrantLock lock = new ReentrantLock();

	private final Condition decision = this.lock.newCondition();

	InMemoryService(ScriptedApprover.Decision unscripted) {
		this.unscripted = unscripted;
	}

	void script(String action, ScriptedApprover.Decision decision) {
		this.lock.lock();
		try {
			this.script.put(action, decision);
		}
		finally {
			this.lock.unlock();
		}
	}

	int decidePending(ScriptedApprover.Decision decision) {
		this.lock.lock();
		try {
			List<Entry> pending = this.entries.values()
				.stream()
				.filter((entry) -> entry.status.equals("pending"))
				.toList();
			pending.forEach((entry) -> {
				entry.decide(decision);
				this.decided.add(entry);
			});
			this.decision.signalAll();
			return pending.size();
		}
		finally {
			this.lock.unlock();
		}
	}

	void reset() {
		this.lock.lock();
		try {
			this.script.clear();
			this.entries.clear();
			this.decided.clear();
		}
		finally {
			this.lock.unlock();
		}
	}

	List<AskedPermission> asked() {
		this.lock.lock();
		try {
			return this.entries.values().stream().map(Entry::asked).toList();
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public TransportResponse send(TransportRequest request, Duration timeout) throws InterruptedException {
		String path = request.uri().getPath();
		this.lock.lockInterruptibly();
		try {
			String rest = path.substring(path.indexOf("/permissions") + "/permissions".length());
			return switch (rest) {
				case "/request" -> ok(request(body(request)).json());
				case "/decisions" -> decisions(request);
				case "/query" -> ok(Map.of("permissions", query(body(request))));
				default -> permission(rest, request);
			};
		}
		finally {
			this.lock.unlock();
		}
	}

	private Entry request(Map<String, Object> body) {
		Entry entry = new Entry(body);
		entry.decide(this.script.getOrDefault(entry.action(), this.unscripted));
		this.entries.put(entry.id, entry);
		return entry;
	}

	private TransportResponse decisions(TransportRequest request) throws InterruptedException {
		URI uri = request.uri();
		if (uri.getQuery() == null) {
			return ok(Map.of("permissions", List.of(), "cursor", String.valueOf(this.decided.size())));
		}
		int after = Math.min(Integer.parseInt(uri.getQuery().replaceAll("\\D", "")), this.decided.size());
		String prefer = request.headers().getOrDefault("Prefer", "wait=0");
		long nanos = TimeUnit.SECONDS.toNanos(Long.parseLong(prefer.replaceAll("\\D", "")));
		while (this.decided.size() <= after && nanos > 0) {
			nanos = this.decision.awaitNanos(nanos);
		}
		return ok(Map.of("permissions",
				this.decided.subList(Math.min(after, this.decided.size()), this.decided.size())
					.stream()
					.map(Entry::json)
					.toList(),
				"cursor", String.valueOf(this.decided.size())));
	}

	private List<Map<String, Object>> query(Map<String, Object> body) {
		List<Map<String, Object>> found = new ArrayList<>();
		if (body.get("ids") instanceof List<?> ids) {
			ids.forEach((id) -> {
				Entry entry = this.entries.get(String.valueOf(id));
				if (entry != null) {
					found.add(entry.json());
				}
			});
		}
		return found;
	}

	private TransportResponse permission(String path, TransportRequest request) {
		String[] parts = path.split("/");
		Entry entry = (parts.length > 1) ? this.entries.get(parts[1]) : null;
		if (entry == null) {
			return answer(404, Map.of("success", false, "error",
					Map.of("code", "NOT_FOUND", "message", "There is no such permission")));
		}
		return switch ((parts.length > 2) ? parts[2] : "") {
			case "use" -> ok(entry.use(body(request)));
			case "verify" -> ok(entry.verify(body(request)));
			case "revoke" -> ok(entry.revoke());
			default -> ok(entry.json());
		};
	}

	@SuppressWarnings("unchecked")
	private static Map<String, Object> body(TransportRequest request) {
		byte[] body = request.body();
		return (body != null) ? JSON.readValue(body, Map.class) : Map.of();
	}

	private static TransportResponse ok(Map<String, Object> data) {
		return answer(200, Map.of("success", true, "data", data));
	}

	private static TransportResponse answer(int status, Map<String, Object> body) {
		return new TransportResponse(status, Map.of(), JSON.writeValueAsBytes(body));
	}

	@Override
	public void close() {
		// Nothing to release: several clients can share the service.
	}

	/**
	 * A permission.
	 */
	private static final class Entry {

		final String id = UUID.randomUUID().toString();

		private final String token = "otp_" + UUID.randomUUID();

		private final Map<String, Object> request;

		private @Nullable Map<String, ?> grantedScope;

		private @Nullable String reason;

		private @Nullable String outcome;

		String status = "pending";

		Entry(Map<String, Object> request) {
			this.request = request;
		}

		String action() {
			return String.valueOf(this.request.get("action"));
		}

		void decide(ScriptedApprover.Decision decision) {
			this.status = decision.status();
			this.grantedScope = decision.scope();
			this.reason = decision.reason();
		}

		Map<String, Object> json() {
			Map<String, Object> json = new LinkedHashMap<>(this.request);
			json.put("id", this.id);
			json.put("status", this.status);
			if (this.grantedScope != null) {
				json.put("scope", this.grantedScope);
			}
			if (this.reason != null) {
				json.put("reason", this.reason);
			}
			if (this.status.equals("approved")) {
				json.put("token", this.token);
			}
			return json;
		}

		Map<String, Object> verify(Map<String, Object> body) {
			return isGood(body) ? Map.of("valid", true, "scope", json().getOrDefault("scope", Map.of()))
					: Map.of("valid", false, "reason", "The token is not valid");
		}

		Map<String, Object> use(Map<String, Object> body) {
			if (!isGood(body)) {
				return Map.of("success", false, "code", this.status.equals("used") ? "TOKEN_USED" : "TOKEN_INVALID",
						"reason", "The token is not valid");
			}
			this.status = "used";
			this.outcome = (body.get("actionDetails") instanceof Map<?, ?> details)
					? String.valueOf(details.get("outcome")) : "used";
			return Map.of("success", true, "usesRemaining", 0);
		}

		Map<String, Object> revoke() {
			if (!this.status.equals("pending") && !this.status.equals("approved")) {
				return Map.of("success", false, "reason", "The permission is " + this.status);
			}
			this.status = "revoked";
			return Map.of("success", true, "revokedAt", Instant.now().toString());
		}

		private boolean isGood(Map<String, Object> body) {
			return this.status.equals("approved") && this.token.equals(body.get("token"));
		}

		@SuppressWarnings("unchecked")
		AskedPermission asked() {
			return new AskedPermission(this.id, action(), (String) this.request.get("resource"),
					(Map<String, Object>) this.request.getOrDefault("scope", Map.of()),
					(Map<String, Object>) this.request.getOrDefault("context", Map.of()), this.outcome);
		}

	}

}
