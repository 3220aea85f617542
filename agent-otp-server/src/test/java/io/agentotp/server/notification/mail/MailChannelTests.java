package io.agentotp.server.notification.mail;

import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.agentotp.server.Await;
import io.agentotp.server.HostileText;
import io.agentotp.server.config.MailSettings;
import io.agentotp.server.config.MessageDetails;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.DeliveryException.Remedy;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.Notification.Kind;
import io.agentotp.server.notification.Notification.Request;
import io.agentotp.server.notification.NotificationChannel;
import io.agentotp.server.notification.SampleNotifications;
import jakarta.mail.Header;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.MimeMessage;
import jakarta.mail.internet.MimeMultipart;
import org.attoparser.AbstractMarkupHandler;
import org.attoparser.MarkupParser;
import org.attoparser.config.ParseConfiguration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.mail.javamail.JavaMailSender;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Mails, as a mail server has them.
 */
class MailChannelTests {

	static final List<String> hostileTexts = HostileText.ALL;

	private final GreenMail server = mailServer(ServerSetup.PROTOCOL_SMTP);

	static GreenMail mailServer(String protocol) {
		ServerSetup setup = new ServerSetup(0, "127.0.0.1", protocol);
		// Two seconds are not enough on a busy machine.
		setup.setServerStartupTimeout(30_000);
		return new GreenMail(setup);
	}

	@BeforeEach
	void start() {
		this.server.start();
	}

	@AfterEach
	void stop() {
		this.server.stop();
	}

	private NotificationChannel channel() {
		return channel(this.server.getSmtp().getPort(), false);
	}

	private static NotificationChannel channel(int port, boolean decided) {
		MailSettings settings = new MailSettings("agent-otp@example.com", false, "127.0.0.1", port, null, null,
				MailSettings.Encryption.NONE, Duration.ofSeconds(5), MessageDetails.FACTS, decided);
		return new MailConfiguration.ChannelConfiguration().mailChannel(settings,
				new StaticListableBeanFactory().getBeanProvider(JavaMailSender.class), InstantSource.system());
	}

	private MimeMessage send(Kind kind, Request request) throws DeliveryException {
		return send(SampleNotifications.of(kind, "alice@example.com", request));
	}

	private MimeMessage send(Notification notification) throws DeliveryException {
		assertThat(channel().send(notification)).isEmpty();
		MimeMessage[] mails = this.server.getReceivedMessages();
		return mails[mails.length - 1];
	}

	private static String part(MimeMessage mail, int part, String type) throws MessagingException, IOException {
		MimeMultipart parts = (MimeMultipart) mail.getContent();
		assertThat(parts.getContentType()).startsWith("multipart/alternative");
		assertThat(parts.getCount()).isEqualTo(2);
		assertThat(parts.getBodyPart(part).getContentType()).isEqualTo("text/" + type + "; charset=UTF-8");
		return parts.getBodyPart(part).getContent().toString().replace("\r\n", "\n");
	}

	private static String plain(MimeMessage mail) throws MessagingException, IOException {
		return part(mail, 0, "plain");
	}

	private static String html(MimeMessage mail) throws MessagingException, IOException {
		return part(mail, 1, "html");
	}

	@Test
	void sendWhenRequestWaitsThenTextSaysWhatAndLeadsToThePage() throws Exception {
		MimeMessage mail = send(Kind.PENDING, SampleNotifications.request());
		assertThat(mail.getSubject().replace("\u2060", ""))
			.isEqualTo("Permission request: email.send email:bob@example.com");
		assertThat(mail.getFrom()[0]).hasToString("Agent OTP <agent-otp@example.com>");
		assertThat(mail.getAllRecipients()).hasSize(1);
		assertThat(mail.getAllRecipients()[0]).hasToString("alice@example.com");
		// A newer JDK writes a narrow space in times.
		assertThat(plain(mail).replace("\u2060", "").replace('\u202f', ' ')).isEqualTo("""
				A request waits for a decision

				Mail to bob@example.com: Your invoice
				Agent: mailer
				Action: email.send
				Resource: email:bob@example.com
				To: bob@example.com
				Text:
				> Dear Bob,
				> here it is.
				Mails at most: 1
				The agent says:
				> The customer asked for it
				Decide until Nov 30, 2026, 1:10 PM (CET)

				Look and decide:
				https://otp.example.com/approvals/perm-1

				--\s
				Agent OTP sent this mail because you are told of permission requests. \
				A mail decides nothing: sign in on the page to decide.
				""");
		assertThat(html(mail)).contains("href=\"https://otp.example.com/approvals/perm-1\"")
			.contains("Mail to bob")
			.contains("prefers-color-scheme: dark")
			.doesNotContain(" th:");
	}

	@Test
	void sendWhenReaderIsGermanThenInGerman() throws Exception {
		MimeMessage mail = send(SampleNotifications.of(Kind.PENDING, "alice@example.com", SampleNotifications.request(),
				Locale.GERMAN));
		assertThat(mail.getSubject()).startsWith("Anfrage um Erlaubnis: ");
		assertThat(plain(mail)).contains("Eine Anfrage wartet auf eine Entscheidung");
		assertThat(html(mail)).contains("<html lang=\"de\">").contains("Ansehen und entscheiden");
	}

	@Test
	void sendWhenOthersAreAskedLaterThenTheirFirstMailAnswersNone() throws Exception {
		send(Kind.PENDING, SampleNotifications.request());
		send(Kind.ESCALATED, SampleNotifications.request());
		MimeMessage[] mails = this.server.getReceivedMessages();
		assertThat(mails[1].getSubject()).isEqualTo(mails[0].getSubject());
		assertThat(mails[1].getHeader("In-Reply-To")).isNull();
		assertThat(plain(mails[1])).startsWith("A request still waits. More approvers are asked now");
	}

	@Test
	void sendWhenSeveralAreAboutOneRequestThenTheyAreOneThread() throws Exception {
		for (Kind kind : List.of(Kind.PENDING, Kind.REMINDER, Kind.ENDED)) {
			send(kind, SampleNotifications.request());
		}
		MimeMessage[] mails = this.server.getReceivedMessages();
		String first = mails[0].getMessageID();
		assertThat(mails[0].getHeader("References")).isNull();
		assertThat(first).matches("<agent-otp\\.perm-1\\.[0-9a-f]{16}@example\\.com>");
		for (MimeMessage mail : List.of(mails).subList(1, 3)) {
			assertThat(mail.getHeader("References")).containsExactly(first);
			assertThat(mail.getHeader("In-Reply-To")).containsExactly(first);
			assertThat(mail.getSubject()).isEqualTo("Re: " + mails[0].getSubject());
		}
		assertThat(List.of(mails)).extracting(MimeMessage::getMessageID).doesNotHaveDuplicates();
		assertThat(plain(mails[1])).startsWith("A request still waits");
		assertThat(plain(mails[2])).startsWith("The request expired: nobody decided in time");
	}

	@Test
	void sendWhenSentTwiceThenTheSameMessageAndAnotherForAnotherPerson() throws Exception {
		String first = send(Kind.PENDING, SampleNotifications.request()).getMessageID();
		assertThat(send(Kind.PENDING, SampleNotifications.request()).getMessageID()).isEqualTo(first);
		assertThat(send(SampleNotifications.of(Kind.PENDING, "carol@example.com")).getMessageID()).isNotEqualTo(first);
	}

	@ParameterizedTest
	@EnumSource
	void sendWhenOfAnyKindThenMarkedAsOfAProgramWithOneLink(Kind kind) throws Exception {
		MimeMessage mail = send(kind, SampleNotifications.request());
		assertThat(mail.getHeader("Auto-Submitted")).containsExactly("auto-generated");
		assertThat(mail.getHeader("List-Id")).containsExactly("Agent OTP <agent-otp.example.com>");
		assertThat(mail.getHeader("X-Auto-Response-Suppress")).containsExactly("All");
		assertThat(plain(mail)).containsOnlyOnce("https://");
		assertThat(html(mail)).containsOnlyOnce("<a ").doesNotContain("<form").doesNotContain("<img");
		assertThat(channel().tells(kind)).isEqualTo(kind != Kind.DECIDED);
		assertThat(channel(1, true).tells(kind)).isTrue();
	}

	@Test
	void sendWhenNothingIsToldThenOnlyThatARequestWaits() throws Exception {
		MimeMessage mail = send(Kind.PENDING, SampleNotifications.nothing());
		assertThat(mail.getSubject()).isEqualTo("Permission request");
		assertThat(plain(mail)).startsWith("A request waits for a decision\n\nDecide until");
	}

	@ParameterizedTest
	@FieldSource("hostileTexts")
	void sendWhenTextIsHostileThenSameStructureAndNoLinkButOurs(String text) throws Exception {
		MimeMessage harmless = send(Kind.PENDING, SampleNotifications.hostile("harmless"));
		MimeMessage mail = send(Kind.PENDING, SampleNotifications.hostile(text));
		assertThat(headers(mail)).isEqualTo(headers(harmless));
		assertThat(mail.getAllRecipients()).hasSize(1);
		assertThat(mail.getSubject()).doesNotContainPattern("\\p{Cc}");
		assertThat(structure(html(mail))).isEqualTo(structure(html(harmless)));
		for (String part : List.of(mail.getSubject(), plain(mail), html(mail).replaceAll("(?s)^.*<body", ""))) {
			assertThat(part.replace(SampleNotifications.LINK.toString(), "")).doesNotContainPattern("://\\w")
				.doesNotContainPattern("//HOST")
				.doesNotContainPattern("\\w@\\w")
				.doesNotContainPattern("www\\.\\w|\\w\\.com")
				.doesNotContainPattern("[\\p{Cc}&&[^\n\t]]")
				.doesNotContainPattern("[\u202a-\u202e\u200b\u200e\u200f\ufeff]");
		}
		assertThat(html(mail)).doesNotContain(">49<").doesNotContain("<script");
	}

	@ParameterizedTest
	@ValueSource(strings = { "x", "\u0001", "\u202e", "\ud83d\ude00", "\u05d01 ", "a.", "&", "\r\n", "<" })
	void sendWhenTextIsVeryLongThenCutAndSaidSo(String text) throws Exception {
		MimeMessage mail = send(Kind.PENDING, SampleNotifications.hostile(text.repeat(200_000 / text.length())));
		assertThat(mail.getSubject().length()).isLessThan(200);
		assertThat(mail.getSize()).isLessThan(2_000_000);
		assertThat(plain(mail)).containsPattern("[0-9,]+ more characters are on the page");
	}

	private static List<String> headers(MimeMessage mail) throws MessagingException {
		List<Header> headers = Collections.list(mail.getAllHeaders());
		return headers.stream().map(Header::getName).toList();
	}

	// Names of elements and attributes, in their order.
	private static List<String> structure(String html) throws Exception {
		List<String> names = new ArrayList<>();
		new MarkupParser(ParseConfiguration.htmlConfiguration()).parse(html, new AbstractMarkupHandler() {

			@Override
			public void handleOpenElementStart(char[] buffer, int nameOffset, int nameLen, int line, int col) {
				names.add(new String(buffer, nameOffset, nameLen));
			}

			@Override
			public void handleStandaloneElementStart(char[] buffer, int nameOffset, int nameLen, boolean minimized,
					int line, int col) {
				names.add(new String(buffer, nameOffset, nameLen));
			}

			@Override
			public void handleAttribute(char[] buffer, int nameOffset, int nameLen, int nameLine, int nameCol,
					int operatorOffset, int operatorLen, int operatorLine, int operatorCol, int valueContentOffset,
					int valueContentLen, int valueOuterOffset, int valueOuterLen, int valueLine, int valueCol) {
				names.add(new String(buffer, nameOffset, nameLen) + "="
						+ new String(buffer, valueContentOffset, valueContentLen));
			}

		});
		return names;
	}

	@ParameterizedTest
	@CsvSource({ "RCPT, 550 5.1.1 No such user secret, FORGET_ADDRESS", "RCPT, 553 5.1.3 Bad address, FORGET_ADDRESS",
			"RCPT, 551 5.1.6 Moved, FORGET_ADDRESS", "RCPT, 556 5.1.10 Null MX, FORGET_ADDRESS",
			"RCPT, 550 5.2.1 Disabled, FORGET_ADDRESS", "RCPT, 550 No such user, GIVE_UP",
			"RCPT, 550 5.7.1 Rejected by policy, GIVE_UP", "RCPT, 552 5.2.2 Mailbox full, GIVE_UP",
			"RCPT, 554 5.7.1 Blocked, GIVE_UP", "RCPT, 450 4.2.1 Greylisted, RETRY", "RCPT, 451 4.3.0 Later, RETRY",
			"RCPT, 452 4.2.2 Mailbox full, RETRY", "RCPT, 421 4.7.0 Too many, RETRY",
			"MAIL, 550 5.7.1 No relay, GIVE_UP", "MAIL, 451 4.3.2 Busy, RETRY", "MAIL, 530 5.7.0 Authenticate, GIVE_UP",
			"DATA, 554 5.5.1 No, GIVE_UP", "DATA, 451 4.3.0 Later, RETRY", "., 554 5.7.1 Spam secret, GIVE_UP",
			"., 552 5.3.4 Too big, GIVE_UP", "., 452 4.3.1 No space, RETRY", "., 421 4.4.2 Bye, RETRY",
			"MAIL, '', RETRY", "., '', RETRY", "'', 554 5.3.2 Not now, RETRY", "'', 421 4.3.2 Shutting down, RETRY",
			"'', '', RETRY" })
	void sendWhenServerRefusesThenRemedyIsThatOfItsCode(String command, String answer, Remedy remedy) throws Exception {
		try (ScriptedSmtp server = new ScriptedSmtp(Map.of(command, answer))) {
			NotificationChannel channel = channel(server.port(), false);
			assertThatExceptionOfType(DeliveryException.class)
				.isThrownBy(() -> channel.send(SampleNotifications.of(Kind.PENDING, "alice@example.com")))
				.satisfies((ex) -> assertThat(ex.remedy()).as(ex.getMessage()).isEqualTo(remedy))
				.satisfies((ex) -> assertThat(ex.getMessage()).doesNotContain("secret").doesNotContain("alice"));
		}
	}

	@ParameterizedTest
	@EnumSource(MailSettings.Encryption.class)
	@Timeout(value = 1, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
	void sendWhenServerAnswersWithoutEndThenGivenUpAndClosed(MailSettings.Encryption encryption) throws Exception {
		try (DrippingSmtp server = new DrippingSmtp(encryption == MailSettings.Encryption.TLS)) {
			MailSettings settings = new MailSettings("agent-otp@example.com", false, "127.0.0.1", server.port(), null,
					null, encryption, Duration.ofSeconds(1), MessageDetails.FACTS, false);
			NotificationChannel channel = new MailConfiguration.ChannelConfiguration().mailChannel(settings,
					new StaticListableBeanFactory().getBeanProvider(JavaMailSender.class), InstantSource.system());
			assertThatExceptionOfType(DeliveryException.class)
				.isThrownBy(() -> channel.send(SampleNotifications.of(Kind.PENDING, "alice@example.com")))
				.satisfies((ex) -> assertThat(ex.remedy()).isEqualTo(Remedy.RETRY));
			assertThat(server.answered()).isGreaterThan(1);
			Await.until("the connection is closed", server::isClosed);
		}
	}

	@Test
	void sendWhenServerIsNotTrustedThenNothingIsSent() {
		GreenMail secure = mailServer(ServerSetup.PROTOCOL_SMTPS);
		secure.start();
		try {
			MailSettings settings = new MailSettings("agent-otp@example.com", false, "127.0.0.1",
					secure.getSmtps().getPort(), null, null, MailSettings.Encryption.TLS, Duration.ofSeconds(5),
					MessageDetails.FACTS, false);
			NotificationChannel channel = new MailConfiguration.ChannelConfiguration().mailChannel(settings,
					new StaticListableBeanFactory().getBeanProvider(JavaMailSender.class), InstantSource.system());
			assertThatExceptionOfType(DeliveryException.class)
				.isThrownBy(() -> channel.send(SampleNotifications.of(Kind.PENDING, "alice@example.com")));
			assertThat(secure.getReceivedMessages()).isEmpty();
		}
		finally {
			secure.stop();
		}
	}

	@Test
	void sendWhenServerIsGoneThenTriedAgain() {
		int port = this.server.getSmtp().getPort();
		this.server.stop();
		assertThatExceptionOfType(DeliveryException.class)
			.isThrownBy(() -> channel(port, false).send(SampleNotifications.of(Kind.PENDING, "alice@example.com")))
			.satisfies((ex) -> assertThat(ex.remedy()).isEqualTo(Remedy.RETRY));
	}

	@Test
	void sendWhenServerKnowsNoEncryptionThenNothingIsSent() {
		MailSettings settings = new MailSettings("agent-otp@example.com", false, "127.0.0.1",
				this.server.getSmtp().getPort(), "user", "password", MailSettings.Encryption.STARTTLS,
				Duration.ofSeconds(5), MessageDetails.FACTS, false);
		NotificationChannel channel = new MailConfiguration.ChannelConfiguration().mailChannel(settings,
				new StaticListableBeanFactory().getBeanProvider(JavaMailSender.class), InstantSource.system());
		assertThatExceptionOfType(DeliveryException.class)
			.isThrownBy(() -> channel.send(SampleNotifications.of(Kind.PENDING, "alice@example.com")));
		assertThat(this.server.getReceivedMessages()).isEmpty();
		assertThat(settings.toString()).doesNotContain("password");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "alice", "@example.com", "alice@", "alice@example.com, bob@example.com",
			"alice@example.com\r\nBcc: bob@example.com", "Alice <alice@example.com>", "alice@[127.0.0.1]",
			"alice@exa mple.com", "ali\u202ece@example.com", "all: alice@example.com;", "\"a b\"@example.com" })
	void problemOfAddressWhenItIsNoneThenSaidAndNothingIsSent(String address) {
		assertThat(channel().problemOfAddress(address)).isPresent();
		assertThatExceptionOfType(DeliveryException.class)
			.isThrownBy(() -> channel().send(SampleNotifications.of(Kind.PENDING, address)))
			.satisfies((ex) -> assertThat(ex.remedy()).isEqualTo(Remedy.FORGET_ADDRESS));
		assertThat(this.server.getReceivedMessages()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "alice@example.com", "a.b+c@mail.example.co.uk", "o'neil@example.com", "x@localhost" })
	void problemOfAddressWhenItIsOneThenNone(String address) {
		assertThat(channel().problemOfAddress(address)).isEmpty();
	}

	@Test
	void problemOfAddressWhenTooLongThenSaid() {
		assertThat(channel()
			.problemOfAddress("a@" + String.join(".", IntStream.range(0, 60).mapToObj((i) -> "label").toList())))
			.isPresent();
	}

}
