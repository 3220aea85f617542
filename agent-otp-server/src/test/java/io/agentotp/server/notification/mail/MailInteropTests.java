package io.agentotp.server.notification.mail;

import java.time.Duration;
import java.time.InstantSource;

import io.agentotp.server.NodePrograms;
import io.agentotp.server.NodePrograms.NodeProgram;
import io.agentotp.server.config.MailSettings;
import io.agentotp.server.config.MessageDetails;
import io.agentotp.server.json.Json;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.DeliveryException.Remedy;
import io.agentotp.server.notification.Notification.Kind;
import io.agentotp.server.notification.NotificationChannel;
import io.agentotp.server.notification.SampleNotifications;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import org.springframework.beans.factory.support.StaticListableBeanFactory;
import org.springframework.mail.javamail.JavaMailSender;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Mails to a server that others have written and that refuses recipients.
 */
@Tag("interop")
class MailInteropTests {

	@Test
	void sendWhenServerRefusesOrTakesThenRemedyIsThatOfItsCode() throws Exception {
		try (NodeProgram server = NodePrograms.start("smtp")) {
			NotificationChannel channel = channel(Integer.parseInt(server.read()));
			refused(channel, "a550.5.1.1@example.com", Remedy.FORGET_ADDRESS);
			refused(channel, "a550.5.7.1@example.com", Remedy.GIVE_UP);
			refused(channel, "a550@example.com", Remedy.GIVE_UP);
			refused(channel, "a450.4.2.1@example.com", Remedy.RETRY);
			refused(channel, "a421@example.com", Remedy.RETRY);
			channel.send(SampleNotifications.of(Kind.PENDING, "alice@example.com"));
			JsonNode mail = Json.read(server.read());
			assertThat(mail.path("from").stringValue()).isEqualTo("agent-otp@example.com");
			assertThat(mail.path("to")).singleElement()
				.satisfies((to) -> assertThat(to.stringValue()).isEqualTo("alice@example.com"));
			assertThat(mail.path("text").stringValue()).contains("Auto-Submitted: auto-generated\r\n");
		}
	}

	private static NotificationChannel channel(int port) {
		MailSettings settings = new MailSettings("agent-otp@example.com", false, "127.0.0.1", port, null, null,
				MailSettings.Encryption.NONE, Duration.ofSeconds(5), MessageDetails.FACTS, false);
		return new MailConfiguration.ChannelConfiguration().mailChannel(settings,
				new StaticListableBeanFactory().getBeanProvider(JavaMailSender.class), InstantSource.system());
	}

	private static void refused(NotificationChannel channel, String address, Remedy remedy) {
		assertThatExceptionOfType(DeliveryException.class)
			.isThrownBy(() -> channel.send(SampleNotifications.of(Kind.PENDING, address)))
			.satisfies((ex) -> assertThat(ex.remedy()).as(ex.getMessage()).isEqualTo(remedy));
	}

}
