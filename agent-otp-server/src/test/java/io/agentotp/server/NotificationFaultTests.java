package io.agentotp.server;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.agentotp.server.json.Json;
import io.agentotp.server.notification.http.HttpReceiver;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The process is killed between a request and what is told of it. What has to be told is
 * told afterwards, with the same id, and what is over is not.
 */
@Tag("faults")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class NotificationFaultTests {

	private static final int AT_ONCE = 4;

	@TempDir
	private Path directory;

	@ParameterizedTest
	@ValueSource(strings = { "h2", "postgres" })
	void messagesWhenKilledBeforeTheirRowsSayThatTheyWereSentThenComeAgainWithTheSameId(String kind) throws Exception {
		TestDatabase database = kind.equals("h2") ? TestDatabase.createH2File(this.directory)
				: TestDatabase.createPostgres();
		try (HttpReceiver receiver = new HttpReceiver()) {
			List<String> settings = new ArrayList<>(database.settings());
			settings.addAll(List.of("agentotp.server.notifications.http.allowed-networks=127.0.0.1",
					"agentotp.server.notifications.http.allow-unencrypted=true",
					"agentotp.server.notifications.http.timeout=1m",
					"agentotp.server.notifications.webhook.endpoints.ops.url=" + receiver.url("/hook"),
					"agentotp.server.notifications.webhook.endpoints.ops.secrets=whsec_"
							+ "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
			List<String> asked = new ArrayList<>();
			String ended;
			List<String> withdrawn;
			try (ServerProcess service = start(settings)) {
				Api mailer = service.api(TestServer.MAILER_KEY);
				ended = mailer.pending("mail.send");
				Await.until("it is told", () -> isTold(service, ended));
				receiver.hold();
				withdraw(mailer, ended);
				for (int i = 0; i < 2 * AT_ONCE; i++) {
					asked.add(mailer.pending("mail.number" + i));
				}
				Await.until("some are being sent", () -> receiver.received().size() == 1 + AT_ONCE);
				// One that is being sent, and one that nobody has taken yet.
				withdrawn = List.of(asked.remove(0), asked.remove(asked.size() - 1));
				withdrawn.forEach((id) -> withdraw(mailer, id));
				service.kill();
			}
			List<String> before = ids(receiver);
			assertThat(before).hasSize(1 + AT_ONCE).doesNotHaveDuplicates();
			receiver.release();
			// As if the time had passed for which they belong to the node that was
			// killed.
			database
				.execute("UPDATE agentotp_notification SET claimed_until = created_at WHERE claimed_until IS NOT NULL");
			try (ServerProcess service = start(settings)) {
				Await.until("all is told", () -> asked.stream().allMatch((id) -> isTold(service, id))
						&& count(receiver, ended) == 3 && count(receiver, withdrawn.get(0)) == 2);
				// What is told in the order in which it is known is told before this one.
				String last = service.api(TestServer.MAILER_KEY).pending("mail.send");
				Await.until("the last is told", () -> isTold(service, last));
			}
			List<String> ids = ids(receiver);
			List<String> again = ids.subList(before.size(), ids.size());
			assertThat(again).doesNotHaveDuplicates();
			// The first was taken, and of one that was being sent only the end is told.
			assertThat(again).containsAll(before.subList(1, before.size())
				.stream()
				.filter((id) -> !id.equals(id(receiver, withdrawn.get(0))))
				.toList());
			assertThat(again).doesNotContain(before.get(0), id(receiver, withdrawn.get(0)));
			assertThat(types(receiver, withdrawn.get(0))).containsExactly("permission.pending", "permission.ended");
			assertThat(count(receiver, withdrawn.get(1))).isZero();
			for (String id : asked) {
				assertThat(idsAbout(receiver, id).distinct()).hasSize(1);
			}
			assertThat(asked).filteredOn((id) -> count(receiver, id) == 2).hasSize(AT_ONCE - 2);
			assertThat(asked).filteredOn((id) -> count(receiver, id) == 1).hasSize(AT_ONCE);
		}
	}

	private ServerProcess start(List<String> settings) {
		return ServerProcess.start(this.directory, List.of("-Xmx256m"), settings);
	}

	private static void withdraw(Api mailer, String id) {
		mailer.post("/permissions/" + id + "/revoke", "{}").expect(200);
	}

	private static boolean isTold(ServerProcess service, String id) {
		return service.api(TestServer.ALICE_KEY)
			.get("/permissions?status=pending&limit=100")
			.expect(200)
			.data()
			.valueStream()
			.filter((permission) -> permission.path("id").stringValue().equals(id))
			.anyMatch((permission) -> permission.path("told").stringValue().equals("told"));
	}

	private static List<String> ids(HttpReceiver receiver) {
		return receiver.received().stream().map((one) -> one.headers().get("webhook-id")).toList();
	}

	private static String id(HttpReceiver receiver, String permission) {
		return idsAbout(receiver, permission).findFirst().orElseThrow();
	}

	private static List<String> types(HttpReceiver receiver, String permission) {
		return receiver.received()
			.stream()
			.filter((one) -> about(one).equals(permission))
			.map((one) -> Json.read(one.body()).path("type").stringValue())
			.toList();
	}

	private static long count(HttpReceiver receiver, String permission) {
		return idsAbout(receiver, permission).count();
	}

	private static Stream<String> idsAbout(HttpReceiver receiver, String permission) {
		return receiver.received()
			.stream()
			.filter((one) -> about(one).equals(permission))
			.map((one) -> one.headers().get("webhook-id"));
	}

	private static String about(HttpReceiver.Received one) {
		JsonNode body = Json.read(one.body());
		return body.path("data").path("id").stringValue();
	}

}
