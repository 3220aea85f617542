package io.agentotp.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The secret of tokens is rotated on two nodes as the documentation says, while agents
 * are at work. Callers do as the client does: what was not answered is sent again.
 */
@Tag("faults")
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class KeyRotationFaultTests {

	private static final int CALLERS = 2;

	private final AtomicReferenceArray<ServerProcess> nodes = new AtomicReferenceArray<>(2);

	private final AtomicBoolean working = new AtomicBoolean(true);

	private final Semaphore done = new Semaphore(0);

	// Approved at some time, and used once of twice.
	private final Queue<Granted> held = new ConcurrentLinkedQueue<>();

	private List<String> settings;

	@TempDir
	private Path directory;

	@Test
	void secretWhenRotatedUnderLoadThenEachTokenWorksAsOftenAsGrantedUntilItsLineIsRemoved() throws Exception {
		this.settings = settings();
		Path secret = folder(0).resolve("secret");
		String first = KeyRotationTests.ids(KeyRotationTests.keys(0, "make", "secret", secret.toString())).get(0);
		KeyRotationTests.keys(0, "make", "audit-key", folder(0).resolve("audit.key").toString());
		ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
		try {
			copy();
			restart(0);
			restart(1);
			Granted old = granted("old");
			List<Future<?>> work = new ArrayList<>();
			for (int i = 0; i < CALLERS; i++) {
				int number = i;
				work.add(callers.submit(() -> work(number)));
			}
			String added = KeyRotationTests
				.ids(KeyRotationTests.keys(0, "rotate", "secret", secret.toString(), "--last"))
				.get(1);
			restartOneAfterTheOther(work);
			KeyRotationTests.keys(0, "promote", "secret", secret.toString(), added);
			restartOneAfterTheOther(work);
			this.working.set(false);
			for (Future<?> each : work) {
				each.get(120, TimeUnit.SECONDS);
			}
			assertThat(read(old.id()).path("token").stringValue()).isEqualTo(old.token());
			assertThat(isValid(old)).isTrue();
			for (int node = 0; node < 2; node++) {
				JsonNode audit = this.nodes.get(node).api(TestServer.ADMIN_KEY).get("/audit/verify").data();
				assertThat(audit.path("valid").booleanValue()).as(audit.toString()).isTrue();
			}
			Granted present = granted("present");
			KeyRotationTests.keys(0, "remove", "secret", secret.toString(), first);
			copy();
			restart(0);
			restart(1);
			assertThat(isValid(old)).isFalse();
			assertThat(use("old-late", old)).isFalse();
			assertThat(read(old.id()).has("token")).isFalse();
			assertThat(isValid(present)).isTrue();
			assertThat(use("present-late", present)).isTrue();
		}
		finally {
			this.working.set(false);
			callers.shutdownNow();
			for (int node = 0; node < 2; node++) {
				if (this.nodes.get(node) != null) {
					this.nodes.get(node).close();
				}
			}
		}
	}

	private List<String> settings() {
		List<String> settings = new ArrayList<>(List.of(TestServer
			.policies("- {name: reads, action: auto_approve, conditions: {action: {startsWith: read.}}}")));
		TestDatabase.createPostgres()
			.settings()
			.stream()
			.filter((setting) -> !setting.startsWith("agentotp.server.secret="))
			.forEach(settings::add);
		return settings;
	}

	private Path folder(int node) throws IOException {
		return Files.createDirectories(this.directory.resolve("node-" + node));
	}

	private void copy() throws IOException {
		for (String file : List.of("secret", "audit.key")) {
			Files.copy(folder(0).resolve(file), folder(1).resolve(file), StandardCopyOption.REPLACE_EXISTING,
					StandardCopyOption.COPY_ATTRIBUTES);
		}
	}

	private void restartOneAfterTheOther(List<Future<?>> work) throws Exception {
		copy();
		for (int node = 0; node < 2; node++) {
			awaitDone(20, work);
			restart(node);
			awaitDone(20, work);
		}
	}

	private void restart(int node) throws IOException {
		ServerProcess before = this.nodes.getAndSet(node, null);
		if (before != null) {
			before.stop();
		}
		this.nodes.set(node, ServerProcess.start(folder(node), List.of("-Xmx256m"), this.settings));
	}

	private void awaitDone(int count, List<Future<?>> work) throws Exception {
		this.done.drainPermits();
		while (!this.done.tryAcquire(count, 1, TimeUnit.SECONDS)) {
			for (Future<?> each : work) {
				if (each.isDone()) {
					each.get();
				}
			}
		}
	}

	private void work(int caller) {
		for (int i = 0; this.working.get(); i++) {
			String name = caller + "-" + i;
			Granted granted = granted(name);
			assertThat(use(name + "-a", granted)).isTrue();
			this.held.add(granted);
			Granted other = (this.held.size() > 50) ? this.held.poll() : null;
			if (other != null) {
				assertThat(read(other.id()).path("token").stringValue()).isEqualTo(other.token());
				assertThat(isValid(other)).isTrue();
				assertThat(use(name + "-b", other)).isTrue();
				assertThat(isValid(other)).isFalse();
				assertThat(use(name + "-c", other)).isFalse();
			}
		}
	}

	private Granted granted(String name) {
		JsonNode permission = call((api) -> api.with("Idempotency-Key", name)
			.post("/permissions/request", "{\"action\":\"read.file\",\"ttl\":3600,\"scope\":{\"max_uses\":2}}"));
		return new Granted(permission.path("id").stringValue(), permission.path("token").stringValue());
	}

	private JsonNode read(String id) {
		return call((api) -> api.get("/permissions/" + id));
	}

	private boolean isValid(Granted granted) {
		return call((api) -> api.verify(granted.id(), granted.token())).path("valid").booleanValue();
	}

	private boolean use(String key, Granted granted) {
		return call((api) -> api.with("Idempotency-Key", key).use(granted.id(), granted.token())).path("success")
			.booleanValue();
	}

	private JsonNode call(Function<Api, Api.Answer> request) {
		while (true) {
			ServerProcess node = this.nodes.get(ThreadLocalRandom.current().nextInt(2));
			try {
				Api.Answer answer = (node != null) ? request.apply(node.api(TestServer.MAILER_KEY)) : null;
				if (answer != null && answer.status() < 300) {
					this.done.release();
					return answer.data();
				}
				if (answer != null) {
					assertThat(answer.status() == 503 || answer.code().equals("IDEMPOTENCY_IN_PROGRESS"))
						.as(answer.toString())
						.isTrue();
				}
			}
			catch (UncheckedIOException ex) {
				// The node ends, so once more.
			}
		}
	}

	private record Granted(String id, String token) {

	}

}
