package io.agentotp.server.policy;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

import io.agentotp.server.json.Json;
import io.agentotp.server.policy.Routing.Approvers;
import io.agentotp.server.policy.Routing.Escalation;
import io.agentotp.server.user.Approvers.Approver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Whom policies ask, and for how long.
 */
class RoutingTests {

	@Test
	void readWhenAllIsSaidThenReadAndWrittenAlike() {
		Routing routing = read("""
				{"approvers":{"groups":["finance"],"people":"ann"},"window":"PT4H","remind":["1h","30m"],
				"escalate":{"after":"90m","to":{"groups":["on-call"]}}}""");
		assertThat(routing).isEqualTo(new Routing(new Approvers(List.of("finance"), List.of("ann")), 1, List.of(),
				Duration.ofHours(4), List.of(Duration.ofMinutes(30), Duration.ofHours(1)),
				new Escalation(Duration.ofMinutes(90), new Approvers(List.of("on-call"), List.of())), StepUp.NONE));
		assertThat(routing.toJson()).hasToString("{\"approvers\":{\"groups\":[\"finance\"],\"people\":[\"ann\"]},"
				+ "\"window\":\"4h\",\"remind\":[\"30m\",\"1h\"],"
				+ "\"escalate\":{\"after\":\"90m\",\"to\":{\"groups\":[\"on-call\"]}}}");
		assertThat(Routing.of(routing.toJson())).isEqualTo(routing);
	}

	@Test
	void readWhenStagesThenReadAndWrittenAlike() {
		String json = "{\"stages\":[{\"name\":\"finance\",\"groups\":[\"finance\"],\"quorum\":2},"
				+ "{\"name\":\"heads\",\"people\":[\"ann\"]}],\"stepUp\":\"passkey\"}";
		Routing routing = read(json);
		assertThat(routing.steps()).extracting(Routing.Stage::name).containsExactly("finance", "heads");
		assertThat(routing.approvers()).isEqualTo(new Approvers(List.of("finance"), List.of("ann")));
		assertThat(routing.isCounted()).isTrue();
		assertThat(routing.toJson()).hasToString(json);
		assertThat(Routing.of(routing.toJson())).isEqualTo(routing);
		assertThat(read("{\"quorum\":3}").toJson()).hasToString("{\"quorum\":3}");
		assertThat(read("{\"quorum\":1,\"stepUp\":\"none\",\"stages\":null}")).isEqualTo(Routing.NONE);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					"quorum":2|needs 2 approvals of different people, but the users who are there can give 1
					"approvers":{"groups":["finance"]},"quorum":1|
					"stages":[{"name":"a","groups":["finance"]},{"name":"b","people":["ann"]}]|needs 2 approvals of different people, but the users who are there can give 1
					""")
	void unreachableWhenTooFewPeopleThenSaysHowMany(String routing, String problem) {
		RoutingWarnings warnings = new RoutingWarnings(() -> List.of(new Approver("ann", Set.of("finance"))), List::of,
				Duration.ofMinutes(10));
		ObjectNode policy = (ObjectNode) Json.read("""
				{"name":"p","action":"require_approval","conditions":{"action":{"equals":"a"}},%s}"""
			.formatted(routing));
		assertThat(
				warnings.unreachable(new PolicyParser(false).parse(null, PolicyOrigin.API, PolicyDraft.read(policy))))
			.isEqualTo(problem);
	}

	@Test
	void reachableWhenStagesShareSomePeopleThenEachIsTakenWhereNeeded() {
		assertThat(Reachability.reachable(List.of(new Reachability.Need(Set.of("a", "b", "c"), 2),
				new Reachability.Need(Set.of("a", "b"), 1), new Reachability.Need(Set.of("b"), 1))))
			.isEqualTo(3);
		assertThat(Reachability.reachable(List.of(new Reachability.Need(Set.of("a", "b", "c", "d"), 2),
				new Reachability.Need(Set.of("a", "b"), 1), new Reachability.Need(Set.of("b"), 1))))
			.isEqualTo(4);
	}

	@Test
	void readWhenNothingIsSaidThenNone() {
		assertThat(read("{}")).isEqualTo(Routing.NONE);
		assertThat(Routing.NONE.toJson().isEmpty()).isTrue();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					{"approvers":["ann"]}|approvers
					{"approvers":{}}|approvers
					{"approvers":{"groups":[]}}|approvers
					{"approvers":{"group":["x"]}}|approvers.group
					{"approvers":{"groups":[1]}}|approvers.groups
					{"approvers":{"people":["a b"]}}|approvers.people
					{"approvers":{"people":[""]}}|approvers.people
					{"window":"8d"}|window
					{"window":"0s"}|window
					{"window":"-1h"}|window
					{"window":60}|window
					{"window":"soon"}|window
					{"window":"1500ms"}|window
					{"window":"PT2562047788015215H"}|window
					{"remind":"never"}|remind
					{"remind":["1h"],"window":"1h"}|remind
					{"remind":{}}|remind
					{"approvers":{"people":["ann"]},"escalate":"on-call"}|escalate
					{"approvers":{"people":["ann"]},"escalate":{"to":{"people":["bob"]}}}|escalate.after
					{"approvers":{"people":["ann"]},"escalate":{"after":"1h"}}|escalate.to
					{"approvers":{"people":["ann"]},"escalate":{"after":"1h","to":{}}}|escalate.to
					{"approvers":{"people":["ann"]},"escalate":{"after":"1h","to":{"people":["bob"]},"then":1}}|escalate.then
					{"approvers":{"people":["ann"]},"window":"30m","escalate":{"after":"1h","to":{"people":["bob"]}}}|escalate.after
					{"escalate":{"after":"1h","to":{"people":["bob"]}}}|escalate
					{"quorum":0}|quorum
					{"quorum":11}|quorum
					{"quorum":1.5}|quorum
					{"quorum":"2"}|quorum
					{"approvers":{"people":["ann"]},"quorum":2}|quorum
					{"stages":[]}|stages
					{"stages":[{"people":["ann"]}]}|stages.0.name
					{"stages":[{"name":"a b","people":["ann"]}]}|stages.0.name
					{"stages":[{"name":"a"}]}|stages.0
					{"stages":["finance"]}|stages.0
					{"stages":[{"name":"a","groups":["x"],"quorum":11}]}|stages.0.quorum
					{"stages":[{"name":"a","people":["ann"],"quorum":2}]}|stages.0.quorum
					{"stages":[{"name":"a","group":["x"]}]}|stages.0.group
					{"stages":[{"name":"a","groups":["x"]},{"name":"a","groups":["y"]}]}|stages.1.name
					{"stages":[{"name":"a","people":["ann"]},{"name":"b","people":["ann"]}]}|stages
					{"stages":[{"name":"a","people":["ann","bob"],"quorum":2},{"name":"b","people":["ann","bob"]}]}|stages
					{"stages":[{"name":"a","groups":["x"]}],"quorum":2}|quorum
					{"stages":[{"name":"a","groups":["x"]}],"approvers":{"people":["ann"]}}|approvers
					{"stepUp":"sure"}|stepUp
					{"stepUp":true}|stepUp
					""")
	void readWhenWrongThenTheFieldIsNamed(String json, String field) {
		Map<String, String> problems = new LinkedHashMap<>();
		Routing unused = Routing.read((ObjectNode) Json.read(json), problems::putIfAbsent);
		assertThat(problems).containsKey(field);
	}

	@ParameterizedTest
	@ValueSource(strings = { "auto_approve", "deny" })
	void parseWhenNobodyIsAskedThenRoutingIsRefused(String action) {
		ObjectNode policy = (ObjectNode) Json.read("""
				{"name":"p","action":"%s","conditions":{"action":{"equals":"a"}},"window":"1h"}""".formatted(action));
		assertThatExceptionOfType(InvalidPolicyException.class)
			.isThrownBy(() -> new PolicyParser(false).parse(null, PolicyOrigin.API, PolicyDraft.read(policy)))
			.satisfies((ex) -> assertThat(ex.problems()).containsOnlyKeys("window"));
	}

	@Test
	void viaWhenNamedOrInGroupThenSaysWhy() {
		Approvers approvers = new Approvers(List.of("finance"), List.of("ann"));
		assertThat(approvers.via("ann", Set.of())).isEmpty();
		assertThat(approvers.via("bob", Set.of("finance"))).isEqualTo("finance");
		assertThat(approvers.via("eve", Set.of("Finance"))).isNull();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			"approvers":{"people":["ann"]},"window":"120m"|
			"escalate":null,"remind":null|
			"approvers":{"people":["bob"]}|expected approvers {"people":["bob"]}, but it is {"people":["ann"]}
			"window":null|expected window null, but it is "2h"
			"remind":["5m"]|expected remind ["5m"], but it is null
			"quorum":1,"stepUp":"none"|
			"quorum":2|expected quorum 2, but it is null
			""")
	void differenceWhenExampleExpectsRoutingThenCompared(String expected, String difference) {
		ObjectNode policy = (ObjectNode) Json.read("""
				{"name":"p","action":"require_approval","conditions":{"action":{"equals":"a"}},"window":"2h",
				"approvers":{"people":["ann"]}}""");
		PolicySet set = new PolicySet(1,
				List.of(new PolicyParser(false).parse(null, PolicyOrigin.API, PolicyDraft.read(policy))),
				ActionCatalogue.EMPTY);
		PolicyExample example = PolicyExample.read((ObjectNode) Json
			.read("{\"request\":{\"action\":\"a\"},\"expect\":{\"action\":\"require_approval\"," + expected + "}}"));
		assertThat(example.difference(set)).isEqualTo(Optional.ofNullable(difference));
	}

	private static Routing read(String json) {
		return Routing.read((ObjectNode) Json.read(json), (field, problem) -> {
			throw new AssertionError(field + " " + problem);
		});
	}

}
