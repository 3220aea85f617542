package io.agentotp.server;

import java.time.Duration;
import java.time.temporal.ChronoUnit;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Numbers over time.
 */
@Tag("sql")
class StatsTests {

	private static TestServer server;

	@BeforeAll
	static void start() {
		server = TestServer.start();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	void statsWhenRequestsCameThenCountedByOutcomeAndHour() {
		String from = server.clock.instant().truncatedTo(ChronoUnit.MILLIS).toString();
		server.mailer().request("read.x").expect(201);
		server.mailer().request("table.drop").expect(200);
		String slow = server.mailer().pending("mail.send");
		server.clock.move(Duration.ofSeconds(30));
		server.alice().decide(slow, true).expect(200);
		server.clock.move(Duration.ofHours(2));
		server.mailer().pending("mail.send");
		server.clock.move(Duration.ofSeconds(1));

		JsonNode data = server.auditor().get("/stats?bucket=hour&from=" + from).expect(200).data();
		assertThat(data.path("buckets").size()).isBetween(3, 4);
		JsonNode first = data.path("buckets").path(0);
		assertThat(first.path("total").intValue()).isEqualTo(3);
		assertThat(first.path("requests").path("denied").intValue()).isEqualTo(1);
		assertThat(first.path("decidedByPolicy").intValue()).isEqualTo(2);
		assertThat(first.path("decidedByPerson").intValue()).isEqualTo(1);
		assertThat(first.path("decisionSecondsP50").doubleValue()).isEqualTo(30);
		assertThat(first.path("decisionSecondsP95").doubleValue()).isEqualTo(30);
		assertThat(data.path("buckets").path(1).path("total").intValue()).isZero();
		assertThat(data.path("buckets").path(1).path("decisionSecondsP50").isNull()).isTrue();
		int total = 0;
		for (JsonNode bucket : data.path("buckets")) {
			total += bucket.path("total").intValue();
		}
		assertThat(total).isEqualTo(4);
		JsonNode days = server.alice().get("/stats?bucket=day").expect(200).data().path("buckets");
		assertThat(days.size()).isBetween(30, 31);
		assertThat(days.path(days.size() - 1).path("from").stringValue()).endsWith("T00:00:00Z");
	}

	@ParameterizedTest
	@ValueSource(strings = { "bucket=minute", "from=yesterday", "to=2026-13-01T00:00:00Z",
			"from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from=2000-01-01T00:00:00Z",
			"from=-999999999-01-01T00:00:00Z&to=%2B999999999-01-01T00:00:00Z" })
	void statsWhenNotValidThen400(String query) {
		assertThat(server.alice().get("/stats?" + query).expect(400).details().isEmpty()).isFalse();
	}

	@Test
	void statsWhenAgentThen403() {
		server.mailer().get("/stats").expect(403);
	}

}
