package io.agentotp.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.web.LongPolling;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The database is gone for ten seconds: killed, or no longer to be reached. Nobody is
 * left waiting, and afterwards all goes on without a restart.
 */
@Tag("faults")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class DatabaseFaultTests {

	private static final Duration GONE = Duration.ofSeconds(10);

	@TempDir
	private Path directory;

	@Test
	void databaseWhenKilledThen503AndEverythingGoesOnOnceItIsBack() throws Exception {
		EmbeddedPostgres postgres = postgres(0);
		int port = postgres.getPort();
		try (TestServer server = start(port)) {
			Fault fault = new Fault(server);
			fault.prepare();
			long pid = Long.parseLong(Files.readAllLines(this.directory.resolve("data/postmaster.pid")).get(0).strip());
			ProcessHandle database = ProcessHandle.of(pid).orElseThrow();
			List<ProcessHandle> processes = database.descendants().toList();
			database.destroyForcibly();
			processes.forEach(ProcessHandle::destroyForcibly);
			database.onExit().join();
			fault.expectRefusals();
			// Lets go of the directory; there is nothing left to stop.
			postgres.close();
			Files.deleteIfExists(this.directory.resolve("data/postmaster.pid"));
			postgres = postgres(port);
			fault.expectRecovery();
		}
		finally {
			postgres.close();
		}
	}

	@Test
	void databaseWhenItCannotBeReachedThen503AndEverythingGoesOnOnceItCan() throws Exception {
		try (EmbeddedPostgres postgres = postgres(0);
				TcpProxy proxy = new TcpProxy(postgres.getPort());
				TestServer server = start(proxy.port())) {
			Fault fault = new Fault(server);
			fault.prepare();
			proxy.vanish();
			fault.expectRefusals();
			proxy.comeBack();
			fault.expectRecovery();
		}
	}

	private EmbeddedPostgres postgres(int port) throws IOException {
		return EmbeddedPostgres.builder()
			.setDataDirectory(this.directory.resolve("data"))
			.setCleanDataDirectory(false)
			.setPort(port)
			.setServerConfig("max_connections", "100")
			// Not its fast settings for tests, with which a kill loses what was
			// committed.
			.setServerConfig("fsync", "on")
			.setServerConfig("synchronous_commit", "on")
			.start();
	}

	private static TestServer start(int port) {
		return TestServer.startNodes(null, 2,
				"agentotp.server.datasource.url=jdbc:postgresql://localhost:" + port + "/postgres",
				"agentotp.server.datasource.username=postgres",
				"agentotp.server.secret=a-secret-of-tests-0123456789-0123456789");
	}

	/**
	 * What is looked at before, during and after.
	 */
	private static final class Fault {

		private final TestServer server;

		private final Api agent;

		private final Browser browser;

		private final List<CompletableFuture<Api.Answer>> parked = new ArrayList<>();

		private String id = "";

		Fault(TestServer server) {
			this.server = server;
			this.agent = server.api(0, TestServer.MAILER_KEY);
			this.browser = new Browser(server.url()).signedIn("alice");
		}

		void prepare() {
			this.id = this.agent.pending("mail.send");
			String cursor = this.agent.get("/permissions/decisions").data().path("cursor").stringValue();
			park("/permissions/" + this.id);
			park("/permissions/decisions?after=" + cursor);
			await(() -> this.server.bean(0, LongPolling.class).size() == this.parked.size());
		}

		private void park(String path) {
			this.parked.add(this.agent.with("Prefer", "wait=30").getLater(path));
		}

		void expectRefusals() {
			Instant end = Instant.now().plus(GONE);
			for (CompletableFuture<Api.Answer> each : this.parked) {
				expectRefusal(each.join());
			}
			Duration longest = Duration.ZERO;
			do {
				for (int node = 0; node < 2; node++) {
					Instant begin = Instant.now();
					expectRefusal(this.server.api(node, TestServer.MAILER_KEY).request("read.file"));
					Duration taken = Duration.between(begin, Instant.now());
					longest = (taken.compareTo(longest) > 0) ? taken : longest;
				}
				expectRefusal(this.server.api(0, TestServer.ALICE_KEY).decide(this.id, true));
				expectRefusal(this.agent.get("/health"));
				Browser.Page page = this.browser.get("/");
				assertThat(page.status()).isEqualTo(503);
				assertThat(page.header("Retry-After")).isEqualTo("2");
				assertThat(page.text()).contains("Not available at the moment").doesNotContain("Exception", "JDBC");
				Browser.Page signIn = new Browser(this.server.url()).signIn("alice", TestServer.PASSWORD);
				assertThat(signIn.status()).isEqualTo(503);
				assertThat(signIn.text()).contains("Not available at the moment");
			}
			while (Instant.now().isBefore(end));
			System.out.printf("Refused after %s ms at most%n", longest.toMillis());
		}

		private static void expectRefusal(Api.Answer answer) {
			assertThat(answer.status()).isEqualTo(503);
			assertThat(answer.code()).isEqualTo("SERVICE_UNAVAILABLE");
			assertThat(answer.header("Retry-After")).isNotNull();
		}

		void expectRecovery() {
			for (int node = 0; node < 2; node++) {
				Api api = this.server.api(node, TestServer.MAILER_KEY);
				await(() -> api.get("/permissions/" + this.id).status() == 200);
				assertThat(api.status(this.id)).isEqualTo("pending");
			}
			assertThat(this.browser.get("/").status()).isEqualTo(200);
			// The record is continued.
			await(() -> unlinked() == 0);
			this.server.bean(0, AuditSequencer.class).seal();
			JsonNode audit = this.server.admin().get("/audit/verify").expect(200).data();
			assertThat(audit.path("valid").booleanValue()).as(audit.toString()).isTrue();
			expectNodesHearEachOther();
		}

		// Without the net, which would find decisions as well.
		private void expectNodesHearEachOther() {
			this.server.bean(0, ThreadPoolTaskScheduler.class).getScheduledThreadPoolExecutor().getQueue().clear();
			await(() -> {
				String asked = this.agent.pending("mail.send");
				CompletableFuture<Api.Answer> waiting = this.agent.with("Prefer", "wait=2")
					.getLater("/permissions/" + asked);
				await(() -> waiting.isDone() || this.server.bean(0, LongPolling.class).size() > 0);
				this.server.api(1, TestServer.ALICE_KEY).decide(asked, true).expect(200);
				return waiting.join().data().path("status").stringValue().equals("approved");
			});
		}

		private long unlinked() {
			return this.server.jdbc().sql("""
					SELECT COUNT(*) FROM agentotp_audit a LEFT JOIN agentotp_audit_chain c ON c.audit_id = a.id
					WHERE c.seq IS NULL""").query(Long.class).single();
		}

		private static void await(BooleanSupplier condition) {
			Await.until("the service has noticed", condition);
		}

	}

}
