package io.agentotp.server.call;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

import io.agentotp.server.json.CanonicalJson;
import io.agentotp.server.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;

class CallDigestTests {

	static Stream<JsonNode> digests() throws IOException {
		return resource().path("digests").valueStream();
	}

	static Stream<JsonNode> refused() throws IOException {
		return resource().path("refused").valueStream();
	}

	private static JsonNode resource() throws IOException {
		try (InputStream in = CallDigestTests.class.getResourceAsStream("call-digests.json")) {
			return Json.read(Objects.requireNonNull(in).readAllBytes());
		}
	}

	@ParameterizedTest
	@MethodSource("digests")
	void digestWhenComputedThenAsAnyOtherImplementationComputesIt(JsonNode row) {
		ObjectNode bound = Json.object().put("v", 2);
		List.of("action", "resource", "scope", "call").forEach((name) -> bound.set(name, row.path(name)));
		assertThat(new String(CanonicalJson.bytes(bound), StandardCharsets.UTF_8))
			.isEqualTo(row.path("canonical").stringValue());
		assertThat(digest(row)).isEqualTo(row.path("digest").stringValue());
		assertThat(fits(row, row)).isTrue();
	}

	@ParameterizedTest
	@MethodSource("digests")
	void digestWhenComputedOfWhatIsStoredThenTheSame(JsonNode row) {
		ObjectNode stored = Objects.requireNonNull(Json.readObjectOrNull(Json.write(row)));
		assertThat(digest(stored)).isEqualTo(row.path("digest").stringValue());
	}

	@ParameterizedTest
	@MethodSource("refused")
	void nameWhenItIsThatOfNumbersThenFitsNothing(JsonNode row) {
		List<String> found = new ArrayList<>();
		CanonicalJson.reserved("scope", row.path("scope")).ifPresent(found::add);
		CanonicalJson.reserved("call", row.path("call")).ifPresent(found::add);
		assertThat(found).isNotEmpty().allMatch((path) -> path.endsWith(".$number"));
		ObjectNode asSent = (ObjectNode) row;
		assertThat(fits(asSent.put("digest", digest(row)), asSent)).isFalse();
	}

	// The usual encoding makes any such character a question mark.
	@Test
	void digestWhenATextIsNotUnicodeThenFitsNothing() throws IOException {
		ObjectNode row = (ObjectNode) digests().findFirst().orElseThrow();
		row.put("action", "?").put("digest", digest(row));
		assertThat(fits(row, row)).isTrue();
		row.put("action", "\ud800");
		assertThat(fits(row, row)).isFalse();
	}

	private static String digest(JsonNode row) {
		return CallDigest.of(row.path("action").stringValue(), row.path("resource").asStringOpt().orElse(null),
				row.path("scope"), row.path("call"));
	}

	private static boolean fits(JsonNode expected, JsonNode row) {
		return CallDigest.fits(expected.path("digest").stringValue(), row.path("action").stringValue(),
				row.path("resource").asStringOpt().orElse(null), row.path("scope"), (ObjectNode) row.path("call"));
	}

}
