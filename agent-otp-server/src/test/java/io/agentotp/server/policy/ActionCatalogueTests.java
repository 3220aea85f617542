package io.agentotp.server.policy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

import io.agentotp.server.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What the operator says of actions: what is refused, which entry counts, and how values
 * are written.
 */
class ActionCatalogueTests {

	private static final String CALL = """
			{"target":{"bean":"b","type":"T","method":"m()"},"arguments":[{"name":"to","type":"java.lang.String","value":"a@x"},
			{"name":"pin","masked":true,"mac":"%1$s"},{"name":"any","value":{"@type":"java.math.BigDecimal","@value":7.5}},
			{"name":"more","value":{"@type":"java.lang.String","@value":{"x":"Ann"},"bcc":"Eve"}}],
			"notBound":["trace"]}"""
		.formatted("b".repeat(64));

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					{titles: x}                                             | titles is not a field of an action. Did you mean title?
					{risk: hig}                                             | risk is not a risk. Did you mean high?
					{risk: 1}                                               | risk must be text
					{title: ''}                                             | title must be text of 1 to 200
					{title: [x]}                                            | title must be text
					{title: 'Pay {reason}'}                                 | title has the placeholder {reason}, which is not bound
					{title: 'Pay {context.amount}'}                         | {context.amount}, which is not bound to the grant
					{title: 'Pay {agentId}'}                                | {agentId}, which is not bound
					{title: 'Pay {reason}'}                                 | {call.arguments.<name>} and {call.target.<name>}
					{title: 'Pay {amount}'}                                 | {amount}, which is not bound
					{title: 'Pay {scope}'}                                  | {scope}, which is not bound
					{title: 'Pay {}'}                                       | {}, which is not bound
					{title: 'Pay {scope.a'}                                 | title has a brace
					{title: 'Pay scope.a}'}                                 | title has a brace
					{title: 'Pay {{scope.a}}'}                              | title has a brace
					{fields: [x]}                                           | fields must have named fields
					{fields: {context.a: A}}                                | fields.context.a is not bound
					{fields: {scop.a: A}}                                   | fields.scop.a is not a path
					{fields: {scope.a: A, Scope.a: B}}                      | fields.Scope.a is there twice
					{limits: {scope.a: max, SCOPE.a: min}}                  | limits.SCOPE.a is there twice
					{fields: {scope.a: 7}}                                  | fields.scope.a must be a label
					{fields: {scope.a: {labels: A}}}                         | fields.scope.a.labels is not a field of a value. Did you mean label?
					{fields: {scope.a: {format: mony}}}                     | fields.scope.a.format is not a format. Did you mean money?
					{fields: {scope.a: {format: money}}}                    | fields.scope.a.currency is required for money
					{fields: {scope.a: {format: money, currency: EURO}}}    | fields.scope.a.currency must be a code
					{fields: {scope.a: {format: money, currency: EUX}}}     | fields.scope.a.currency is not a currency
					{fields: {scope.a: {format: money, currency: context.c}}} | fields.scope.a.currency must be a code
					{fields: {scope.a: {currency: EUR}}}                    | fields.scope.a.currency needs format: money
					{fields: {scope.a: {format: number, minor: true}}}      | fields.scope.a.minor needs format: money
					{fields: {scope.a: {format: money, currency: EUR, minor: 1}}} | fields.scope.a.minor must be true or false
					{fields: {scope.a: {format: duration, unit: weeks}}}    | fields.scope.a.unit is not a unit of time
					{fields: {scope.a: {format: date, unit: hours}}}        | fields.scope.a.unit of a date must be days
					{fields: {scope.a: {format: text, unit: m}}}            | fields.scope.a.unit needs one of the formats
					{fields: {scope.a: {fold: 1}}}                          | fields.scope.a.fold must be true or false
					{fields: {scope.a: {format: text, columns: {b: B}}}}    | fields.scope.a.columns needs format: list
					{fields: {scope.a: {format: list, columns: {b: {summ: true}}}}} | columns.b.summ is not a field of a column. Did you mean sum?
					{fields: {scope.a: {format: list, columns: {b: {format: list}}}}} | columns.b.format of a column must not be list
					{fields: {scope.a: {format: list, columns: {b: {format: date, sum: true}}}}} | columns.b.sum needs one of the formats number
					{fields: {scope.a: {format: list, columns: {b: {format: text, sum: true}}}}} | columns.b.sum needs one of the formats number
					{limits: {scope.a: most}}                               | limits.scope.a is not a direction. Known are allowed, blocked, max, min
					{limits: {a: max}}                                      | limits.a is not an entry of the scope
					{limits: {call.arguments.a: max}}                       | limits.call.arguments.a is not an entry of the scope
					{limits: {scope.max_a: min}}                            | limits.scope.max_a contradicts its name, which says max
					{limits: {scope.allowed_a: blocked}}                    | limits.scope.allowed_a contradicts its name
					""")
	void readWhenWrongThenRefusedWithPlaceAndReason(String entry, String message) {
		refused("actions:\n  - action: pay\n    " + entry.strip().substring(1, entry.strip().length() - 1),
				"(line 2) that cannot be used: ", message);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					{title: x}                          | action must be the name of an action
					{action: ''}                        | action must be the name
					{action: {startsWith: a, matches: b}} | action must be the name
					{action: {in: [a]}}                 | action.in is not an operator of an action. Known are
					{action: {notEquals: a}}            | action.notEquals is not an operator of an action. Did you mean equals?
					{action: {startsWit: a}}            | action.startsWit is not an operator of an action. Did you mean startsWith?
					{action: ' x '}                     | action must not begin or end with a space
					{action: {matches: '('}}            | action.matches needs a regular expression
					{action: {matches: '(a{1,1000}){1,1000}'}} | action.matches needs a smaller regular expression
					{action: {startsWith: ''}}          | action must be the name
					plain                               | it must have named fields
					""")
	void readWhenActionIsNoneThenRefused(String entry, String message) {
		refused("actions:\n  - " + entry.strip(), message);
	}

	@Test
	void readWhenPartIsMisspeltThenNearestIsNamed() {
		refused("action:\n  - action: pay", "has the part 'action' (line 1)", "Did you mean actions?");
	}

	@ParameterizedTest
	@ValueSource(strings = { "../docs/actions.md", "../docs/policies.md",
			"../agent-otp-sample-app/src/main/resources/agent-otp-policies.yml" })
	void guideWhenReadThenItsExamplesCanBeUsedAndPass(String file) throws IOException {
		String text = Files.readString(Path.of(file));
		List<String> blocks = file.endsWith(".md") ? Pattern.compile("```yaml\\n(.*?)```", Pattern.DOTALL)
			.matcher(text)
			.results()
			.map((block) -> block.group(1))
			.toList() : List.of(text);
		assertThat(blocks).isNotEmpty();
		for (String block : blocks) {
			PolicyFile read = PolicyFile.read("test.yml", block.getBytes(StandardCharsets.UTF_8), true);
			PolicySet set = PolicySet.of(List.of(read), List.of(), List.of());
			assertThat(read.examples()).allSatisfy((example) -> assertThat(example.difference(set)).isEmpty());
		}
	}

	@Test
	void ofWhenTwoAreForTheSameThenRefused() {
		assertThatExceptionOfType(InvalidPolicyException.class)
			.isThrownBy(() -> set("actions: [{action: pay}, {action: {equals: pay}}]"))
			.satisfies((ex) -> assertThat(ex.text()).contains("two entries for 'pay'", "file:test.yml"));
	}

	@Test
	void ofWhenTwoFilesHaveTheSameThenTheFileIsNamed() {
		PolicyFile one = PolicyFile.read("one.yml", "actions: [{action: pay}]".getBytes(StandardCharsets.UTF_8), true);
		PolicyFile two = PolicyFile.read("two.yml", "actions: [{action: pay}]".getBytes(StandardCharsets.UTF_8), true);
		assertThatExceptionOfType(InvalidPolicyException.class)
			.isThrownBy(() -> PolicySet.of(List.of(one, two), List.of(), List.of()))
			.satisfies((ex) -> assertThat(ex.problems()).containsOnlyKeys("file:two.yml"));
	}

	@Test
	void ofWhenAnActionIsNamedLikeAnEntryForSeveralThenBothAreTaken() {
		ActionCatalogue catalogue = set(
				"actions: [{action: startsWith sw, title: one}, {action: {startsWith: sw}, title: several}]")
			.actions();
		assertThat(catalogue.entries()).extracting(ActionEntry::name).doesNotHaveDuplicates();
		assertThat(catalogue.find("startsWith sw").orElseThrow().source().path("title").stringValue()).isEqualTo("one");
		assertThat(catalogue.find("swim").orElseThrow().source().path("title").stringValue()).isEqualTo("several");
	}

	@Test
	void briefWhenAListIsLongThenItsElementsAreNotWritten() {
		String list = "[" + "1,".repeat(20_000) + "\"not looked at\"]";
		FieldValue value = FieldValue.of(Json.read(list), FieldFormat.of(FieldFormat.Kind.NUMBER), null);
		assertThat(value.brief()).isEqualTo("20,001 entries");
		assertThat(FieldValue.of(Json.read("[1,\"x\"]"), FieldFormat.of(FieldFormat.Kind.NUMBER), null).problem())
			.isNotEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "pay.refund, exact", "pay.other, longer", "pay, prefix", "x.refund, suffix", "x.pay.y, part",
			"zzz, expression", "other, " })
	void findWhenSeveralMatchThenTheMostExactCounts(String action, String title) {
		ActionCatalogue catalogue = set("""
				actions:
				  - {action: {matches: "z+|pay.*"}, title: expression}
				  - {action: {contains: pay.}, title: part}
				  - {action: {endsWith: refund}, title: suffix}
				  - {action: {startsWith: pa}, title: prefix}
				  - {action: {startsWith: pay.}, title: longer}
				  - {action: pay.refund, title: exact}
				""").actions();
		assertThat(catalogue.find(action).map((entry) -> entry.source().path("title").stringValue()).orElse(null))
			.isEqualTo(title);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
							{format: money, currency: EUR}              | 1234.5        | 1,234.50 EUR
							{format: money, currency: EUR}              | 10.505        | 10.505 EUR
							{format: money, currency: EUR}              | -5            | -5.00 EUR
							{format: money, currency: JPY}              | 1000          | 1,000 JPY
							{format: money, currency: EUR, minor: true} | 123456        | 1,234.56 EUR
							{format: money, currency: EUR, minor: true} | 1.5           |
							{format: money, currency: scope.c}          | 5             | 5.00 USD
							{format: money, currency: scope.none}       | 5             |
							{format: money, currency: EUR}              | "5.00 USD"    |
							{format: number}                            | 168437.5      | 168,437.5
							{format: number}                            | 1e3           | 1,000
							{format: number}                            | "1000"        |
							{format: count, unit: mails}                | 1000000000    | 1,000,000,000 mails
							{format: count}                             | 1.5           |
							{format: count}                             | -1            |
							{format: percent}                           | 12.5          | 12.5 %
							{format: date}                              | "2026-11-29"  | Sun, 29 Nov 2026
							{format: date}                              | "29.11.2026"  |
							{format: date}                              | "2026-02-30"  |
							{format: date, unit: days}                  | 20786         | Sun, 29 Nov 2026
							{format: date}                              | 20786         |
							{format: time}                              | "2026-11-29T01:36:47.224Z"      | Sun, 29 Nov 2026, 01:36:47.224 UTC
							{format: time}                              | "2026-11-29T01:36:47+02:00"     | Sat, 28 Nov 2026, 23:36:47 UTC
							{format: time}                              | "2026-11-29T01:36:47"           | Sun, 29 Nov 2026, 01:36:47 (no time zone)
							{format: time, unit: seconds}               | 0             | Thu, 1 Jan 1970, 00:00:00 UTC
							{format: time, unit: milliseconds}          | 1500          | Thu, 1 Jan 1970, 00:00:01.5 UTC
							{format: time, unit: seconds}               | 1e300         |
							{format: time}                              | 0             |
							{format: duration}                          | "PT26H3M4.5S" | 1 d 2 h 3 min 4.5 s
							{format: duration}                          | "P1Y"         |
							{format: duration}                          | 90            | 1 min 30 s
							{format: duration, unit: minutes}           | 90            | 1 h 30 min
							{format: duration}                          | 0             | 0 s
							{format: duration}                          | -5            | -5 s
							{format: duration, unit: days}              | 1e300         |
					{format: duration}                          | "PT-9223372036854775808S" |
					{format: time}                              | "+999999999-12-31T23:59:59Z" | Fri, 31 Dec +999999999, 23:59:59 UTC
					{format: time, unit: days}                  | 1e12          |
							{format: bytes}                             | 1             | 1 byte
							{format: bytes}                             | 1258291       | 1.2 MiB (1,258,291 bytes)
							{format: bytes}                             | -1            |
							{format: bytes}                             | 1048575       | 1.0 MiB (1,048,575 bytes)
							{format: bytes}                             | 1024          | 1.0 KiB (1,024 bytes)
							{format: bytes}                             | 1023          | 1,023 bytes
							{format: bytes}                             | 1125899906842624 | 1.0 PiB (1,125,899,906,842,624 bytes)
							{format: bytes}                             | 1e30          | 1,000,000,000,000,000,000,000,000,000,000 bytes
							{format: address}                           | "a@x"         | a@x
							{format: address}                           | ["a@x","b@x"] | [a@x, b@x]
							{format: address}                           | "a@x, b@x"    | "a@x, b@x"
							{format: address}                           | ["a@x, b@x"]  | ["a@x, b@x"]
							{format: address}                           | "[a@x, b@x]"  | "[a@x, b@x]"
							{format: address}                           | ["a@x"]       | [a@x]
							{format: address}                           | "+49 30 1"    | +49 30 1
							{format: address}                           | 5             |
							{format: address}                           | ["x","","y"]  | [x, "", y]
							{format: text}                              | "yes"         | "yes"
							{format: text}                              | "1000000"     | "1000000"
							{format: text}                              | "4 entries"   | "4 entries"
							{format: text}                              | ["a","b","c","d"] | 4 entries
							{format: text}                              | "a "          | "a "
							{format: text}                              | ""            |
							{format: text}                              | "   "         |
							{format: text}                              | []            |
							{format: list}                              | []            |
							{label: Number}                             | "5.00 EUR"    | "5.00 EUR"
							{label: Number}                             | "5 min"       | "5 min"
							{format: money, currency: EUR}              | [5]           | [5.00 EUR]
							{format: address}                           | [{"a":1}]     |
							{format: code}                              | "DROP x"      | DROP x
							{format: text}                              | true          | yes
							{format: text}                              | 1000000       | 1000000
							{format: text}                              | {"a":1}       |
							{format: list}                              | [1,2]         | 2 entries
							{format: list}                              | 5             |
							{label: Number}                             | 1234567       | 1,234,567
							""")
	void titleWhenAValueFitsItsFormatThenWrittenSo(String field, String value, String text) {
		PolicySet set = set("actions: [{action: pay, title: 'T {scope.v}', fields: {scope.v: " + field + "}}]");
		assertThat(title(set, "{\"v\":" + value + ",\"c\":\"USD\"}")).isEqualTo((text != null) ? "T " + text : null);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			{scope.a}                | 7,5 is
			{scope.none}             |
			{scope.list}             |
			{scope.deep.x}           | in
			{scope.deep}             |
			{scope.nothing}          |
			{scope.twice.x}          |
			{call.arguments.to}      | a@x
			{call.arguments.any}     | 7.5
			{call.arguments.more}    |
			{call.arguments.more.x}  |
			{call.arguments.pin}     |
			{call.arguments.trace}   |
			{call.arguments.none}    |
			{resource}               | r:1
			{action}                 | pay
			{call.target.bean}       | b
			""")
	void titleWhenAValueIsNotThereThenThereIsNone(String placeholder, String text) {
		PolicySet set = set("actions: [{action: pay, title: '" + placeholder + "'}]");
		assertThat(title(set, """
				{"a":"7,5 is","list":[[1]],"deep":{"x":"in"},"nothing":null,"twice.x":1,"twice":{"x":2}}"""))
			.isEqualTo(text);
	}

	@Test
	void titleWhenAValueIsLongThenSaysHowLong() {
		PolicySet set = set("actions: [{action: pay, title: '{scope.v}'}]");
		assertThat(title(set, "{\"v\":\"" + "x".repeat(1240) + "\"}"))
			.isEqualTo("x".repeat(80) + "… (1,240 characters)");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			max_amount  |                    | 1234.5 | {"currency":"EUR"} | 1,234.50 EUR
			max_amount  |                    | 1234.5 | {}                 | 1,234.5
			total       |                    | 10     | {"currency":"???"} | 10
			orderId     |                    | 123456 | {}                 |
			order_no    |                    | 123456 | {}                 |
			max_bytes   |                    | 2048   | {}                 | 2.0 KiB (2,048 bytes)
			percent     |                    | 5      | {}                 | 5 %
			at          | java.time.Instant  | "2026-11-29T00:00:00Z" | {} | Sun, 29 Nov 2026, 00:00:00 UTC
			until       |                    | "2026-11-29T00:00:00Z" | {} | Sun, 29 Nov 2026, 00:00:00 UTC
			day         | java.time.LocalDate | "2026-11-29" | {}          | Sun, 29 Nov 2026
			day         |                    | "2026-11-29" | {}          |
			pause       | java.time.Duration | "PT5M" | {}                 | 5 min
			at          | java.time.Instant  | "garbage" | {}              |
			name        | java.lang.String   | "5.00 EUR" | {}             |
			flag        |                    | true   | {}                 |
			list        |                    | [1000] | {}                 |
			""")
	void guessWhenNothingIsSaidThenByNameAndType(String name, String type, String value, String scope, String text) {
		FieldValue guessed = FieldValue.guess(name, (type != null) ? type : "", Json.read(value),
				Json.read(scope).get("currency"));
		assertThat((guessed != null) ? guessed.brief() : null).isEqualTo(text);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			{"amount":5}          | {"amount":3}          | {"amount":3}
			{"amount":5}          | {"amount":9}          |
			{"floor":5}           | {"floor":9}           | {"floor":9}
			{"floor":5}           | {"floor":3}           |
			{"to":["a","b"]}      | {"to":["b"]}          | {"to":["b"]}
			{"to":["a","b"]}      | {"to":["b","c"]}      | {"to":["b"]}
			{"not":["a"]}         | {"not":["a","b"]}     | {"not":["a","b"]}
			{"not":["a"]}         | {"not":[]}            |
			{"deep":{"amount":5}} | {"deep":{"amount":3}} | {"deep":{"amount":3}}
			{"amount":"5"}        | {"amount":"3"}        |
			{"amount":[5]}        | {"amount":[]}         |
			{"other":5}           | {"other":3}           |
			{"max_other":5}       | {"max_other":3}       | {"max_other":3}
			""")
	void modifyWhenTheCatalogueSaysWhatIsALimitThenNarrowedInItsDirection(String scope, String wanted,
			String expected) {
		ScopeLimits limits = set(
				"""
						actions:
						  - action: pay
						    limits: {scope.amount: max, scope.floor: min, scope.to: allowed, scope.not: blocked, scope.deep.amount: max}
						""")
			.actions()
			.limits("pay");
		if (expected != null && !scope.contains("\"a\",\"b\"]}")) {
			assertThat(ScopeNarrowing.modify(json(scope), json(wanted), limits)).isEqualTo(json(expected));
		}
		else if (expected == null) {
			assertThatExceptionOfType(ScopeNarrowing.NotNarrowerException.class)
				.isThrownBy(() -> ScopeNarrowing.modify(json(scope), json(wanted), limits));
		}
		assertThatExceptionOfType(ScopeNarrowing.NotNarrowerException.class).isThrownBy(() -> ScopeNarrowing
			.modify(json("{\"amount\":5}"), json("{\"amount\":3}"), set("actions: []").actions().limits("pay")));
	}

	@Test
	void decideWhenATemplateNarrowsWhatTheCatalogueCallsALimitThenInItsDirection() {
		PolicySet set = set("""
				policies:
				  - name: x
				    action: auto_approve
				    conditions: {action: {equals: pay}}
				    scopeTemplate: {floor: 7, to: [b, c]}
				actions:
				  - {action: pay, limits: {scope.floor: min, scope.to: allowed}}
				""");
		assertThat(set.decide(request("{\"floor\":5,\"to\":[\"a\",\"b\"]}")).scope())
			.isEqualTo(json("{\"floor\":7,\"to\":[\"b\"]}"));
	}

	private static String title(PolicySet set, String scope) {
		return set.actions().find("pay").orElseThrow().title().text(request(scope)).orElse(null);
	}

	private static PolicyRequest request(String scope) {
		return new PolicyRequest("a", "pay", "r:1", json(scope), json("{\"scope\":\"FORGED\"}"), json(CALL));
	}

	private static ObjectNode json(String text) {
		return Json.readObject(text);
	}

	private static PolicySet set(String yaml) {
		return PolicySet.of(List.of(PolicyFile.read("test.yml", yaml.getBytes(StandardCharsets.UTF_8), true)),
				List.of(), List.of());
	}

	private static void refused(String yaml, String... messages) {
		assertThatExceptionOfType(InvalidPolicyException.class)
			.isThrownBy(() -> PolicyFile.read("test.yml", yaml.getBytes(StandardCharsets.UTF_8), true))
			.satisfies((ex) -> assertThat(ex.text()).startsWith("test.yml").contains(messages));
	}

}
