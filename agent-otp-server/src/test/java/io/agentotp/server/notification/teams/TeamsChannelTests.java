package io.agentotp.server.notification.teams;

import java.util.List;
import java.util.Map;

import io.agentotp.server.HostileText;
import io.agentotp.server.config.MessageDetails;
import io.agentotp.server.config.TeamsSettings;
import io.agentotp.server.json.Json;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.DeliveryException.Remedy;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.Notification.Kind;
import io.agentotp.server.notification.SampleNotifications;
import io.agentotp.server.notification.http.HttpPoster;
import io.agentotp.server.notification.http.HttpReceiver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Cards for Microsoft Teams.
 */
class TeamsChannelTests {

	static final List<String> hostileTexts = HostileText.ALL;

	private HttpReceiver receiver;

	private HttpPoster poster;

	@BeforeEach
	void start() throws Exception {
		this.receiver = new HttpReceiver();
		this.poster = HttpReceiver.poster();
	}

	@AfterEach
	void stop() {
		this.poster.close();
		this.receiver.close();
	}

	private TeamsChannel channel() {
		return new TeamsChannel(
				new TeamsSettings(MessageDetails.FACTS, Map.of("ops", this.receiver.url("/workflows/1?sig=secret"))),
				this.poster);
	}

	private JsonNode send(Notification notification) throws Exception {
		assertThat(channel().send(notification)).isEmpty();
		HttpReceiver.Received request = this.receiver.received().get(0);
		assertThat(request.path()).isEqualTo("/workflows/1?sig=secret");
		assertThat(request.body().length()).isLessThan(28_000);
		JsonNode attachment = Json.read(request.body()).path("attachments").path(0);
		assertThat(attachment.path("contentType").stringValue()).isEqualTo("application/vnd.microsoft.card.adaptive");
		return attachment.path("content");
	}

	private static String text(JsonNode card) {
		StringBuilder text = new StringBuilder();
		card.path("body").forEach((block) -> {
			block.path("inlines").forEach((run) -> text.append(run.path("text").stringValue()));
			text.append('\n');
		});
		return text.toString();
	}

	@Test
	void sendWhenRequestWaitsThenCardSaysWhatAndLeadsToThePage() throws Exception {
		JsonNode card = send(SampleNotifications.of(Kind.PENDING, "ops"));
		assertThat(card.path("version").stringValue()).isEqualTo("1.4");
		assertThat(text(card).replace("\u2060", "")).contains("A request waits for a decision")
			.contains("Agent:  mailer")
			.contains("Text:  \n> Dear Bob,\n> here it is.\n")
			.contains("The agent says:  \n> The customer asked for it\n")
			.contains("1:10");
		assertThat(card.path("actions")).singleElement().satisfies((action) -> {
			assertThat(action.path("type").stringValue()).isEqualTo("Action.OpenUrl");
			assertThat(action.path("url").stringValue()).isEqualTo(SampleNotifications.LINK.toString());
		});
	}

	@ParameterizedTest
	@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CONFIRM")
	void sendWhenOfAnyKindThenOneLinkAndNoButtonThatDecides(Kind kind) throws Exception {
		assertThat(channel().tells(kind)).isTrue();
		JsonNode card = send(SampleNotifications.of(kind, "ops"));
		assertThat(card.path("actions")).hasSize(1);
		assertThat(card.path("body").path(0).path("inlines").path(0).path("text").stringValue()).isNotBlank();
	}

	@ParameterizedTest
	@FieldSource("hostileTexts")
	void sendWhenTextIsHostileThenNothingButRunsOfTextAndOurLink(String text) throws Exception {
		JsonNode card = send(SampleNotifications.of(Kind.PENDING, "ops", SampleNotifications.hostile(text)));
		assertInert(card);
	}

	@ParameterizedTest
	@CsvSource({ "x, 100000", "'\u0001', 20000", "\u202e, 20000", "\ud83d\ude00, 50000", "'\"', 50000", "\u05d0, 50000",
			"'\u05d01 ', 20000", "'a.', 50000" })
	void sendWhenTextIsVeryLongThenCutAndSaidSo(String text, int times) throws Exception {
		JsonNode card = send(
				SampleNotifications.of(Kind.PENDING, "ops", SampleNotifications.hostile(text.repeat(times))));
		assertInert(card);
		assertThat(text(card)).containsPattern("[0-9,]+ more characters are on the page");
	}

	// A run of text knows no Markdown. All else of a card that shows text does.
	private static void assertInert(JsonNode card) {
		assertThat(card.path("actions")).hasSize(1);
		assertThat(card.path("actions").path(0).path("url").stringValue())
			.isEqualTo(SampleNotifications.LINK.toString());
		assertThat(card.path("body")).allSatisfy((block) -> {
			assertThat(block.propertyNames()).containsExactlyInAnyOrder("type", "inlines");
			assertThat(block.path("type").stringValue()).isEqualTo("RichTextBlock");
			assertThat(block.path("inlines")).allSatisfy((run) -> {
				assertThat(run.path("type").stringValue()).isEqualTo("TextRun");
				assertThat(run.has("selectAction")).isFalse();
				assertThat(run.path("text").stringValue()).doesNotContainPattern("[\\p{Cc}&&[^\n]]")
					.doesNotContainPattern("[\u202a-\u202e\u200b\u200e\u200f\ufeff]")
					.doesNotContainPattern("://\\w")
					.doesNotContainPattern("[a-z]@[a-z]");
			});
		});
		assertThat(card.path("msteams").propertyNames()).containsExactly("width");
	}

	@ParameterizedTest
	@CsvSource({ "200,", "202,", "302, GIVE_UP", "400, GIVE_UP", "401, GIVE_UP", "403, GIVE_UP", "404, GIVE_UP",
			"408, RETRY", "410, FORGET_ADDRESS", "413, GIVE_UP", "429, RETRY", "500, RETRY", "502, RETRY",
			"503, RETRY" })
	void sendWhenAnsweredThenTakenOrNot(int status, Remedy remedy) {
		this.receiver.answersWith(status, Map.of("Location", "/elsewhere"));
		Notification notification = SampleNotifications.of(Kind.PENDING, "ops");
		if (remedy == null) {
			assertThatCode(() -> channel().send(notification)).doesNotThrowAnyException();
		}
		else {
			assertThatExceptionOfType(DeliveryException.class).isThrownBy(() -> channel().send(notification))
				.satisfies((ex) -> assertThat(ex.remedy()).isEqualTo(remedy))
				.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("secret"));
		}
		assertThat(this.receiver.received()).hasSize(1);
	}

	@Test
	void settingsWhenPrintedThenSayNoUrl() {
		assertThat(new TeamsSettings(MessageDetails.FACTS, Map.of("ops", this.receiver.url("/secret"))).toString())
			.contains("ops")
			.doesNotContain("secret");
	}

}
