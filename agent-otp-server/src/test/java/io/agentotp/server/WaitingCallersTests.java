package io.agentotp.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.agentotp.server.web.LongPolling;
import io.agentotp.server.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A request that waits gets no answer once its caller has ended.
 */
@ParameterizedClass
@EnumSource(names = { "ALONE", "ALONE_UNDER_A_PATH", "EMBEDDED" })
class WaitingCallersTests {

	private static TestServer server;

	@Parameter
	Form form;

	@BeforeParameterizedClassInvocation
	static void start(Form form, @TempDir Path directory) {
		server = form.start(directory);
	}

	@AfterParameterizedClassInvocation
	static void stop() {
		server.close();
	}

	@Test
	void waitWhenTheKeyIsRotatedThen401AndTheNewKeyGetsTheToken() {
		Api old = agent("rotated");
		String id = old.pending("mail.send");
		String cursor = old.get("/permissions/decisions").data().path("cursor").stringValue();
		CompletableFuture<Api.Answer> waits = wait(old, "/permissions/" + id, 1);
		CompletableFuture<Api.Answer> feed = wait(old, "/permissions/decisions?after=" + cursor, 2);
		String key = server.admin()
			.post("/agents/rotated/rotate", "{}")
			.expect(200)
			.data()
			.path("apiKey")
			.stringValue();
		server.alice().decide(id, true).expect(200);
		for (CompletableFuture<Api.Answer> each : List.of(waits, feed)) {
			Api.Answer answer = each.orTimeout(30, TimeUnit.SECONDS).join();
			assertThat(answer.status()).isEqualTo(401);
			assertThat(answer.raw().body()).doesNotContain("otp_", "approved", id);
		}
		JsonNode mine = new Api(server.url(), key).get("/permissions/" + id).expect(200).data();
		assertThat(mine.path("token").stringValue()).startsWith("otp_");
	}

	@Test
	void waitWhenTheAgentIsDeletedThen401() {
		Api agent = agent("deleted");
		String id = agent.pending("mail.send");
		CompletableFuture<Api.Answer> waits = wait(agent, "/permissions/" + id, 1);
		server.admin().send("DELETE", "/agents/deleted", null).expect(200);
		assertThat(waits.orTimeout(30, TimeUnit.SECONDS).join().status()).isEqualTo(401);
	}

	@Test
	void waitWhenNothingEndsThenAnswered() {
		String id = server.mailer().pending("mail.send");
		CompletableFuture<Api.Answer> waits = wait(server.mailer(), "/permissions/" + id, 1);
		server.alice().decide(id, true).expect(200);
		assertThat(waits.orTimeout(30, TimeUnit.SECONDS).join().expect(200).data().path("token").stringValue())
			.startsWith("otp_");
	}

	@Test
	void pageWhenItsUserEndsThen401() {
		String id = server.mailer().pending("mail.send");
		Browser alice = new Browser(server.url()).signedIn("alice");
		CompletableFuture<Integer> waits = watch(alice);
		server.jdbc().sql("UPDATE agentotp_user SET active = FALSE WHERE name = 'alice'").update();
		try {
			server.mailer().post("/permissions/" + id + "/revoke", "{}").expect(200);
			assertThat(waits.orTimeout(30, TimeUnit.SECONDS).join()).isEqualTo(401);
		}
		finally {
			server.jdbc().sql("UPDATE agentotp_user SET active = TRUE WHERE name = 'alice'").update();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "DELETE FROM agentotp_session", "UPDATE agentotp_session SET expiry_time = 1" })
	void pageWhenItsSessionEndsThen401(String end) {
		String id = server.mailer().pending("mail.send");
		Browser alice = new Browser(server.url()).signedIn("alice");
		CompletableFuture<Integer> waits = watch(alice);
		server.jdbc().sql(end).update();
		server.mailer().post("/permissions/" + id + "/revoke", "{}").expect(200);
		assertThat(waits.orTimeout(30, TimeUnit.SECONDS).join()).isEqualTo(401);
	}

	@Test
	void pageWhenItsPersonIsSignedInForTooLongMeanwhileThen401() {
		String id = server.mailer().pending("mail.send");
		Browser alice = new Browser(server.url()).signedIn("alice");
		CompletableFuture<Integer> waits = watch(alice);
		server.clock.move(Duration.ofHours(12));
		server.mailer().post("/permissions/" + id + "/revoke", "{}");
		server.mailer().pending("mail.send");
		assertThat(waits.orTimeout(30, TimeUnit.SECONDS).join()).isEqualTo(401);
	}

	private static CompletableFuture<Integer> watch(Browser browser) {
		String seen = Json.readObject(browser.get("/live/inbox").text()).path("version").stringValue();
		CompletableFuture<Integer> status = CompletableFuture
			.supplyAsync(() -> browser.get("/live/inbox?seen=" + seen).status());
		awaitWaiting(1);
		return status;
	}

	private static Api agent(String name) {
		String key = server.admin()
			.post("/agents", "{\"name\":\"" + name + "\"}")
			.expect(201)
			.data()
			.path("apiKey")
			.stringValue();
		return new Api(server.url(), key);
	}

	private static CompletableFuture<Api.Answer> wait(Api agent, String path, int all) {
		CompletableFuture<Api.Answer> answer = agent.with("Prefer", "wait=30").getLater(path);
		awaitWaiting(all);
		return answer;
	}

	private static void awaitWaiting(int all) {
		Await.until("it waits", () -> server.bean(0, LongPolling.class).size() == all);
	}

}
