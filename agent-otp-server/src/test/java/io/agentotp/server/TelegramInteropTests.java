package io.agentotp.server;

import java.io.IOException;
import java.io.UncheckedIOException;

import io.agentotp.server.NodePrograms.NodeProgram;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.json.Json;
import io.agentotp.server.user.Addresses;
import io.agentotp.server.user.Pairings;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A whole round with an emulation of Telegram that others have written.
 */
@Tag("interop")
class TelegramInteropTests {

	private static final String TOKEN = "1234567:bot-of-tests-0123456789";

	@Test
	void approverWhenConnectsAndPressesThenDecides() throws IOException {
		try (NodeProgram telegram = NodePrograms.start("telegram")) {
			String prefix = "agentotp.server.notifications.telegram.";
			try (TestServer server = TestServer.start(prefix + "bot-token=" + TOKEN,
					prefix + "api-url=" + telegram.read(), prefix + "details=arguments")) {
				String code = server.bean(Pairings.class).code("alice", "telegram", Actor.SYSTEM);
				ask(telegram, Json.object().put("write", "/start " + code).put("user", 4711));
				Await.until("connected", () -> server.bean(Addresses.class).find("telegram", "4711").isPresent());
				String id = server.mailer().pendingBound("mail.send");
				Await.until("told", () -> message(telegram, id) != null);
				JsonNode message = message(telegram, id);
				Await.until("known", () -> server.jdbc()
					.sql("SELECT COUNT(*) FROM agentotp_notification WHERE permission_id = ? AND reference IS NOT NULL")
					.param(id)
					.query(Long.class)
					.single() > 0);
				ask(telegram,
						Json.object()
							.put("press", "a:" + id)
							.put("user", 4712)
							.put("chat", 4711)
							.put("message", message.path("messageId").asInt()));
				ask(telegram,
						Json.object()
							.put("press", "d:" + id)
							.put("user", 4711)
							.put("message", message.path("messageId").asInt()));
				Await.until("it is denied", () -> server.mailer().status(id).equals("denied"));
				Await.until("the message says so",
						() -> message(telegram, id).path("message")
							.path("text")
							.asString()
							.contains("Denied by alice"));
				assertThat(message(telegram, id).path("message")
					.path("link_preview_options")
					.path("is_disabled")
					.asBoolean()).isTrue();
			}
		}
	}

	private static JsonNode message(NodeProgram telegram, String id) {
		for (JsonNode each : ask(telegram, Json.object())) {
			if (each.path("message").path("text").asString("").contains(id)) {
				return each;
			}
		}
		return null;
	}

	private static JsonNode ask(NodeProgram telegram, ObjectNode command) {
		try {
			telegram.write(Json.write(command.put("token", TOKEN)));
			return Json.read(telegram.read());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
