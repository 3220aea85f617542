package io.agentotp.test;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

import io.agentotp.PermissionStatus;
import io.agentotp.spring.operation.CallDigest;
import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.json.JsonMapper;

/**
 * The routes of the protocol in front of a {@link FakeService}, so that a test runs the
 * real client. One request at a time, but for those that are parked.
 */
final class FakeTransport implements HttpTransport {

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final ObjectReader BODY = JSON.readerFor(Map.class)
		.with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

	private static final String PERMISSIONS = "/permissions/";

	private final FakeService service;

	private final FirstAnswers firstAnswers = new FirstAnswers();

	FakeTransport(FakeService service) {
		this.service = service;
	}

	@Override
	public TransportResponse send(TransportRequest request, Duration timeout) throws IOException, InterruptedException {
		if (Thread.interrupted()) {
			throw new InterruptedException();
		}
		synchronized (this.service) {
			this.service.requireReachable();
			String path = request.uri().getPath();
			int start = path.indexOf(PERMISSIONS);
			if (start == -1) {
				return path.endsWith("/health") ? health() : notFound();
			}
			if (!this.service.acceptsKey()) {
				return error(401, "INVALID_API_KEY", "The API key is not known", Map.of());
			}
			return permissions(path.substring(start + PERMISSIONS.length()), request);
		}
	}

	private TransportResponse permissions(String path, TransportRequest request)
			throws IOException, InterruptedException {
		return switch (path) {
			case "request" -> this.firstAnswers.get("request", request, this.service.now(), () -> ask(request));
			case "decisions" -> decisions(request);
			case "query" -> ok(Map.of("permissions", query(body(request))));
			default -> permission(path, request);
		};
	}

	private TransportResponse ask(TransportRequest request) {
		Map<String, Object> asked = body(request);
		if (!isBound(request)) {
			return error(400, "VALIDATION_ERROR", "The request is invalid",
					Map.of("callDigest", "must be the digest of action, resource, scope and call"));
		}
		Object maxUses = FakePermission.object(asked, "scope").getOrDefault(FakePermission.MAX_USES, 1);
		if (!(maxUses instanceof Integer uses) || uses < 1) {
			return error(400, "VALIDATION_ERROR", "The request is invalid",
					Map.of("scope.max_uses", "must be a whole number from 1"));
		}
		FakePermission permission = this.service.ask(asked);
		return success((permission.status() == PermissionStatus.APPROVED) ? 201 : permission.isPending() ? 202 : 200,
				permission.json());
	}

	private TransportResponse decisions(TransportRequest request) throws IOException, InterruptedException {
		String query = request.uri().getQuery();
		if (query != null && query.startsWith("since=")) {
			return ok(Map.of("permissions", List.of(), "cursor", "0"));
		}
		if (query != null && !query.matches("after=\\d+")) {
			return error(410, "CURSOR_GONE", "The cursor is too old", Map.of());
		}
		int position = (query != null) ? Integer.parseInt(query.substring("after=".length())) : this.service.position();
		if (query != null) {
			park(request, () -> this.service.position() > position);
		}
		return ok(Map.of("permissions", json(this.service.decidedAfter(position)), "cursor",
				String.valueOf(this.service.position())));
	}

	private List<Map<String, Object>> query(Map<String, Object> body) {
		Collection<?> ids = (body.get("ids") instanceof Collection<?> list) ? list : List.of();
		return json(
				ids.stream().map(String::valueOf).map(this.service::find).filter((found) -> found != null).toList());
	}

	private TransportResponse permission(String path, TransportRequest request)
			throws IOException, InterruptedException {
		String[] parts = path.split("/", 2);
		FakePermission permission = this.service.find(parts[0]);
		if (permission == null) {
			return notFound();
		}
		permission.lookedAt();
		return switch ((parts.length > 1) ? parts[1] : "") {
			case "" -> {
				park(request, () -> !permission.isPending());
				yield ok(permission.json());
			}
			case "verify" -> ok(permission.verify(body(request)));
			case "use" ->
				this.firstAnswers.get("use", request, this.service.now(), () -> ok(permission.use(body(request))));
			case "revoke" -> this.firstAnswers.get("revoke", request, this.service.now(),
					() -> ok(this.service.revoke(permission, body(request))));
			default -> notFound();
		};
	}

	private void park(TransportRequest request, BooleanSupplier event) throws IOException, InterruptedException {
		String seconds = request.headers().getOrDefault("Prefer", "wait=0").substring("wait=".length());
		this.service.await(Duration.ofSeconds(Long.parseLong(seconds)), event);
		this.service.requireReachable();
	}

	private TransportResponse health() {
		return ok(Map.of("status", "ok", "version", "fake", "timestamp", this.service.now().toString()));
	}

	private static List<Map<String, Object>> json(Collection<? extends FakePermission> permissions) {
		return permissions.stream().map(FakePermission::json).toList();
	}

	/** As the service does: what is shown must be what is bound. */
	private static boolean isBound(TransportRequest request) {
		Map<String, Object> sent = body(request);
		return !sent.containsKey("call") || CallDigest
			.of(String.valueOf(sent.get("action")), (String) sent.get("resource"), FakePermission.object(sent, "scope"),
					FakePermission.object(sent, "call"))
			.equals(sent.get("callDigest"));
	}

	private static Map<String, Object> body(TransportRequest request) {
		byte[] body = request.body();
		return (body != null) ? BODY.readValue(body) : Map.of();
	}

	private static TransportResponse ok(Map<String, Object> data) {
		return success(200, data);
	}

	private static TransportResponse success(int status, Map<String, Object> data) {
		return answer(status, Map.of("success", true, "data", data));
	}

	private static TransportResponse notFound() {
		return error(404, "NOT_FOUND", "There is no such permission", Map.of());
	}

	static TransportResponse error(int status, String code, String message, Map<String, String> details) {
		Map<String, Object> error = new LinkedHashMap<>(Map.of("code", code, "message", message));
		if (!details.isEmpty()) {
			error.put("details", details);
		}
		return answer(status, Map.of("success", false, "error", error));
	}

	private static TransportResponse answer(int status, Map<String, Object> body) {
		return new TransportResponse(status, Map.of(), JSON.writeValueAsBytes(body));
	}

	@Override
	public void endWait(String permissionId, CompletableFuture<?> wait, Duration timeout) {
		HttpTransport.super.endWait(permissionId, wait, timeout);
		this.service.endWait(permissionId, wait, timeout);
	}

	void reset() {
		synchronized (this.service) {
			this.service.reset();
			this.firstAnswers.clear();
		}
	}

	@Override
	public void close() {
		// Several clients share it.
	}

}
