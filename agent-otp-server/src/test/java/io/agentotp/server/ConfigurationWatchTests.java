package io.agentotp.server;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import io.agentotp.server.node.ConfigurationWatch;
import io.micrometer.core.instrument.MeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Nodes that start with different configurations.
 */
@ExtendWith(OutputCaptureExtension.class)
class ConfigurationWatchTests {

	@Test
	void configurationWhenNodesDifferThenSaidInLogAuditAndHealth(CapturedOutput output) {
		TestDatabase database = TestDatabase.createLasting();
		try (TestServer one = TestServer.startOn(database)) {
			assertThat(check(one)).isEmpty();
			try (TestServer other = TestServer.startOn(database, "agentotp.server.users.alice.roles=auditor",
					"agentotp.server.agents.mailer.owner=alice", "agentotp.server.test-keys=true",
					"agentotp.server.users.zoe.password=" + TestServer.PASSWORD_HASH)) {
				String[] names = { "agents.mailer", "test-keys", "users.alice", "users.zoe" };
				assertThat(other.auditor().get("/audit?event=configured").data().path(0).path("details").toString())
					.contains("[\"agents.mailer\",\"test-keys\",\"users.alice\",\"users.zoe\"]");
				assertThat(check(one)).containsExactly(names);
				assertThat(output).contains(
						"Another node started later with another configuration of [agents.mailer, test-keys, users.alice, users.zoe]");
				Health health = one.host().getBean(HealthIndicator.class).health();
				assertThat(health.getStatus().getCode()).isEqualTo("UP");
				assertThat(health.getDetails().toString()).contains("users.zoe");
				assertThat(differences(one)).isEqualTo(4);
				assertThat(check(other)).isEmpty();
				assertThat(differences(other)).isZero();
				assertThat(other.host().getBean(HealthIndicator.class).health().getDetails()).isEmpty();
			}
			try (TestServer same = TestServer.startOn(database)) {
				assertThat(check(same)).isEmpty();
				assertThat(check(one)).isEmpty();
				assertThat(differences(one)).isZero();
			}
		}
	}

	private static double differences(TestServer server) {
		return server.host()
			.getBean(MeterRegistry.class)
			.get("agentotp.server.configuration.differences")
			.gauge()
			.value();
	}

	@Test
	void settingsWhenTheyDifferThenEachIsNamed() {
		TestDatabase database = TestDatabase.createLasting();
		try (TestServer one = TestServer.startOn(database);
				TestServer other = TestServer.startOn(database,
						"agentotp.server.users.bob.api-key=uk_bob-another-0123456789abcdef",
						"agentotp.server.users.alice.password=" + TestServer.PASSWORD_HASH.replace("$04$", "$05$"),
						"agentotp.server.agents.reader.api-key=ak_live_reader-another-0123456789",
						"agentotp.server.agents.mailer.max-pending=7", "agentotp.server.approval-window=1h",
						"agentotp.server.retention.details=30d", "agentotp.server.retention.permissions=400d",
						"agentotp.server.limits.requests-per-minute=7", "agentotp.server.limits.max-pending=7",
						"agentotp.server.limits.wrong-passwords-per-minute=7",
						"agentotp.server.limits.wrong-keys-per-minute=7", "agentotp.server.sessions.idle-timeout=7m")) {
			assertThat(check(one)).containsExactly("agents.mailer", "agents.reader", "approval-window",
					"limits.max-pending", "limits.requests-per-minute", "limits.wrong-keys-per-minute",
					"limits.wrong-passwords-per-minute", "retention.details", "retention.permissions",
					"sessions.idle-timeout", "users.alice", "users.bob");
			assertThat(check(other)).isEmpty();
		}
	}

	@Test
	void passwordWhenPlainThenComparedWithWhatCounts() {
		TestDatabase database = TestDatabase.createLasting();
		String password = "agentotp.server.users.pia.password=";
		try (TestServer one = TestServer.startOn(database, password + "one of hers")) {
			assertThat(check(one)).isEmpty();
			try (TestServer same = TestServer.startOn(database, password + "one of hers")) {
				assertThat(check(same)).isEmpty();
				assertThat(check(one)).isEmpty();
			}
			try (TestServer other = TestServer.startOn(database, password + "another of hers")) {
				assertThat(check(other)).isEmpty();
				assertThat(check(one)).containsExactly("users.pia");
				assertThat(one.jdbc().sql("SELECT configuration FROM agentotp_instance").query(String.class).single())
					.doesNotContain("hers");
			}
		}
	}

	@Test
	void policiesWhenTheirFilesDifferThenSaidIfItLasts(@TempDir Path directory) throws Exception {
		TestDatabase database = TestDatabase.createLasting();
		Path file = Files.writeString(directory.resolve("policies.yml"),
				"policies:\n- { name: no, action: deny, conditions: { action: { equals: wire } } }\n");
		try (TestServer one = TestServer.startOn(database);
				TestServer other = TestServer.startOn(database, "agentotp.server.policies.files=" + file)) {
			assertThat(check(one)).isEmpty();
			assertThat(check(one)).containsExactly("policies.files");
			assertThat(check(other)).isEmpty();
			assertThat(check(other)).isEmpty();
		}
	}

	private static List<String> check(TestServer server) {
		ConfigurationWatch watch = server.bean(ConfigurationWatch.class);
		watch.check();
		return watch.differences();
	}

}
