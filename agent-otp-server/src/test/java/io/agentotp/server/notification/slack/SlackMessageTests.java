package io.agentotp.server.notification.slack;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import io.agentotp.server.json.Json;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.Notification.Fact;
import io.agentotp.server.notification.Notification.Kind;
import io.agentotp.server.notification.Notification.Outcome;
import io.agentotp.server.notification.Notifications;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

class SlackMessageTests {

	@Test
	void messageWhenHostileTextsThenNothingIsMarkupLinkOrMention() {
		Notifications.hostile((notification) -> {
			JsonNode body = SlackMessage.of(notification).body();
			// No text of a kind that Slack reads markup in.
			assertThat(Json.write(body)).doesNotContain("\"mrkdwn\":true").doesNotContain("\"type\":\"mrkdwn\"");
			assertThat(body.path("text").stringValue()).doesNotContain("<", ">").hasSizeLessThan(1000);
			assertThat(body.path("link_names").booleanValue()).isFalse();
			assertThat(body.path("unfurl_links").booleanValue()).isFalse();
			for (JsonNode block : body.path("blocks")) {
				switch (block.path("type").stringValue()) {
					case "header" ->
						assertThat(block.path("text").path("text").stringValue()).hasSizeLessThanOrEqualTo(150)
							.isIn("A request waits for a decision", "Denied by alice");
					case "rich_text" ->
						texts(block).forEach((text) -> assertThat(text).isNotEmpty().hasSizeLessThan(3002));
					default -> assertThat(block.path("type").stringValue()).isEqualTo("actions");
				}
			}
		});
	}

	// Each element of rich text is a text: no link, user, channel, broadcast or emoji.
	private static List<String> texts(JsonNode block) {
		List<String> texts = new ArrayList<>();
		block.path("elements").forEach((section) -> section.path("elements").forEach((element) -> {
			assertThat(element.path("type").stringValue()).isEqualTo("text");
			texts.add(element.path("text").stringValue());
		}));
		return texts;
	}

	@Test
	void messageWhenHostileTextsThenWithinTheLimitsOfSlack() {
		Notifications.hostile((notification) -> {
			SlackMessage message = SlackMessage.of(notification);
			JsonNode blocks = message.body().path("blocks");
			assertThat(blocks.size()).isLessThanOrEqualTo(50);
			assertThat(SlackBlocks.read(message.body())).hasSize(blocks.size());
			int all = 0;
			for (JsonNode block : blocks) {
				assertThat(block.path("block_id").asString("")).hasSizeLessThanOrEqualTo(255);
				all += texts(block.path("type").stringValue().equals("rich_text") ? block : Json.object()).stream()
					.mapToInt(String::length)
					.sum();
			}
			assertThat(all).isLessThan(13_200);
			boolean whole = Notifications.said(notification).stream().allMatch((text) -> holds(blocks, text));
			if (!whole) {
				assertThat(message.answers()).isFalse();
				assertThat(Json.write(blocks)).contains("more character");
			}
			if (notification.outcome() != null) {
				assertThat(message.answers()).isFalse();
			}
			assertThat(Json.write(blocks).contains("\"action_id\":\"approve\"")).isEqualTo(message.answers());
		});
	}

	private static boolean holds(JsonNode blocks, String text) {
		for (JsonNode block : blocks) {
			if (block.path("type").stringValue().equals("rich_text") && texts(block).contains(text)) {
				return true;
			}
		}
		return false;
	}

	@Test
	void messageWhenAnswersThenButtonsWithTheIdOnly() {
		JsonNode blocks = SlackMessage.of(Notifications.of(Kind.PENDING, Notifications.request(), null))
			.body()
			.path("blocks");
		JsonNode actions = blocks.path(blocks.size() - 1);
		assertThat(actions.path("block_id").stringValue()).isEqualTo("agentotp:" + Notifications.ID);
		assertThat(actions.path("elements").path(0).path("value").stringValue()).isEqualTo(Notifications.ID);
		assertThat(actions.path("elements").path(1).path("action_id").stringValue()).isEqualTo("deny");
		assertThat(actions.path("elements").path(2).path("url").stringValue()).startsWith("https://otp.example.org/");
	}

	@Test
	void messageWhenNotAllFitsThenNoAnswersAndItSaysHowMuchIsLeft() {
		Notification tooLong = Notifications.of(Kind.PENDING, Notifications.request(new Fact("body", "x".repeat(3100))),
				null);
		SlackMessage message = SlackMessage.of(tooLong);
		assertThat(message.answers()).isFalse();
		assertThat(Json.write(message.body())).contains("100 more characters are on the page")
			.doesNotContain("\"action_id\":\"approve\"")
			.contains("\"action_id\":\"open\"");
	}

	@Test
	void messageWhenNobodyDecidedThenNoDenial() {
		JsonNode body = SlackMessage
			.of(Notifications.of(Kind.ENDED, Notifications.request(),
					new Outcome("expired", null, null, Instant.EPOCH)))
			.body();
		assertThat(body.path("text").stringValue()).startsWith("The request expired: nobody decided in time");
		assertThat(Json.write(body).toLowerCase(Locale.ROOT)).doesNotContain("denied");
	}

}
