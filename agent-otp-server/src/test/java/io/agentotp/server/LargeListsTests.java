package io.agentotp.server;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.agentotp.server.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What agents say may be long, and many of it in a list too much for the memory: a list
 * holds as many as there is room for, and names the rest.
 */
@ParameterizedClass
@EnumSource(names = { "ALONE", "ALONE_UNDER_A_PATH", "EMBEDDED" })
class LargeListsTests {

	private static final int COUNT = 12;

	private static final int MAX = 512 * 1024;

	// Short as text, and large once it is read.
	private static final String LONG = "[" + String.join(",", Collections.nCopies(20_000, "[]")) + "]";

	private static TestServer server;

	private static List<String> ids;

	@Parameter
	Form form;

	@BeforeParameterizedClassInvocation
	static void start(Form form, @TempDir Path directory) {
		server = form.start(directory);
		ids = new ArrayList<>();
		for (int i = 0; i < COUNT; i++) {
			ids.add(ask(LONG));
		}
	}

	@AfterParameterizedClassInvocation
	static void stop() {
		server.close();
	}

	private static String ask(String says) {
		String question = """
				{"action":"mail.send","context":{"says":%s},
				 "call":{"target":{"tool":"mail"},"arguments":[]}}""".formatted(says);
		return server.mailer()
			.post("/permissions/request", Calls.bound(question))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
	}

	@Test
	void queryWhenTooMuchForOneAnswerThenTheRestIsNamedAndCanBeAskedForAgain() {
		Set<String> got = new HashSet<>();
		List<String> left = ids;
		while (!left.isEmpty()) {
			Api.Answer answer = server.mailer()
				.post("/permissions/query", Json.write(Json.object().set("ids", Json.toTree(left))));
			assertThat(answer.expect(200).raw().body().length()).isLessThan(MAX);
			List<String> now = texts(answer.data().path("permissions"), "id");
			assertThat(now).isNotEmpty();
			answer.data()
				.path("permissions")
				.forEach((permission) -> assertThat(permission.path("context").path("says").size()).isEqualTo(20_000));
			assertThat(got).doesNotContain(now.get(0));
			got.addAll(now);
			left = answer.data().path("leftOut").valueStream().map(JsonNode::stringValue).toList();
		}
		assertThat(got).containsExactlyInAnyOrderElementsOf(ids);
	}

	@Test
	void queryWhenSomeAreDecidedThenThoseComeFirst() {
		String decided = ask(LONG);
		server.mailer().post("/permissions/" + decided + "/revoke", "{}").expect(200);
		List<String> all = new ArrayList<>(ids);
		all.add(decided);
		JsonNode answer = server.mailer()
			.post("/permissions/query", Json.write(Json.object().set("ids", Json.toTree(all))))
			.expect(200)
			.data();
		assertThat(answer.path("permissions").path(0).path("id").stringValue()).isEqualTo(decided);
		assertThat(answer.path("leftOut").isEmpty()).isFalse();
	}

	@Test
	void feedWhenTooMuchForOneAnswerThenTheRestIsBehindTheCursor() {
		String cursor = server.mailer().get("/permissions/decisions").data().path("cursor").stringValue();
		List<String> asked = new ArrayList<>();
		for (int i = 0; i < COUNT; i++) {
			asked.add(ask(LONG));
			server.mailer().post("/permissions/" + asked.get(i) + "/revoke", "{}").expect(200);
		}
		List<String> told = new ArrayList<>();
		while (told.size() < COUNT) {
			Api.Answer answer = server.mailer().get("/permissions/decisions?after=" + cursor).expect(200);
			assertThat(answer.raw().body().length()).isLessThan(MAX);
			assertThat(answer.data().path("permissions").isEmpty()).isFalse();
			told.addAll(texts(answer.data().path("permissions"), "id"));
			cursor = answer.data().path("cursor").stringValue();
		}
		assertThat(told).containsExactlyElementsOf(asked);
	}

	private static List<String> texts(JsonNode list, String name) {
		return list.valueStream().map((element) -> element.path(name).stringValue()).toList();
	}

}
