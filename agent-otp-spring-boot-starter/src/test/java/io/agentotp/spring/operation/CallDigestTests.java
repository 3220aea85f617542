package io.agentotp.spring.operation;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

class CallDigestTests {

	private final JsonMapper json = JsonMapper.shared();

	@Test
	void ofWhenAnyFieldDiffersThenAnotherDigest() {
		Set<String> digests = new HashSet<>();
		List<String> arguments = List.of("{}", "{\"a\":null}", "{\"a\":1}", "{\"a\":\"1\"}", "{\"a\":1.5}",
				"{\"a\":true}", "{\"a\":[1,2]}", "{\"a\":[2,1]}", "{\"a\":{\"b\":1}}", "{\"b\":1}", "{\"a\":\"ä\"}",
				"{\"a\":\"a\\u0308\"}", "{\"a\":9007199254740993}", "{\"a\":9007199254740992}",
				"{\"a\":9007199254740994}", "{\"a\":0.1}", "{\"a\":0.10000000000000000001}");
		arguments.forEach((text) -> digests.add(digest("email.send", "x", Map.of(), text)));
		digests.add(digest("email.read", "x", Map.of(), "{}"));
		digests.add(digest("email.send", "y", Map.of(), "{}"));
		digests.add(digest("email.send", null, Map.of(), "{}"));
		digests.add(digest("email.send", "x", Map.of("max", 1), "{}"));
		digests.add(CallDigest.of("email.send", "x", Map.of(),
				Map.of("target", Map.of("method", "M.another()"), "arguments", Map.of())));
		assertThat(digests).hasSize(arguments.size() + 5);
	}

	@Test
	void ofWhenOnlyTheOrderOfKeysOrTheSpellingOfANumberDiffersThenTheSameDigest() {
		assertThat(digest("a", "r", Map.of(), "{\"x\":1,\"y\":2}"))
			.isEqualTo(digest("a", "r", Map.of(), "{\"y\":2.0,\"x\":1}"));
	}

	@Test
	void ofWhenCalledThenStableAcrossVersions() {
		assertThat(digest("email.send", "email:a@b.c", Map.of("max_emails", 1), "{\"to\":\"a@b.c\"}"))
			.isEqualTo("sha256:" + sha256(
					"{\"action\":\"email.send\",\"call\":{\"arguments\":{\"to\":\"a@b.c\"},\"target\":{\"method\":\"M.m()\"}},\"resource\":\"email:a@b.c\",\"scope\":{\"max_emails\":1},\"v\":2}"));
	}

	@Test
	void canonicalWhenGivenTheExampleOfRfc8785ThenItsOctets() {
		Object node = this.json.readValue("""
				{
				  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
				  "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
				  "literals": [null, true, false]
				}
				""", Object.class);
		assertThat(new String(CanonicalJson.bytes(node), StandardCharsets.UTF_8))
			.isEqualTo("{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
					+ "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
	}

	@ParameterizedTest
	@MethodSource
	void ofWhenTheServiceKnowsTheCallThenItsDigest(String name, JsonNode vector) {
		Map<String, Object> given = values(vector.toString());
		assertThat(CallDigest.of(vector.path("action").stringValue(), vector.path("resource").stringValue(null),
				map(given.get("scope")), map(given.get("call"))))
			.as(name)
			.isEqualTo(vector.path("digest").stringValue());
	}

	static Stream<Object[]> ofWhenTheServiceKnowsTheCallThenItsDigest() throws IOException {
		try (InputStream vectors = CallDigestTests.class.getResourceAsStream("call-digests.json")) {
			return JsonMapper.shared()
				.reader()
				.with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
				.readTree(vectors)
				.path("digests")
				.valueStream()
				.map((vector) -> new Object[] { vector.path("name").stringValue(), vector });
		}
	}

	@SuppressWarnings("unchecked")
	private static Map<String, Object> map(Object value) {
		return (Map<String, Object>) value;
	}

	@Test
	void sameWhenNumbersAreSpeltDifferentlyThenTrue() {
		Map<String, Object> left = new LinkedHashMap<>();
		left.put("b", 2.0);
		left.put("a", Arrays.asList(1, null));
		assertThat(CallDigest.same(left, Map.of("a", Arrays.asList(1L, null), "b", 2))).isTrue();
		assertThat(CallDigest.same(left, Map.of("b", 2))).isFalse();
	}

	private String digest(String action, String resource, Map<String, ?> scope, String arguments) {
		return CallDigest.of(action, resource, scope,
				Map.of("target", Map.of("method", "M.m()"), "arguments", values(arguments)));
	}

	private Map<String, Object> values(String json) {
		return map(this.json.readerFor(Object.class)
			.with(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
			.readValue(json));
	}

	private static String sha256(String text) {
		return CallDigest.sha256(text);
	}

}
