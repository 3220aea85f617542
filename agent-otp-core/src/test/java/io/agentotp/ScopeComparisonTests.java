package io.agentotp;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The order of scopes: what is granted may only be narrower than what was asked for.
 */
class ScopeComparisonTests {

	private static final int TRIES = Integer.getInteger("agentotp.test.tries", 20_000);

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			{} | {} | []
			{"a":1} | {"a":1.0} | []
			{"a":null} | {"a":null} | []
			{"l":[1,{"b":2}]} | {"l":[1.0,{"b":2.0}]} | []
			{} | {"a":1} | [[a]]
			{"max_emails":10} | {"max_emails":5} | [[max_emails]]
			{"max":1e400} | {"max":1e399} | [[max]]
			{"min_delay":5} | {"min_delay":10} | [[min_delay]]
			{"minDelay":5} | {"minDelay":10} | [[minDelay]]
			{"min":10} | {"min":11} | [[min]]
			{"minutes":5} | {"minutes":4} | [[minutes]]
			{"allowed_to":["a","b"]} | {"allowed_to":["b"]} | [[allowed_to]]
			{"allowed_to":["a","b"]} | {"allowed_to":["b","a"]} | [[allowed_to]]
			{"blocked_to":["a"]} | {"blocked_to":["a","b"]} | [[blocked_to]]
			{"excluded_to":[]} | {"excluded_to":["a"]} | [[excluded_to]]
			{"deniedTo":["a"]} | {"deniedTo":["b","a"]} | [[deniedTo]]
			{"attachments":true} | {"attachments":false} | [[attachments]]
			{"db":{"max":9,"t":"x"}} | {"db":{"max":3,"t":"x","ro":false}} | [[db, max], [db, ro]]
			{} | {"max_uses":1} | []
			{} | {"max_uses":0} | [[max_uses]]
			{"max_uses":3} | {"max_uses":2} | [[max_uses]]
			""")
	void compareWhenNarrowerThenTheLimitsAreNamed(String requested, String granted, String narrower) {
		ScopeComparison comparison = ScopeComparison.of(scope(requested), scope(granted));
		assertThat(comparison.notNarrower()).isEmpty();
		assertThat(comparison.narrower().stream().map(List::toString).sorted().toList()).hasToString(narrower);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			{"max_emails":10} | {"max_emails":11} | max_emails
			{"max":10} | {"max":1e999} | max
			{"max":10} | {"max":"9"} | max
			{"max":10} | {"max":null} | max
			{"max":10} | {"max":false} | max
			{"max":10} | {"max":[1]} | max
			{"max":null} | {"max":10} | max
			{"max":10} | {} | max
			{"max":10} | {"Max":10} | max
			{"min_delay":10} | {"min_delay":9} | min_delay
			{"min":10} | {"min":5} | min
			{"allowed_to":["a"]} | {"allowed_to":["a","b"]} | allowed_to
			{"allowed_to":["a"]} | {"allowed_to":["b"]} | allowed_to
			{"allowed_to":["a"]} | {"allowed_to":[]} | allowed_to
			{"allowed_to":["a"]} | {"allowed_to":"a"} | allowed_to
			{"allowed_to":[]} | {"allowed_to":["a"]} | allowed_to
			{"blocked_to":["a","b"]} | {"blocked_to":["b"]} | blocked_to
			{"blocked_to":["a"]} | {"blocked_to":[]} | blocked_to
			{"blocked_to":["a"]} | {"blocked_to":{}} | blocked_to
			{"a":false} | {"a":true} | a
			{"a":true} | {"a":0} | a
			{"list":["a","b"]} | {"list":["a"]} | list
			{"name":"x"} | {"name":"y"} | name
			{"name":"x"} | {"name":"X"} | name
			{"db":{"max":9}} | {"db":{"max":10}} | db.max
			{"db":{"max":9}} | {"db":{}} | db.max
			{"db":{"max":9}} | {"db":9} | db
			{"db":{"max":9}} | {"db":{"max":3,"x":1},"more":1,"db2":1} |
			{} | {"max_uses":2} | max_uses
			{} | {"max_uses":"1"} | max_uses
			{"max_uses":2} | {} | max_uses
			{"Alice Smith":9} | {} | (a limit)
			""")
	void compareWhenNotNarrowerThenTheLimitIsNamed(String requested, String granted, String limit) {
		assertThat(ScopeComparison.of(scope(requested), scope(granted)).notNarrower().orElse(null)).isEqualTo(limit);
	}

	@Test
	void compareWhenAnythingIsNarrowedAndThenWidenedThenOnlyTheWideningIsSeen() {
		Random random = new Random(20261129);
		for (int i = 0; i < TRIES; i++) {
			Map<String, Object> requested = scope(random, 0);
			Map<String, Object> granted = narrowed(requested, random);
			ScopeComparison comparison = ScopeComparison.of(requested, granted);
			assertThat(comparison.notNarrower()).as("%s -> %s", requested, granted).isEmpty();
			assertThat(comparison.narrower().isEmpty()).as("%s -> %s", requested, granted)
				.isEqualTo(requested.equals(granted));
			if (!requested.isEmpty()) {
				widen(granted, requested, random);
				assertThat(ScopeComparison.of(requested, granted).notNarrower()).as("%s -> %s", requested, granted)
					.isPresent();
			}
		}
	}

	private static Map<String, Object> scope(Random random, int depth) {
		Map<String, Object> scope = new LinkedHashMap<>();
		for (int count = random.nextInt(4); count > 0; count--) {
			String suffix = "_" + count;
			switch (random.nextInt((depth < 3) ? 7 : 6)) {
				case 0 -> scope.put("max" + suffix, random.nextInt(-5, 5));
				case 1 -> scope.put("min" + suffix, random.nextLong());
				case 2 -> scope.put("allowed" + suffix, new ArrayList<>(List.of("a", 1, true, List.of("b"))));
				case 3 -> scope.put("blocked" + suffix, new ArrayList<>(List.of("a", 2.5)));
				case 4 -> scope.put("flag" + suffix, random.nextBoolean());
				case 5 -> scope.put("name" + suffix, "n" + random.nextInt());
				default -> scope.put("nested" + suffix, scope(random, depth + 1));
			}
		}
		return scope;
	}

	@SuppressWarnings("unchecked")
	private static Map<String, Object> narrowed(Map<String, Object> scope, Random random) {
		Map<String, Object> narrowed = new LinkedHashMap<>();
		scope.forEach((name, value) -> {
			Object copy = (value instanceof Map<?, ?> nested) ? narrowed((Map<String, Object>) nested, random) : value;
			narrowed.put(name, (random.nextBoolean() && !(value instanceof Map)) ? narrowed(name, copy) : copy);
		});
		if (random.nextInt(4) == 0) {
			narrowed.put("added", "x");
		}
		return narrowed;
	}

	private static Object narrowed(String name, Object value) {
		if (value instanceof Number number) {
			long limit = number.longValue();
			return name.startsWith("min") ? (Object) ((limit == Long.MAX_VALUE) ? limit : limit + 1) : limit - 0.5;
		}
		if (value instanceof List<?> list) {
			List<Object> copy = new ArrayList<>(list);
			if (name.startsWith("allowed")) {
				copy.remove(copy.size() - 1);
			}
			else {
				copy.add("more");
			}
			return copy;
		}
		return (value instanceof Boolean) ? false : value;
	}

	@SuppressWarnings("unchecked")
	private static void widen(Map<String, Object> granted, Map<String, Object> requested, Random random) {
		List<String> names = List.copyOf(requested.keySet());
		String name = names.get(random.nextInt(names.size()));
		Object value = requested.get(name);
		if (value instanceof Map<?, ?> nested && !nested.isEmpty() && random.nextBoolean()) {
			widen((Map<String, Object>) granted.get(name), (Map<String, Object>) nested, random);
			return;
		}
		switch (random.nextInt(3)) {
			case 0 -> granted.remove(name);
			case 1 -> granted.put(name, (value instanceof String) ? List.of() : "other");
			default -> granted.put(name, wider(name, value));
		}
	}

	private static Object wider(String name, Object value) {
		if (value instanceof Number number) {
			return name.startsWith("min") ? Math.nextDown((double) number.longValue()) : number.longValue() + 0.001;
		}
		if (value instanceof List<?> list) {
			List<Object> copy = new ArrayList<>(list);
			if (name.startsWith("allowed")) {
				copy.add("wider");
			}
			else {
				copy.remove(0);
			}
			return copy;
		}
		return (value instanceof Boolean flag && !flag) ? (Object) true : "other";
	}

	private static Map<String, Object> scope(String json) {
		return JsonCopies.of(Answers.parse(new io.agentotp.transport.TransportResponse(200, Map.of(),
				json.getBytes(java.nio.charset.StandardCharsets.UTF_8))));
	}

}
