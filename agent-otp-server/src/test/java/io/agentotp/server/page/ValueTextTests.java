package io.agentotp.server.page;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;

import io.agentotp.server.json.CanonicalJson;
import io.agentotp.server.json.Json;
import io.agentotp.server.page.text.Segment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How values of a call are shown.
 */
class ValueTextTests {

	private static final List<String> NAMES = List.of("@type", "@value", "@form", "@@type", "a", "");

	private static final List<String> TEXTS = List.of("T", "app.T", "T ", "T(1)", "T {", "\"", "\\", "a\", \"b", "\n",
			"↵", "U+202E", "\u202e", "{ }", "[ 1 ]", "as", "1", "null", "");

	@ParameterizedTest
	@CsvSource(delimiter = ';', quoteCharacter = '`', textBlock = """
			{"@type":"app.Id","@value":7};<app.Id>(7)
			{"@type":"app.Id","@value":{"@type":"int[]","@value":[1,2]}};<app.Id>(<int[]>([ 1, 2 ]))
			{"@type":"app.Doc","@form":"docs","@value":"x"};<app.Doc> as "docs" ("x")
			{"@type":"app.Empty"};<app.Empty> { }
			{"@type":"java.util.Map<java.lang.String, ?>[]","@value":null};<java.util.Map<java.lang.String, ?>[]>(null)
			{"a":{"@type":"app.Id","@value":7,"more":1}};{¶  "a": <app.Id> {¶    "@value": 7,¶    "more": 1¶  }¶}
			{"@type":"no name"};{¶  "@type": "no name"¶}
			{"@type":7};{¶  "@type": 7¶}
			[];[ ]
			[[],{}];[¶  [ ],¶  { }¶]
			"a\\nb";"a↵¶b"
			{"a\\nb":1.50};{¶  "a\\nb": 1.50¶}
			""")
	void valueWhenItHasTypesThenTheyStandBeforeIt(String json, String shown) {
		String text = ValueText.ofCall(Json.read(json))
			.stream()
			.map((segment) -> segment.type() ? "<" + segment.text() + ">" : segment.text())
			.collect(Collectors.joining());
		assertThat(text.replace("\n", "¶")).isEqualTo(shown);
	}

	@Test
	void valuesWhenTheyAreBoundDifferentlyThenTheyLookDifferent() {
		Random random = new Random(4711);
		Map<String, String> seen = new HashMap<>();
		for (int i = 0; i < 100_000; i++) {
			JsonNode value = value(random, 3);
			String bound = new String(CanonicalJson.bytes(value), StandardCharsets.UTF_8);
			String looks = ValueText.ofCall(value).stream().map(ValueTextTests::look).collect(Collectors.joining());
			// Spelling and the order of names are not bound.
			String before = seen.putIfAbsent(looks, bound);
			assertThat(before).as(looks).isIn(null, bound);
		}
		assertThat(seen).hasSizeGreaterThan(20_000);
	}

	private static String look(Segment segment) {
		return segment.special() ? "\u0001" + segment.title() + "\u0002"
				: segment.type() ? "\u0003" + segment.text() + "\u0004" : segment.text();
	}

	private static JsonNode value(Random random, int depth) {
		switch (random.nextInt((depth > 0) ? 8 : 4)) {
			case 0:
				return Json.toTree(random.nextInt(3));
			case 1:
				return random.nextBoolean() ? Json.mapper().nullNode() : Json.toTree(random.nextBoolean());
			case 2, 3:
				return Json.toTree(TEXTS.get(random.nextInt(TEXTS.size())));
			case 4, 5:
				ArrayNode array = Json.mapper().createArrayNode();
				for (int i = random.nextInt(3); i > 0; i--) {
					array.add(value(random, depth - 1));
				}
				return array;
			default:
				ObjectNode object = Json.object();
				for (int i = random.nextInt(4); i > 0; i--) {
					object.set(NAMES.get(random.nextInt(NAMES.size())), value(random, depth - 1));
				}
				return object;
		}
	}

}
