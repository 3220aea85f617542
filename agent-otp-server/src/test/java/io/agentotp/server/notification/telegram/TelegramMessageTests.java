package io.agentotp.server.notification.telegram;

import java.nio.charset.StandardCharsets;
import java.util.List;

import io.agentotp.server.json.Json;
import io.agentotp.server.notification.Notification.Fact;
import io.agentotp.server.notification.Notification.Kind;
import io.agentotp.server.notification.Notifications;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

class TelegramMessageTests {

	private static final List<String> OWN = List.of("A request waits for a decision", "Denied by alice", "Agent",
			"Action", "Resource", "The agent says", "Reason");

	@Test
	void messageWhenHostileTextsThenAllOfThemAreCodeWhereNothingIsALink() {
		Notifications.hostile((notification) -> {
			JsonNode body = TelegramMessage.of(notification).body();
			String text = body.path("text").stringValue();
			assertThat(body.has("parse_mode")).isFalse();
			assertThat(body.path("link_preview_options").path("is_disabled").booleanValue()).isTrue();
			assertThat(text).hasSizeLessThanOrEqualTo(4096);
			assertThat(body.path("entities").size()).isLessThanOrEqualTo(100);
			StringBuilder outside = new StringBuilder();
			int end = 0;
			for (JsonNode mark : body.path("entities")) {
				int from = mark.path("offset").intValue();
				int length = mark.path("length").intValue();
				assertThat(length).isPositive();
				assertThat(from).isGreaterThanOrEqualTo(end);
				outside.append(text, end, from);
				end = from + length;
				assertThat(end).isLessThanOrEqualTo(text.length());
				if (!mark.path("type").stringValue().matches("code|pre")) {
					assertThat(text.substring(from, end)).isIn(OWN);
				}
			}
			outside.append(text.substring(end));
			assertThat(outside.toString()).matches(
					"(\\n(: )?(Decide until .*|Jan 1, 1970.*|(One|[0-9,]+) more characters? (is|are) on the page)?)*");
		});
	}

	@Test
	void messageWhenAnswersThenDataOfButtonsIsShort() {
		TelegramMessage message = TelegramMessage.of(Notifications.of(Kind.PENDING, Notifications.request(), null));
		JsonNode keyboard = message.body().path("reply_markup").path("inline_keyboard");
		assertThat(message.answers()).isTrue();
		assertThat(keyboard.path(0).path(0).path("callback_data").stringValue()).isEqualTo("a:" + Notifications.ID);
		assertThat(keyboard.path(0).path(1).path("callback_data").stringValue().getBytes(StandardCharsets.UTF_8))
			.hasSizeLessThanOrEqualTo(64);
		assertThat(keyboard.path(1).path(0).path("url").stringValue()).startsWith("https://otp.example.org/");
	}

	@Test
	void messageWhenNotAllFitsThenNoAnswers() {
		TelegramMessage message = TelegramMessage
			.of(Notifications.of(Kind.PENDING, Notifications.request(new Fact("body", "x".repeat(4000))), null));
		assertThat(message.answers()).isFalse();
		assertThat(Json.write(message.body())).contains("more characters are on the page")
			.doesNotContain("callback_data");
	}

}
