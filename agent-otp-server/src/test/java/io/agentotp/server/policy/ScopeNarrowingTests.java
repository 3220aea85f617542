package io.agentotp.server.policy;

import java.util.List;
import java.util.Map;

import io.agentotp.server.json.Json;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ScopeNarrowingTests {

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					{} | {} | {}
					{"a":1} | {} | {"a":1}
					{} | {"a":1} | {"a":1}
					{"max_emails":10} | {"max_emails":5} | {"max_emails":5}
					{"max_emails":5} | {"max_emails":10} | {"max_emails":5}
					{"max_emails":5.0} | {"max_emails":5} | {"max_emails":5.0}
					{"min_delay":5} | {"min_delay":10} | {"min_delay":10}
					{"min_delay":10} | {"min_delay":5} | {"min_delay":10}
					{"minDelay":5} | {"minDelay":10} | {"minDelay":10}
					{"min":10} | {"min":5} | {"min":10}
					{"minutes":5} | {"minutes":10} | {"minutes":5}
					{"allowed_to":["a","b"]} | {"allowed_to":["b","c"]} | {"allowed_to":["b"]}
					{"allowedTo":["a","b"]} | {"allowedTo":["b"]} | {"allowedTo":["b"]}
					{"allowed_to":[]} | {"allowed_to":["b"]} | {"allowed_to":[]}
					{"blocked_to":["a"]} | {"blocked_to":["b"]} | {"blocked_to":["a","b"]}
					{"excluded_to":["a"]} | {"excluded_to":["a","b"]} | {"excluded_to":["a","b"]}
					{"denied_to":["a"]} | {"denied_to":[]} | {"denied_to":["a"]}
					{"attachments":true} | {"attachments":false} | {"attachments":false}
					{"attachments":false} | {"attachments":true} | {"attachments":false}
					{"db":{"max_rows":100,"t":"x"}} | {"db":{"max_rows":10,"ro":false}} | {"db":{"max_rows":10,"t":"x","ro":false}}
					{"name":"x"} | {"name":"x"} | {"name":"x"}
					{"list":[1,2]} | {"list":[1,2.0]} | {"list":[1,2]}
					{} | {"max_uses":5} | {"max_uses":1}
					{"max_uses":7} | {"max_uses":5} | {"max_uses":5}
					""")
	void narrowWhenOrderedThenTheNarrowerOfBoth(String scope, String template, String expected) {
		assertThat(ScopeNarrowing.narrow(json(scope), json(template), ScopeLimits.BY_NAME)).isEqualTo(json(expected));
	}

	@ParameterizedTest
	@CsvSource({ "MAXIMUM, 3, 3", "MAXIMUM, 7, 5", "MINIMUM, 3, 5", "MINIMUM, 7, 7" })
	void narrowWhenTheCatalogueSaysWhichLimitThenItCountsBeforeTheName(ScopeLimit limit, int template, int expected) {
		for (String name : List.of("min", "max", "amount")) {
			ScopeLimits limits = new ScopeLimits(Map.of(name, limit, "deep." + name, limit));
			String scope = "{\"%1$s\":%2$d,\"deep\":{\"%1$s\":%2$d}}";
			assertThat(ScopeNarrowing.narrow(json(scope.formatted(name, 5)), json(scope.formatted(name, template)),
					limits))
				.isEqualTo(json(scope.formatted(name, expected)));
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			{"name":"x"} | {"name":"y"} | name
			{"max":5} | {"max":"5"} | max
			{"max":5} | {"max":null} | max
			{"max":null} | {"max":5} | max
			{"list":[1]} | {"list":[1,2]} | list
			{"allowed_to":["a"]} | {"allowed_to":["b"]} | allowed_to
			{"allowed_to":"a"} | {"allowed_to":["a"]} | allowed_to
			{"db":{"t":"x"}} | {"db":{"t":"y"}} | db.t
			{"db":{"t":"x"}} | {"db":1} | db
			{"flag":true} | {"flag":1} | flag
			""")
	void narrowWhenNotOrderedThenRefusedWithTheKey(String scope, String template, String key) {
		assertThatExceptionOfType(ScopeNarrowing.NotNarrowerException.class)
			.isThrownBy(() -> ScopeNarrowing.narrow(json(scope), json(template), ScopeLimits.BY_NAME))
			.satisfies((ex) -> assertThat(ex.key()).isEqualTo(key));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			{"max_emails":10} | {"max_emails":5} | {"max_emails":5}
			{"allowed_to":["a","b"]} | {"allowed_to":["b"]} | {"allowed_to":["b"]}
			{"allowed_to":["a","b"]} | {"allowed_to":["b","a"]} | {"allowed_to":["a","b"]}
			{"blocked_to":["a"]} | {"blocked_to":["b","a"]} | {"blocked_to":["a","b"]}
			{"min_delay":5} | {"min_delay":6} | {"min_delay":6}
			{"maxEmails":5,"max-size":2} | {"maxEmails":4,"max-size":1} | {"maxEmails":4,"max-size":1}
			{"db":{"max_rows":9,"t":"x"}} | {"db":{"max_rows":3}} | {"db":{"max_rows":3,"t":"x"}}
			{"db":{"max_rows":9}} | {"db":{}} | {"db":{"max_rows":9}}
			{"min":10,"read_only":true} | {"min":10.0,"read_only":true} | {"min":10,"read_only":true}
			{} | {"max_uses":1} | {"max_uses":1}
			{"max_uses":3} | {"max_uses":2} | {"max_uses":2}
			""")
	void modifyWhenNarrowerThenTaken(String scope, String modifications, String expected) {
		assertThat(ScopeNarrowing.modify(json(scope), json(modifications), ScopeLimits.BY_NAME))
			.isEqualTo(json(expected));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			{"max_emails":10} | {"max_emails":11} | max_emails
			{"min_delay":10} | {"min_delay":9} | min_delay
			{"allowed_to":["a"]} | {"allowed_to":["a","b"]} | allowed_to
			{"allowed_to":["a"]} | {"allowed_to":["b"]} | allowed_to
			{"blocked_to":["a","b"]} | {"blocked_to":["b"]} | blocked_to
			{"blocked_to":["a"]} | {"blocked_to":[]} | blocked_to
			{"a":false} | {"a":true} | a
			{"db":{"max_rows":9}} | {"db":{"max_rows":10}} | db.max_rows
			{"allowed_to":["a"]} | {"allowed_to":[]} | allowed_to
			{"name":"x"} | {"name":"y"} | name
			{"name":"x"} | {"name":null} | name
			{} | {"max_uses":2} | max_uses
			""")
	void modifyWhenWiderThenRefusedWithTheKey(String scope, String modifications, String key) {
		assertThatExceptionOfType(ScopeNarrowing.NotNarrowerException.class)
			.isThrownBy(() -> ScopeNarrowing.modify(json(scope), json(modifications), ScopeLimits.BY_NAME))
			.satisfies((ex) -> assertThat(ex.key()).isEqualTo(key));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			{"min":10} | {"min":5} | min
			{"min":10} | {"min":12} | min
			{"max":10} | {"max":5} | max
			{"amount":10} | {"amount":5} | amount
			{"read_only":true} | {"read_only":false} | read_only
			{"read_only":false} | {"read_only":true} | read_only
			{"max_admin":true} | {"max_admin":false} | max_admin
			{} | {"admin":true} | admin
			{} | {"max_rows":5} | max_rows
			{} | {"allowed_to":["a"]} | allowed_to
			{} | {"db":{}} | db
			{"db":{"max_rows":5}} | {"db":{"admin":true}} | db.admin
			{"blocked_rows":{"min_amount":5}} | {"blocked_rows":{"min_amount":7}} | blocked_rows
			{"list":["a","b"]} | {"list":["a"]} | list
			{"max_list":["a","b"]} | {"max_list":["a"]} | max_list
			{"max_n":"10"} | {"max_n":"5"} | max_n
			{"max_n":10} | {"max_n":null} | max_n
			{"allowed_to":{"a":1}} | {"allowed_to":{"a":0}} | allowed_to
			{"maximum":10} | {"maximum":5} | maximum
			""")
	void modifyWhenNotKnownToBeALimitThenRefusedWithTheKey(String scope, String modifications, String key) {
		assertThatExceptionOfType(ScopeNarrowing.NotNarrowerException.class)
			.isThrownBy(() -> ScopeNarrowing.modify(json(scope), json(modifications), ScopeLimits.BY_NAME))
			.satisfies((ex) -> assertThat(ex.key()).isEqualTo(key));
	}

	private static ObjectNode json(String text) {
		return Json.readObject(text);
	}

}
