package io.agentotp.server;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import io.agentotp.server.json.Json;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Whatever value is bound, all pages of a request can be read: a value that its format
 * cannot write is shown as it is.
 */
class ExtremeValueTests {

	private static final List<String> FORMATS = List.of("{format: text}", "{format: number}",
			"{format: count, unit: x}", "{format: percent}", "{format: money, currency: JPY}",
			"{format: money, currency: EUR, minor: true}", "{format: money, currency: scope.currency}",
			"{format: date}", "{format: date, unit: days}", "{format: time}", "{format: time, unit: milliseconds}",
			"{format: time, unit: days}", "{format: duration}", "{format: duration, unit: days}", "{format: bytes}",
			"{format: address}", "{format: code}", "{format: text, fold: true}", "{format: list}", "{label: Guessed}",
			"{format: list, columns: {v: {format: duration}, w: {format: time}, x: {format: bytes, sum: true}, "
					+ "y: {format: money, currency: c, minor: true, sum: true}, z: {label: Z, sum: true}}}");

	private static final List<String> TYPES = List.of("", "java.time.Instant", "java.time.OffsetDateTime",
			"java.time.ZonedDateTime", "java.time.LocalDateTime", "java.time.LocalDate", "java.time.Duration",
			"java.math.BigDecimal");

	private static final List<String> NAMES = List.of("v", "amount", "bytes", "percent", "orderId");

	private static final List<String> TEXTS = List.of("+999999999-12-31T23:59:59-18:00",
			"-999999999-01-01T00:00:00+18:00", "+999999999-12-31T23:59:59.999999999Z", "-999999999-01-01T00:00:00Z",
			"+999999999-12-31T23:59:59-18:00[Etc/GMT+12]", "+1000000000-12-31T23:59:59Z", "0000-01-01T00:00:00Z",
			"2026-11-29T24:00:00Z", "2026-11-29T23:59:60Z", "2026-11-29T01:00:00+01:00[Europe/Nowhere]", "]", "Z[]",
			"+999999999-12-31", "-999999999-01-01", "+999999999-12-31T23:59:59", "PT-9223372036854775808S",
			"PT9223372036854775807.999999999S", "PT-9223372036854775807.999999999S", "PT9223372036854775808S",
			"P-106751991167300DT-15H-30M-8S", "P106751991167300D", "PT", "", " ", "\u200b", "\ud83d\ude00", "\u0000x",
			"1e999999999", "NaN", "-", "EUR", "XXX", "yes", "\u0661\u0662");

	private static final List<String> NUMBERS = List.of("0", "-0.0", "1e308", "-1e308", "1e-308", "1.5e-300",
			"9223372036854775807", "-9223372036854775808", "9223372036854775808", "1e18", "1e15", "-1e15",
			"31556889864403199", "31556889864403200", "-31557014167219200", "365241780471", "365241780472",
			"-365243219162", "-365243219163", "1000000000000", "1000000000001", "0.0000000001", "1048575",
			"99999999999999999999999999999999999.000000000000001");

	private final Random random = new Random(20_261_130);

	@ParameterizedTest
	@EnumSource(names = { "ALONE", "ALONE_UNDER_A_PATH", "EMBEDDED" })
	void pagesWhenAMomentIsOfNoCalendarThenReadable(Form form, @TempDir Path directory) {
		try (TestServer server = form.start(directory, TestServer.policies(catalogue()))) {
			read(server, List.of(text(TEXTS.get(0)), text(TEXTS.get(1)), text("PT-9223372036854775808S")));
		}
	}

	@Test
	@Tag("slow")
	void pagesWhenAnyValueIsBoundThenReadableAndShownAsItIs() {
		try (TestServer server = TestServer.start(TestServer.policies(catalogue()))) {
			List<JsonNode> values = new ArrayList<>();
			TEXTS.forEach((text) -> values.add(text(text)));
			NUMBERS.forEach((number) -> values.add(Json.read(number)));
			values.addAll(values("true", "false", "null", "[]", "{}", "[[]]", "[null]"));
			for (int i = 0; i < 40; i++) {
				values.add(random());
			}
			read(server, values(values));
		}
	}

	private static List<JsonNode> values(String... json) {
		return List.of(json).stream().map(Json::read).toList();
	}

	private static JsonNode text(String text) {
		return Json.read(Json.write(text));
	}

	// Each by itself, and in a list, in the rows of a table or behind its type.
	private static List<JsonNode> values(List<JsonNode> plain) {
		List<JsonNode> values = new ArrayList<>(plain);
		for (int i = 0; i < plain.size(); i++) {
			ArrayNode list = Json.mapper().createArrayNode().add(plain.get(i)).add(plain.get((i + 1) % plain.size()));
			ArrayNode rows = Json.mapper().createArrayNode();
			for (JsonNode value : list) {
				ObjectNode row = Json.object().put("c", "EUR");
				List.of("v", "w", "x", "y", "z").forEach((name) -> row.set(name, value));
				rows.add(row);
			}
			ObjectNode typed = Json.object().put("@type", TYPES.get(i % TYPES.size()));
			typed.set("@value", plain.get(i));
			values.add(List.of(list, rows, typed).get(i % 3));
		}
		return values;
	}

	private static String catalogue() {
		StringBuilder fields = new StringBuilder();
		for (int i = 0; i < FORMATS.size(); i++) {
			fields.append("      scope.f").append(i).append(": ").append(FORMATS.get(i)).append('\n');
			fields.append("      call.arguments.f").append(i).append(": ").append(FORMATS.get(i)).append('\n');
		}
		return "actions:\n  - action: known\n    title: \"{scope.f9} {call.arguments.f12}\"\n    fields:\n" + fields
				+ "  - action: titled\n    title: \"{scope.f12}\"\n    fields:\n      scope.f12: " + FORMATS.get(12)
				+ '\n';
	}

	private static void read(TestServer server, List<JsonNode> values) {
		Browser alice = new Browser(server.url()).signedIn("alice");
		List<String> waiting = new ArrayList<>();
		for (int i = 0; i < values.size(); i++) {
			for (String action : List.of("other", "known", "titled")) {
				Api.Answer asked = server.mailer().post("/permissions/request", request(action, values.get(i)));
				if (asked.status() == 400) {
					continue;
				}
				String id = asked.expect(202).data().path("id").stringValue();
				waiting.add(id);
				assertThat(alice.get("/approvals/" + id).status()).as("%s %s", action, values.get(i)).isEqualTo(200);
			}
			if (waiting.size() > 20 || i == values.size() - 1) {
				lists(server, alice, waiting);
			}
		}
	}

	private static void lists(TestServer server, Browser alice, List<String> waiting) {
		assertThat(alice.get("/").status()).as("inbox").isEqualTo(200);
		assertThat(alice.get("/agents/mailer").status()).as("agent").isEqualTo(200);
		waiting.forEach((id) -> server.alice().decide(id, false));
		assertThat(alice.get("/history").status()).as("history").isEqualTo(200);
		waiting.forEach((id) -> assertThat(alice.get("/approvals/" + id).status()).as(id).isEqualTo(200));
		server.alice().get("/permissions?limit=100").expect(200);
		waiting.clear();
	}

	private static String request(String action, JsonNode value) {
		ObjectNode request = Json.object().put("action", action);
		ObjectNode scope = request.putObject("scope").put("currency", "EUR");
		ObjectNode call = request.putObject("call");
		call.putObject("target").put("bean", "b").put("type", "T").put("method", "m()");
		ArrayNode arguments = call.putArray("arguments");
		List<String> names = new ArrayList<>(NAMES);
		for (int i = 0; action.equals("known") && i < FORMATS.size(); i++) {
			names.add("f" + i);
		}
		if (action.equals("titled")) {
			names.add("f12");
		}
		names.forEach((name) -> scope.set(name, value));
		for (int i = 0; i < names.size() || i < TYPES.size(); i++) {
			ObjectNode argument = arguments.addObject().put("name", (i < names.size()) ? names.get(i) : "t" + i);
			argument.put("type", TYPES.get(i % TYPES.size()).isEmpty() ? "T" : TYPES.get(i % TYPES.size()));
			argument.set("value", value);
		}
		return Calls.bound(Json.write(request));
	}

	private JsonNode random() {
		int small = this.random.nextInt(3);
		return switch (this.random.nextInt(6)) {
			case 0 -> text(LocalDate.of(year(), 1 + this.random.nextInt(12), 1 + this.random.nextInt(28)).toString());
			case 1 -> text(
					OffsetDateTime
						.of(year(), 1 + this.random.nextInt(12), 1, this.random.nextInt(24), small, small, small,
								ZoneOffset.ofTotalSeconds(this.random.nextInt(36 * 3600 + 1) - 18 * 3600))
						.toString());
			case 2 -> text(LocalDateTime.of(LocalDate.of(year(), 12, 31), LocalTime.MAX)
				.atZone(ZoneId.of("Asia/Tokyo"))
				.toString());
			case 3 -> text(Duration.ofSeconds(this.random.nextLong(), this.random.nextInt(1_000_000_000)).toString());
			case 4 -> Json.read(new BigDecimal(this.random.nextLong()).scaleByPowerOfTen(this.random.nextInt(560) - 280)
				.toString());
			default -> Json.read(Long.toString(this.random.nextLong() >> this.random.nextInt(64)));
		};
	}

	private int year() {
		return switch (this.random.nextInt(4)) {
			case 0 -> 999_999_999 - this.random.nextInt(2);
			case 1 -> -999_999_998 + this.random.nextInt(2);
			case 2 -> this.random.nextInt(20_000) - 10_000;
			default -> this.random.nextInt(1_999_999_996) - 999_999_998;
		};
	}

}
