package io.agentotp.server;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.NotificationChannel;
import io.agentotp.server.notification.NotificationText;
import org.junit.jupiter.api.Test;

import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.stereotype.Component;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The channel of an application, as the documentation shows it.
 */
class OwnChannelTests {

	@Test
	void requestWhenApplicationHasAChannelThenItTells() {
		try (TestServer server = TestServer.start(Host.class, "agentotp.server.users.alice.addresses.pager=555-0100")) {
			String id = server.mailer().pending("mail.send");
			PagerChannel channel = server.host().getBean(PagerChannel.class);
			Await.until("both are told", () -> channel.pages.size() == 2);
			server.alice().decide(id, true).expect(200);
			Await.until("the room is told of the end", () -> channel.pages.size() == 3);
			String link = " (mail.send) " + server.url() + "/approvals/" + id;
			assertThat(channel.pages).containsExactlyInAnyOrder("on-call: A request waits for a decision" + link,
					"555-0100: A request waits for a decision" + link, "on-call: Approved by alice" + link);
		}
	}

	@Test
	void testWhenPersonOrPlaceIsTriedThenItIsTold() throws Exception {
		try (TestServer server = TestServer.start(Host.class,
				"agentotp.server.users.root.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.root.roles=administrator",
				"agentotp.server.users.root.addresses.pager=555-0101")) {
			Browser admin = new Browser(server.url()).signedIn("root");
			Browser.Page page = admin.get("/notifications");
			admin.submit(page, "/notifications/pager/test", Map.of());
			admin.submit(page, "/notifications/pager/test", Map.of("place", "on-call"));
			admin.submit(admin.get("/account/notifications"), "/account/notifications/add",
					Map.of("channel", "pager", "address", "555-0102"));
			assertThat(server.host().getBean(PagerChannel.class).pages).hasSize(3)
				.last()
				.asString()
				.startsWith("555-0102: ")
				.contains(server.url() + "/account/notifications#pager:555-0102:");
		}
	}

	@Configuration(proxyBeanMethods = false)
	@Import({ TestServer.Host.class, PagerChannel.class })
	static class Host {

	}

	// on the page
	@Component
	static class PagerChannel implements NotificationChannel {

		private final List<String> pages = new CopyOnWriteArrayList<>();

		@Override
		public String name() {
			return "pager";
		}

		@Override
		public List<String> places() {
			return List.of("on-call");
		}

		@Override
		public Optional<String> problemOfAddress(String address) {
			return address.matches("[0-9-]+") ? Optional.empty() : Optional.of("must be the number of a pager");
		}

		@Override
		public Optional<String> send(Notification notification) throws DeliveryException {
			if (this.pages.size() == 1000) {
				throw DeliveryException.retry("The pager is full", null);
			}
			Notification.Request request = notification.request();
			String text = NotificationText.heading(notification)
					+ ((request != null) ? " (" + request.title() + ") " : " ") + notification.link();
			this.pages.add(notification.to().address() + ": " + text);
			return Optional.empty();
		}

	}
	// end

}
