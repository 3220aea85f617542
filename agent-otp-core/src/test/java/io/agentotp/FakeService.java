package io.agentotp;

import java.io.IOException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

import io.agentotp.ScriptedTransport.Step;
import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;

import static io.agentotp.ScriptedTransport.response;

/**
 * The service's side of waiting, in memory: a decision feed that parks, the query, and
 * permissions that a test decides.
 */
final class FakeService implements HttpTransport {

	static final String FEED = "/permissions/decisions";

	static final String QUERY = "/permissions/query";

	private static final Duration LONGEST_WAIT = Duration.ofSeconds(20);

	private final List<TransportRequest> requests = new ArrayList<>();

	final Set<String> watcherThreads = ConcurrentHashMap.newKeySet();

	private final Map<String, String> permissions = new LinkedHashMap<>();

	private final List<String> decisions = new ArrayList<>();

	private final Map<String, Queue<Step>> overrides = new ConcurrentHashMap<>();

	private boolean original;

	private int parked;

	private int asked;

	private final Set<String> read = new HashSet<>();

	private boolean closed;

	/** Answers the next request for this path in another way. */
	FakeService next(String path, Step step) {
		this.overrides.computeIfAbsent(path, (key) -> new ArrayDeque<>()).add(step);
		return this;
	}

	/** Makes it a service without the extensions. */
	FakeService original() {
		this.original = true;
		return this;
	}

	FakeService next(String path, int status, String body, String... headers) {
		return next(path, (request) -> response(status, body, headers));
	}

	synchronized FakeService pending(String id) {
		this.permissions.put(id, permission(id, "pending"));
		return this;
	}

	synchronized void decide(String id, String status) {
		put(id, permission(id, status));
	}

	synchronized void put(String id, String body) {
		this.permissions.put(id, body);
		this.decisions.add(id);
		notifyAll();
	}

	/** Decides without telling the feed. */
	synchronized void decideUnseen(String id, String status) {
		this.permissions.put(id, permission(id, status));
	}

	synchronized void awaitParked() throws InterruptedException {
		await("the feed is parked", () -> this.parked > 0);
	}

	synchronized void awaitRequests(String path, int count) throws InterruptedException {
		await(count + " requests of " + path, () -> sent(path).size() >= count);
	}

	/**
	 * Waits until so many permissions were read, one by one or several at once.
	 */
	synchronized void awaitReads(int count) throws InterruptedException {
		await(count + " permissions are read", () -> this.read.size() >= count);
	}

	private void await(String what, BooleanSupplier condition) throws InterruptedException {
		long end = System.nanoTime() + LONGEST_WAIT.toNanos();
		while (!condition.getAsBoolean()) {
			long left = (end - System.nanoTime()) / 1_000_000;
			if (left <= 0) {
				throw new AssertionError("Not within " + LONGEST_WAIT + ": " + what + "; sent: "
						+ this.requests.stream().map(FakeService::path).toList());
			}
			wait(left);
		}
	}

	/** Return the requests whose path, without that of the API, matches. */
	synchronized List<TransportRequest> sent(String path) {
		return this.requests.stream().filter((request) -> path(request).matches(path)).toList();
	}

	private static String path(TransportRequest request) {
		return request.uri().getPath().substring("/api/v1".length());
	}

	static String permission(String id, String status) {
		return Json.json("{'id':'" + id + "','status':'" + status + "','action':'a'"
				+ ("approved".equals(status) ? ",'token':'" + Json.TOKEN + "','expiresAt':'2099-01-01T00:00:00Z'" : "")
				+ "}");
	}

	@Override
	public synchronized TransportResponse send(TransportRequest request, Duration timeout)
			throws IOException, InterruptedException {
		this.requests.add(request);
		notifyAll();
		if (Thread.interrupted()) {
			throw new InterruptedException();
		}
		String path = path(request);
		if (path.matches("/permissions/p\\d+")) {
			this.read.add(path.substring("/permissions/".length()));
			notifyAll();
		}
		Queue<Step> steps = this.overrides.get(path);
		Step step = (steps != null) ? steps.poll() : null;
		if (step != null) {
			return step.answer(request);
		}
		if (path.equals("/permissions/request")) {
			String id = "p" + ++this.asked;
			pending(id);
			return response(202, Json.data(this.permissions.get(id)));
		}
		if (this.original && (path.equals(FEED) || path.equals(QUERY) || path.endsWith("/revoke"))) {
			return response(404, Json.error("NOT_FOUND", "none"));
		}
		if (path.equals(FEED)) {
			return feed(request, timeout);
		}
		if (path.equals(QUERY)) {
			List<String> found = new ArrayList<>();
			Json.read(request.body()).path("ids").forEach((id) -> {
				found.add(this.permissions.get(id.stringValue()));
				this.read.add(id.stringValue());
			});
			notifyAll();
			return response(200, Json.data("{\"permissions\":" + found + "}"));
		}
		if (path.endsWith("/use")) {
			return response(200, Json.data(Json.USED));
		}
		if (path.endsWith("/revoke")) {
			return response(200, Json.data(Json.REVOKED));
		}
		String permission = this.permissions.get(path.substring("/permissions/".length()));
		return (permission != null) ? response(200, Json.data(permission))
				: response(404, Json.error("NOT_FOUND", "no such permission"));
	}

	private TransportResponse feed(TransportRequest request, Duration timeout)
			throws IOException, InterruptedException {
		this.watcherThreads.add(Thread.currentThread().getName() + "#" + Thread.currentThread().getId());
		String query = request.uri().getQuery();
		if (query == null) {
			return feed(List.of());
		}
		int after = Integer.parseInt(query.substring("after=c".length()));
		long end = System.nanoTime() + timeout.toNanos();
		// As the service does: it parks nobody who has not asked for it.
		boolean park = request.headers().containsKey("Prefer");
		while (park && this.decisions.size() <= after) {
			long left = (end - System.nanoTime()) / 1_000_000;
			if (left <= 0 || this.closed) {
				throw new HttpTimeoutException("parked too long");
			}
			this.parked++;
			notifyAll();
			try {
				wait(left);
			}
			finally {
				this.parked--;
			}
		}
		return feed(this.decisions.subList(after, this.decisions.size()));
	}

	private TransportResponse feed(List<String> ids) {
		return response(200,
				Json.data("{\"permissions\":"
						+ ids.stream().distinct().map(this.permissions::get).collect(Collectors.joining(",", "[", "]"))
						+ ",\"cursor\":\"c" + this.decisions.size() + "\"}"));
	}

	@Override
	public synchronized void close() {
		this.closed = true;
		notifyAll();
	}

}
