package io.agentotp.server.policy;

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
		assertThat(ScopeNarrowing.narrow(json(scope), json(template))).isEqualTo(json(expected));
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
			.isThrownBy(() -> ScopeNarrowing.narrow(json(scope), json(template)))
			.satisfies((ex) -> assertThat(ex.key()).isEqualTo(key));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			{"max_emails":10} | {"max_emails":5} | {"max_emails":5}
			{"allowed_to":["a","b"]} | {"allowed_to":["b"]} | {"allowed_to":["b"]}
			{"allowed_to":["a","b"]} | {"allowed_to":["b","a"]} | {"allowed_to":["a","b"]}
			{"blocked_to":["a"]} | {"blocked_to":["b","a"]} | {"blocked_to":["a","b"]}
			{"a":true} | {"a":false} | {"a":false}
			{"db":{"max":9,"t":"x"}} | {"db":{"max":3}} | {"db":{"max":3,"t":"x"}}
			{"db":{"max":9}} | {"db":{}} | {"db":{"max":9}}
			{} | {"max_rows":5} | {"max_rows":5}
			{"max_uses":3} | {"max_uses":2} | {"max_uses":2}
			""")
	void modifyWhenNarrowerThenTaken(String scope, String modifications, String expected) {
		assertThat(ScopeNarrowing.modify(json(scope), json(modifications))).isEqualTo(json(expected));
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
			{"db":{"max":9}} | {"db":{"max":10}} | db.max
			{"name":"x"} | {"name":"y"} | name
			{"name":"x"} | {"name":null} | name
			{} | {"max_uses":2} | max_uses
			""")
	void modifyWhenWiderThenRefusedWithTheKey(String scope, String modifications, String key) {
		assertThatExceptionOfType(ScopeNarrowing.NotNarrowerException.class)
			.isThrownBy(() -> ScopeNarrowing.modify(json(scope), json(modifications)))
			.satisfies((ex) -> assertThat(ex.key()).isEqualTo(key));
	}

	private static ObjectNode json(String text) {
		return Json.readObject(text);
	}

}
