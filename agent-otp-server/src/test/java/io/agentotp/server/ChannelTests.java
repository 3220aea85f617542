package io.agentotp.server;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import com.standardwebhooks.Webhook;
import io.agentotp.server.config.InvalidSettingException;
import io.agentotp.server.json.Json;
import io.agentotp.server.notification.Channels;
import io.agentotp.server.notification.NotificationChannel;
import io.agentotp.server.notification.http.HttpReceiver;
import io.agentotp.server.notification.http.HttpReceiver.Received;
import jakarta.mail.internet.MimeMultipart;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.mail.javamail.JavaMailSender;
import org.springframework.mail.javamail.JavaMailSenderImpl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * From a request to what a mail server and receivers have of it.
 */
@Tag("sql")
class ChannelTests {

	private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

	private static final GreenMail MAIL = mail();

	private static HttpReceiver hook;

	private static HttpReceiver teams;

	private static TestServer server;

	private static GreenMail mail() {
		ServerSetup setup = new ServerSetup(0, "127.0.0.1", ServerSetup.PROTOCOL_SMTP);
		// Two seconds are not enough on a busy machine.
		setup.setServerStartupTimeout(30_000);
		return new GreenMail(setup);
	}

	@BeforeAll
	static void start() throws Exception {
		MAIL.start();
		hook = new HttpReceiver();
		teams = new HttpReceiver();
		server = TestServer.start(settings());
	}

	private static String[] settings() {
		String prefix = "agentotp.server.notifications.";
		return new String[] { "agentotp.server.users.alice.addresses.mail=alice@example.com",
				"agentotp.server.users.bob.addresses.mail=bob@example.com", prefix + "mail.from=agent-otp@example.com",
				prefix + "mail.host=127.0.0.1", prefix + "mail.port=" + MAIL.getSmtp().getPort(),
				prefix + "mail.encryption=none", prefix + "http.allowed-networks=127.0.0.1",
				prefix + "http.allow-unencrypted=true", prefix + "webhook.endpoints.ci.url=" + hook.url("/hook"),
				prefix + "webhook.endpoints.ci.secrets=" + SECRET,
				prefix + "teams.workflows.ops=" + teams.url("/flow") };
	}

	@AfterAll
	static void stop() {
		server.close();
		hook.close();
		teams.close();
		MAIL.stop();
	}

	@BeforeEach
	void clear() throws Exception {
		// Receivers take no message of another time.
		server.clock.set(Instant.now());
		MAIL.purgeEmailFromAllMailboxes();
		hook.received().clear();
		teams.received().clear();
	}

	@Test
	void requestWhenItWaitsThenApproversHaveAMailAndProgramsAMessage() throws Exception {
		String id = server.mailer().pending("mail.send");
		Await.until("mail, webhook and card have arrived", () -> MAIL.getReceivedMessages().length == 1
				&& hook.received().size() == 1 && teams.received().size() == 1);
		// Bob owns the agent, so he does not decide.
		assertThat(MAIL.getReceivedMessages()[0].getAllRecipients()[0]).hasToString("alice@example.com");
		MimeMultipart mail = (MimeMultipart) MAIL.getReceivedMessages()[0].getContent();
		assertThat(mail.getBodyPart(0).getContent().toString()).contains(server.url() + "/approvals/" + id);
		Received message = hook.received().get(0);
		verify(message);
		assertThat(Json.read(message.body()).path("type").stringValue()).isEqualTo("permission.pending");
		assertThat(Json.read(message.body()).path("data").path("id").stringValue()).isEqualTo(id);
		assertThat(teams.received().get(0).body()).contains("AdaptiveCard").contains(id);
		server.alice().decide(id, true).expect(200);
		Await.until("the decision has arrived", () -> hook.received().size() == 2 && teams.received().size() == 2);
		verify(hook.received().get(1));
		assertThat(Json.read(hook.received().get(1).body()).path("data").path("decidedBy").stringValue())
			.isEqualTo("alice");
		assertThat(MAIL.getReceivedMessages()).as("a mail for each decision is a setting").hasSize(1);
		for (Received each : hook.received()) {
			assertThat(each.body() + each.headers()).doesNotContain("otp_")
				.doesNotContain("ak_live")
				.doesNotContain(SECRET);
		}
	}

	@Test
	void requestWhenReceiverFailsFirstThenItComesAgainWithTheSameId() throws Exception {
		hook.answersWith(503, Map.of("Retry-After", "0"));
		try {
			server.mailer().pending("mail.send");
			Await.until("it was tried", () -> !hook.received().isEmpty());
		}
		finally {
			hook.answersWith(204, Map.of());
		}
		Await.until("it has come again", () -> {
			server.clock.move(Duration.ofSeconds(1));
			return hook.received().size() >= 2;
		});
		assertThat(hook.received()).extracting((message) -> message.headers().get("webhook-id"))
			.containsOnly(hook.received().get(0).headers().get("webhook-id"));
	}

	private static void verify(Received message) throws Exception {
		new Webhook(SECRET).verify(message.body(),
				HttpHeaders.of(
						message.headers()
							.entrySet()
							.stream()
							.collect(Collectors.toMap(Map.Entry::getKey, (header) -> List.of(header.getValue()))),
						(name, value) -> true));
	}

	@Test
	void startWhenApplicationSendsMailThenItsSenderIsUsed() {
		try (TestServer embedded = TestServer.start(MailingHost.class,
				"agentotp.server.users.alice.addresses.mail=alice@example.com",
				"agentotp.server.notifications.mail.from=agent-otp@example.com",
				"agentotp.server.notifications.mail.application-sender=true")) {
			embedded.mailer().pending("mail.send");
			Await.until("the mail has arrived", () -> MAIL.getReceivedMessages().length == 1);
		}
	}

	@Test
	void startWhenNothingIsSetThenThereIsNoChannel() {
		try (TestServer bare = TestServer.start()) {
			assertThat(bare.bean(Channels.class).all()).extracting(NotificationChannel::name)
				.doesNotContain("mail", "webhook", "teams");
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					mail.host=h | notifications.mail.from | address that mails come from
					mail.from=nobody | notifications.mail.from | address that mails come from
					mail.from=a@b.c | notifications.mail.host | Name the mail server
					mail.from=a@b.c;mail.host=h;mail.application-sender=true | notifications.mail.host | not both
					mail.from=a@b.c;mail.application-sender=true | notifications.mail.application-sender | not one bean
					mail.from=a@b.c;mail.host=h;mail.port=0 | notifications.mail.port | at least 1
					mail.from=a@b.c;mail.host=h;mail.username=u | notifications.mail.password | user name and password
					mail.from=a@b.c;mail.host=h;mail.password=hunter2 | notifications.mail.username | user name and password
					mail.from=a@b.c;mail.host=h;mail.username=u;mail.password=hunter2;mail.encryption=none | notifications.mail.encryption | encrypted connections only
					mail.from=a@b.c;mail.host=h;mail.username=u;mail.password=${HUNTER} | notifications.mail.password | placeholder
					mail.from=a@b.c;mail.host=h;mail.timeout=2m | notifications.mail.timeout | at most 1m
					mail.form=a@b.c | notifications.mail.form' does not exist | notifications.mail.from
					webhook.endpoints.x.url=https://h.example/hunter2 | notifications.webhook.endpoints.x.secrets | whsec_
					webhook.endpoints.x.url=https://h.example/;webhook.endpoints.x.secrets=hunter2 | notifications.webhook.endpoints.x.secrets | whsec_
					webhook.endpoints.x.url=https://h.example/;webhook.endpoints.x.secrets=whsec_aHVudGVyMg== | notifications.webhook.endpoints.x.secrets | 24 to 64
					webhook.endpoints.x.url=http://h.example/hunter2;webhook.endpoints.x.secrets=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw | notifications.webhook.endpoints.x.url | allow-unencrypted
					webhook.endpoints.x.url=https://u:hunter2@h.example/;webhook.endpoints.x.secrets=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw | notifications.webhook.endpoints.x.url | without user
					webhook.endpoints.x.url=https://127.1/hunter2;webhook.endpoints.x.secrets=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw | notifications.webhook.endpoints.x.url | https URL
					teams.workflows.x=ftp://h.example/hunter2 | notifications.teams.workflows.x | https URL
					teams.workflows.x=hunter2 | notifications.teams.workflows.x | https URL
					http.allowed-networks=localhost | notifications.http.allowed-networks | 10.1.0.0/16
					http.allowed-networks=10.0.0.0/99 | notifications.http.allowed-networks | 10.1.0.0/16
					http.timeout=0s | notifications.http.timeout | at least 1s
					""")
	void startWhenSettingIsWrongThenRefusedWithNameAndRemedy(String settings, String name, String remedy) {
		String[] all = Arrays.stream(settings.split(";"))
			.map((setting) -> "agentotp.server.notifications." + setting)
			.toArray(String[]::new);
		assertThatException().isThrownBy(() -> TestServer.start(all)).satisfies((ex) -> {
			Throwable cause = ex;
			while (!(cause instanceof InvalidSettingException) && cause.getCause() != null) {
				cause = cause.getCause();
			}
			assertThat(cause).isInstanceOf(InvalidSettingException.class)
				.hasMessageContaining(name)
				.hasMessageContaining(remedy)
				.hasMessageNotContaining("hunter2");
		});
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestServer.Host.class)
	static class MailingHost {

		@Bean
		JavaMailSender mailSender() {
			JavaMailSenderImpl sender = new JavaMailSenderImpl();
			sender.setHost("127.0.0.1");
			sender.setPort(MAIL.getSmtp().getPort());
			return sender;
		}

	}

}
