package io.agentotp.server;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The process is killed while agents and people are at work, again and again. What was
 * acknowledged is there afterwards, and nothing happened twice. Callers do as the client
 * does: what was not answered is sent again with the same key.
 */
@Tag("faults")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class CrashFaultTests {

	private static final int KILLS = Integer.getInteger("agentotp.faults.kills", 4);

	private static final int CALLERS = 6;

	private static final long SEED = Long.getLong("agentotp.faults.seed", System.nanoTime());

	private final Random random = new Random(SEED);

	// Where the service is, once it is up again.
	private volatile CompletableFuture<ServerProcess> service = new CompletableFuture<>();

	private final AtomicBoolean working = new AtomicBoolean(true);

	private final Semaphore acknowledged = new Semaphore(0);

	private final Queue<Account> accounts = new ConcurrentLinkedQueue<>();

	@TempDir
	private Path directory;

	@ParameterizedTest
	@ValueSource(strings = { "h2", "postgres" })
	void anythingWhenKilledThenNothingAcknowledgedIsLostAndNothingHappensTwice(String kind) throws Exception {
		ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
		try {
			List<String> settings = settings(kind);
			this.service.complete(start(settings));
			List<Future<?>> work = new ArrayList<>();
			for (int i = 0; i < CALLERS; i++) {
				int number = i;
				work.add(callers.submit(() -> work(number)));
			}
			for (int i = 0; i < KILLS; i++) {
				awaitAcknowledged(20 + this.random.nextInt(200), work);
				ServerProcess killed = this.service.join();
				this.service = new CompletableFuture<>();
				killed.kill();
				this.service.complete(start(settings));
				this.acknowledged.drainPermits();
			}
			awaitAcknowledged(20, work);
			this.working.set(false);
			for (Future<?> each : work) {
				each.get(120, TimeUnit.SECONDS);
			}
			settle();
		}
		catch (Throwable ex) {
			throw new AssertionError("Failed with -Dagentotp.faults.seed=" + SEED, ex);
		}
		finally {
			this.working.set(false);
			callers.shutdownNow();
			if (this.service.isDone()) {
				this.service.join().close();
			}
		}
	}

	private void awaitAcknowledged(int count, List<Future<?>> work) throws Exception {
		while (!this.acknowledged.tryAcquire(count, 1, TimeUnit.SECONDS)) {
			for (Future<?> each : work) {
				if (each.isDone()) {
					each.get();
				}
			}
		}
	}

	private List<String> settings(String kind) {
		List<String> settings = new ArrayList<>(List.of(TestServer
			.policies("- {name: reads, action: auto_approve, conditions: {action: {startsWith: read.}}}")));
		settings.addAll(
				kind.equals("h2") ? List.of("spring.datasource.url=jdbc:h2:file:" + this.directory.resolve("agent-otp"))
						: TestDatabase.createPostgres().settings());
		return settings;
	}

	private ServerProcess start(List<String> settings) {
		return ServerProcess.start(this.directory, List.of("-Xmx256m"), settings);
	}

	private void work(int caller) {
		for (int i = 0; this.working.get(); i++) {
			String name = caller + "-" + i;
			switch (i % 5) {
				case 0 -> usedOnce(name);
				case 1 -> usedAsOftenAsAllowed(name);
				case 2 -> approvedAndUsed(name);
				case 3 -> denied(name);
				default -> withdrawn(name);
			}
		}
	}

	private void usedOnce(String name) {
		JsonNode permission = ask(name, "read.file", 1);
		String id = permission.path("id").stringValue();
		String token = permission.path("token").stringValue();
		assertThat(use(name + "-a", id, token)).isTrue();
		assertThat(use(name + "-b", id, token)).isFalse();
		this.accounts.add(new Account(id, "used", 1));
	}

	private void usedAsOftenAsAllowed(String name) {
		JsonNode permission = ask(name, "read.file", 3);
		String id = permission.path("id").stringValue();
		String token = permission.path("token").stringValue();
		for (int i = 0; i < 4; i++) {
			assertThat(use(name + "-" + i, id, token)).isEqualTo(i < 3);
		}
		this.accounts.add(new Account(id, "used", 3));
	}

	private void approvedAndUsed(String name) {
		String id = ask(name, "mail.send", 1).path("id").stringValue();
		decide(id, true);
		String token = read(id).path("token").stringValue();
		assertThat(use(name + "-a", id, token)).isTrue();
		assertThat(use(name + "-b", id, token)).isFalse();
		this.accounts.add(new Account(id, "used", 1));
	}

	private void denied(String name) {
		String id = ask(name, "mail.send", 1).path("id").stringValue();
		decide(id, false);
		assertThat(read(id).has("token")).isFalse();
		this.accounts.add(new Account(id, "denied", 0));
	}

	private void withdrawn(String name) {
		String id = ask(name, "mail.send", 1).path("id").stringValue();
		JsonNode answer = call((service) -> service.api(TestServer.MAILER_KEY)
			.with("Idempotency-Key", name)
			.post("/permissions/" + id + "/revoke", "{}")).expect(200).data();
		assertThat(answer.path("success").booleanValue()).isTrue();
		call((service) -> service.api(TestServer.ALICE_KEY).decide(id, true)).expect(409);
		this.accounts.add(new Account(id, "revoked", 0));
	}

	private JsonNode ask(String name, String action, int uses) {
		return call((service) -> service.api(TestServer.MAILER_KEY)
			.with("Idempotency-Key", name)
			.post("/permissions/request", "{\"action\":\"" + action + "\",\"resource\":\"" + name
					+ "\",\"scope\":{\"max_uses\":" + uses + "}}"))
			.data();
	}

	private boolean use(String key, String id, String token) {
		JsonNode used = call(
				(service) -> service.api(TestServer.MAILER_KEY).with("Idempotency-Key", key).use(id, token))
			.expect(200)
			.data();
		return used.path("success").booleanValue();
	}

	private JsonNode read(String id) {
		return call((service) -> service.api(TestServer.MAILER_KEY).get("/permissions/" + id)).expect(200).data();
	}

	// Nobody else decides: a conflict says that the decision of before is there.
	private void decide(String id, boolean approved) {
		Api.Answer answer = call((service) -> service.api(TestServer.ALICE_KEY).decide(id, approved));
		if (answer.status() != 200) {
			answer.expect(409);
			assertThat(answer.details().path("status").stringValue()).isEqualTo(approved ? "approved" : "denied");
		}
	}

	private Api.Answer call(Function<ServerProcess, Api.Answer> request) {
		while (true) {
			ServerProcess present = this.service.orTimeout(120, TimeUnit.SECONDS).join();
			try {
				Api.Answer answer = request.apply(present);
				if (answer.status() < 500 && !answer.code().equals("IDEMPOTENCY_IN_PROGRESS")) {
					this.acknowledged.release();
					return answer;
				}
				assertThat(answer.status()).isNotEqualTo(500);
			}
			catch (UncheckedIOException ex) {
				// Killed in between, so once more.
			}
		}
	}

	private void settle() {
		ServerProcess present = this.service.join();
		assertThat(this.accounts).hasSizeGreaterThan(KILLS);
		for (Account account : this.accounts) {
			assertThat(present.api(TestServer.MAILER_KEY).status(account.id())).isEqualTo(account.status());
			List<String> events = events(present, account.id());
			assertThat(events).filteredOn("requested"::equals).hasSize(1);
			assertThat(events).filteredOn("used"::equals).hasSize(account.uses());
			assertThat(events).filteredOn((event) -> List.of("approved", "denied").contains(event)).hasSizeLessThan(2);
			assertThat(events).contains(account.status());
		}
		long all = present.api(TestServer.ALICE_KEY)
			.get("/permissions?limit=1")
			.expect(200)
			.body()
			.path("meta")
			.path("total")
			.longValue();
		assertThat(all).as("one permission for each question, however often it was sent")
			.isEqualTo(this.accounts.size());
		JsonNode audit = present.api(TestServer.ADMIN_KEY).get("/audit/verify").expect(200).data();
		assertThat(audit.path("valid").booleanValue()).as(audit.toString()).isTrue();
		System.out.printf("%s permissions, %s kills, audit %s%n", this.accounts.size(), KILLS, audit);
	}

	private static List<String> events(ServerProcess service, String id) {
		return service.api(TestServer.ALICE_KEY)
			.get("/audit/permissions/" + id + "?limit=100")
			.expect(200)
			.data()
			.values()
			.stream()
			.map((entry) -> entry.path("event").stringValue())
			.toList();
	}

	/**
	 * What was acknowledged of a permission.
	 *
	 * @param id the permission
	 * @param status where it stands in the end
	 * @param uses how often it was used
	 */
	private record Account(String id, String status, int uses) {

	}

}
