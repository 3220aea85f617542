package io.agentotp.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.metric.Meters;
import io.agentotp.server.metric.MicrometerMeters;
import io.agentotp.server.policy.PolicyFileWatch;
import io.agentotp.server.web.LongPolling;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Statistic;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.config.NamingConvention;
import io.micrometer.core.instrument.distribution.CountAtBucket;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an operator can measure, and that no agent can make it grow.
 */
class MetricsTests {

	private static final Pattern METER = Pattern.compile("agentotp_server_\\w+");

	private static final Pattern SELECTED = Pattern.compile("(agentotp_server_\\w+)\\{(\\w+)");

	private static final Pattern BY = Pattern.compile("by \\(([\\w, ]+)\\)");

	@Test
	void metersWhenPermissionsLiveThenCountRequestsDecisionsUsesAndShadows() {
		try (TestServer server = TestServer.start(TestServer.policies("""
				- {name: lurking, action: deny, shadow: true, conditions: {action: {equals: mail.send}}}
				"""))) {
			Api mailer = server.mailer();
			String approved = mailer.pending("mail.send");
			String denied = mailer.pending("mail.send");
			String withdrawn = mailer.pending("mail.send");
			assertThat(sum(server, "agentotp.server.requests", "outcome", "pending")).isEqualTo(3);
			assertThat(gauge(server, "agentotp.server.pending")).isEqualTo(3);
			server.clock.move(Duration.ofSeconds(90));
			server.alice().decide(approved, true).expect(200);
			server.alice().decide(denied, false).expect(200);
			mailer.post("/permissions/" + withdrawn + "/revoke", "{}").expect(200);
			String token = mailer.token(approved);
			mailer.use(approved, token).expect(200);
			mailer.use(approved, token).expect(200);
			mailer.use(approved, "otp_unknown").expect(200);

			assertThat(gauge(server, "agentotp.server.pending")).isZero();
			assertThat(sum(server, "agentotp.server.decisions", "decider", "person")).isEqualTo(2);
			assertThat(total(server, "agentotp.server.decisions", "decider", "person")).isEqualTo(180);
			assertThat(sum(server, "agentotp.server.decisions", "decider", "nobody")).isEqualTo(1);
			assertThat(sum(server, "agentotp.server.uses", "result", "used")).isEqualTo(1);
			assertThat(sum(server, "agentotp.server.uses", "result", "TOKEN_USED")).isEqualTo(1);
			assertThat(sum(server, "agentotp.server.uses", "result", "TOKEN_INVALID")).isEqualTo(1);
			assertThat(sum(server, "agentotp.server.shadow", "policy", "lurking")).isEqualTo(3);
		}
	}

	@Test
	void metersWhenSeveralDecideThenCountEachOfThem() {
		try (TestServer server = TestServer.start(TestServer.policies("""
				- {name: mails, action: require_approval, quorum: 2, conditions: {action: {equals: mail.send}}}
				"""))) {
			String approved = server.reader().pending("mail.send");
			String denied = server.reader().pending("mail.send");
			server.alice().decide(approved, true).expect(200);
			server.bob().decide(approved, true).expect(200);
			server.alice().decide(denied, true).expect(200);
			server.bob().decide(denied, false).expect(200);
			assertThat(sum(server, "agentotp.server.votes", "outcome", "approved")).isEqualTo(3);
			assertThat(sum(server, "agentotp.server.decisions", "outcome", "approved")).isEqualTo(1);
			assertThat(sum(server, "agentotp.server.decisions", "outcome", "denied")).isEqualTo(1);
		}
	}

	@Test
	void metersWhenRequestIsRepeatedOrRolledBackThenCountedOnce() {
		try (TestServer server = TestServer.start("agentotp.server.agents.mailer.max-pending=1")) {
			Api repeated = server.mailer().with("Idempotency-Key", "one");
			repeated.request("mail.send").expect(202);
			repeated.request("mail.send").expect(202);
			server.mailer().request("mail.send").expect(429);
			assertThat(sum(server, "agentotp.server.requests", "outcome", "pending")).isEqualTo(1);
			assertThat(sum(server, "agentotp.server.limited", "limit", "pending")).isEqualTo(1);
		}
	}

	@Test
	void metersWhenTooManyRequestsThenCountsThose() {
		try (TestServer server = TestServer.start("agentotp.server.agents.mailer.requests-per-minute=1")) {
			// Each node may have counted for itself.
			for (int i = 0; i < 4; i++) {
				server.mailer().request("read.file");
			}
			assertThat(sum(server, "agentotp.server.limited", "limit", "rate")).isBetween(1.0, 3.0);
		}
	}

	@Test
	void metersWhenRequestsAreParkedThenCountsThem() {
		try (TestServer server = TestServer.start()) {
			Api asking = server.api(0, TestServer.MAILER_KEY);
			String id = asking.pending("mail.send");
			CompletableFuture<Api.Answer> parked = asking.with("Prefer", "wait=30").getLater("/permissions/" + id);
			Await.until("a request waits", () -> server.bean(0, LongPolling.class).size() > 0);
			assertThat(gauge(server, "agentotp.server.waiting.requests")).isEqualTo(1);
			server.api(0, TestServer.ALICE_KEY).decide(id, false).expect(200);
			parked.join().expect(200);
		}
	}

	@Test
	void metersWhenRowsAreNotSignedForThenTellSinceWhen() {
		try (TestServer server = TestServer.start()) {
			server.bean(AuditSequencer.class).seal();
			assertThat(gauge(server, "agentotp.server.audit.unsigned.seconds")).isZero();
			server.mailer().pending("mail.send");
			server.clock.move(Duration.ofSeconds(45));
			for (String change : List.of("UPDATE agentotp_audit SET actor = actor",
					"INSERT INTO agentotp_audit_checkpoint VALUES (9000000000000000000, 'x', CURRENT_TIMESTAMP, 'k', 's')")) {
				server.jdbc().sql(change).update();
				assertThat(gauge(server, "agentotp.server.audit.unsigned.seconds")).as(change).isEqualTo(45);
			}
			server.bean(AuditSequencer.class).seal();
			assertThat(gauge(server, "agentotp.server.audit.unsigned.seconds")).isZero();
		}
	}

	@Test
	void tagsWhenAgentSendsAnythingThenHoldNothingOfIt() {
		try (TestServer server = TestServer.start()) {
			String id = server.mailer()
				.post("/permissions/request",
						"{\"action\":\"mail.hunter2\",\"resource\":\"hunter2\",\"context\":{\"reason\":\"hunter2\"}}")
				.expect(202)
				.data()
				.path("id")
				.stringValue();
			server.alice().decide(id, true).expect(200);
			server.mailer().use(id, "hunter2").expect(200);
			server.mailer().get("/hunter2").expect(404);
			String token = server.mailer().token(id);
			server.mailer().use(id, token).expect(200);
			assertThat(meters(server)).isNotEmpty();
			assertThat(meters(server).toString()).doesNotContain("hunter2")
				.doesNotContain(id)
				.doesNotContain(token)
				.doesNotContain("alice");
		}
	}

	@Test
	void requestsWhenThereAreEverMoreAgentsThenTheNumberOfMetersIsBounded() {
		SimpleMeterRegistry registry = new SimpleMeterRegistry();
		Meters meters = new MicrometerMeters(registry);
		for (int i = 0; i < 1000; i++) {
			meters.requested("agent-" + i, "pending");
			meters.used("agent-" + i, "used");
			meters.limited("agent-" + i, Meters.Limit.RATE);
		}
		assertThat(registry.getMeters()).hasSize(303);
		assertThat(registry.get("agentotp.server.requests").tag("agent", "(other)").counter().count()).isEqualTo(900);
	}

	@Test
	void signInsWhenAcceptedRejectedOrTooManyThenCounted() {
		try (TestServer server = TestServer.start("agentotp.server.limits.wrong-passwords-per-minute=2",
				"agentotp.server.limits.wrong-keys-per-minute=1")) {
			new Browser(server.url()).signedIn("alice");
			assertThat(signIns(server, "password", "accepted")).isEqualTo(1);
			for (int i = 0; i < 4; i++) {
				new Browser(server.url()).signIn("bob", "wrong");
			}
			assertThat(signIns(server, "password", "rejected")).isEqualTo(2);
			assertThat(signIns(server, "password", "limited")).isEqualTo(2);
			Browser stranger = new Browser(server.url());
			Browser.Page page = stranger.get("/set-password");
			for (int i = 0; i < 3; i++) {
				stranger.submit(page, "/set-password", Map.of("username", "bob", "code", "ul_wrong", "password",
						"a password of one's own", "repeated", "a password of one's own"));
			}
			assertThat(signIns(server, "password", "rejected")).isEqualTo(4);
			assertThat(signIns(server, "password", "limited")).isEqualTo(3);
			for (int i = 0; i < 3; i++) {
				server.api(0, "ak_live_unknown").request("mail.send");
			}
			assertThat(signIns(server, "key", "rejected")).isEqualTo(1);
			assertThat(signIns(server, "key", "limited")).isEqualTo(2);
		}
	}

	@Test
	void policyFilesWhenChangedThenAcceptedRejectedAndOutdatedAreTold(@TempDir Path directory) throws IOException {
		Path file = Files.writeString(directory.resolve("policies.yml"), "policies: []\n");
		try (TestServer server = TestServer.start("agentotp.server.policies.files=" + file,
				"agentotp.server.policies.reload-interval=0")) {
			PolicyFileWatch watch = server.bean(PolicyFileWatch.class);
			Files.writeString(file, "policies: [{name: broken}]\n");
			watch.check();
			assertThat(sum(server, "agentotp.server.policy.files", "result", "rejected")).isEqualTo(1);
			assertThat(gauge(server, "agentotp.server.policies.outdated")).isEqualTo(1);
			Files.writeString(file, "policies: [{name: all, action: deny}]\n");
			watch.check();
			assertThat(sum(server, "agentotp.server.policy.files", "result", "accepted")).isEqualTo(1);
			assertThat(gauge(server, "agentotp.server.policies.outdated")).isZero();
		}
	}

	@Test
	void filesOfDashboardAndAlertsWhenReadThenNameMetersAndTagsThatExist() throws IOException {
		try (TestServer server = TestServer.start()) {
			Meters meters = server.bean(Meters.class);
			meters.requested("mailer", "pending");
			meters.decided(Meters.Decider.PERSON, "approved", Duration.ofSeconds(20));
			meters.used("mailer", "used");
			meters.limited("mailer", Meters.Limit.RATE);
			meters.signedIn(Meters.SignIn.KEY, Meters.SignInResult.REJECTED);
			meters.policyFiles(true);
			meters.shadowed("lurking", "deny", "approved");
			meters.notified("mail", "sent");
			Map<String, Set<String>> tags = new HashMap<>();
			MeterRegistry registry = server.host().getBean(MeterRegistry.class);
			NamingConvention convention = registry.config().namingConvention();
			for (Meter meter : registry.getMeters()) {
				Set<String> names = new HashSet<>(Set.of("le", "instance"));
				meter.getId().getConventionTags(convention).forEach((tag) -> names.add(tag.getKey()));
				String name = meter.getId().getConventionName(convention);
				List<String> parts = (meter instanceof Timer) ? List.of("_bucket", "_count", "_sum", "_max")
						: List.of((meter instanceof Counter) ? "_total" : "");
				parts.forEach((part) -> tags.put(name + part, names));
			}
			for (String file : List.of("dashboard.json", "alerts.yml")) {
				String text = Files.readString(Path.of("../docs/monitoring").resolve(file)).replace("\\\"", "\"");
				assertThat(METER.matcher(text).results().map(MatchResult::group)).as(file)
					.hasSizeGreaterThan(10)
					.allSatisfy((name) -> assertThat(tags).containsKey(name));
				assertThat(SELECTED.matcher(text).results()).as(file)
					.isNotEmpty()
					.allSatisfy((match) -> assertThat(tags.get(match.group(1))).contains(match.group(2)));
				Set<String> known = new HashSet<>();
				tags.values().forEach(known::addAll);
				assertThat(BY.matcher(text).results().flatMap((match) -> Stream.of(match.group(1).split(", *"))))
					.as(file)
					.isNotEmpty()
					.isSubsetOf(known);
			}
			assertThat(registry.find("agentotp.server.decisions").timers()).allSatisfy(
					(timer) -> assertThat(timer.takeSnapshot().histogramCounts()).extracting(CountAtBucket::bucket)
						.contains(Duration.ofMinutes(5).toNanos() * 1.0));
			String documented = Files.readString(Path.of("../docs/events-and-meters.md"));
			assertThat(registry.getMeters().stream().map((meter) -> meter.getId().getName()))
				.filteredOn((name) -> name.startsWith("agentotp.server."))
				.allSatisfy((name) -> assertThat(documented).contains("`" + name + "`"));
		}
	}

	@Test
	void shadowWhenThereAreEverMorePoliciesThenTheNumberOfMetersIsBounded() {
		SimpleMeterRegistry registry = new SimpleMeterRegistry();
		Meters meters = new MicrometerMeters(registry);
		for (int i = 0; i < 1000; i++) {
			meters.shadowed("policy " + i, "deny", "deny");
		}
		assertThat(registry.getMeters()).hasSize(101);
		assertThat(registry.get("agentotp.server.shadow").tag("policy", "(other)").counter().count()).isEqualTo(900);
	}

	@Test
	void healthWhenTheDatabaseGoesThenDownAndUnknownGauges() {
		TestDatabase database = TestDatabase.createPostgres();
		try (TestServer server = TestServer.startNodes(database, 1)) {
			HealthIndicator health = server.host().getBean("agentotp-serverHealthIndicator", HealthIndicator.class);
			assertThat(health.health().getStatus()).isEqualTo(Status.UP);
			database.goAway();
			Await.until("the database is taken to be gone", () -> server.server().problem() != null);
			assertThat(health.health().getStatus()).isEqualTo(Status.DOWN);
			assertThat(gauge(server, "agentotp.server.pending")).isNaN();
			assertThat(gauge(server, "agentotp.server.audit.unsigned.seconds")).isNaN();
			database.comeBack();
			Await.until("the database is back", () -> server.server().problem() == null);
			// Also for what looks at it again on its own.
			Await.until("the service is up", () -> health.health().getStatus().equals(Status.UP));
			assertThat(gauge(server, "agentotp.server.pending")).isZero();
		}
	}

	private static double signIns(TestServer server, String by, String result) {
		return registries(server).stream()
			.flatMap((registry) -> registry.find("agentotp.server.sign.ins")
				.tags("by", by, "result", result)
				.counters()
				.stream())
			.mapToDouble(Counter::count)
			.sum();
	}

	private static List<String> meters(TestServer server) {
		return registries(server).stream()
			.flatMap((registry) -> registry.getMeters().stream())
			.map((meter) -> meter.getId().toString())
			.toList();
	}

	private static List<MeterRegistry> registries(TestServer server) {
		return IntStream.range(0, server.size())
			.mapToObj((node) -> server.host(node).getBean(MeterRegistry.class))
			.toList();
	}

	private static double gauge(TestServer server, String name) {
		return registries(server).get(0).get(name).gauge().value();
	}

	private static double sum(TestServer server, String name, String tag, String value) {
		return measure(server, name, tag, value, Statistic.COUNT);
	}

	private static double total(TestServer server, String name, String tag, String value) {
		return measure(server, name, tag, value, Statistic.TOTAL_TIME);
	}

	private static double measure(TestServer server, String name, String tag, String value, Statistic statistic) {
		return registries(server).stream()
			.flatMap((registry) -> registry.find(name).tag(tag, value).meters().stream())
			.map(Meter::measure)
			.flatMap((measurements) -> StreamSupport.stream(measurements.spliterator(), false))
			.filter((measurement) -> measurement.getStatistic() == statistic)
			.mapToDouble((measurement) -> measurement.getValue())
			.sum();
	}

}
