package io.agentotp.server.notification;

import java.net.URI;
import java.time.Instant;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.agentotp.server.HostileText;
import io.agentotp.server.notification.Notification.Answer;
import io.agentotp.server.notification.Notification.Fact;
import io.agentotp.server.notification.Notification.Kind;
import io.agentotp.server.notification.Notification.Outcome;
import io.agentotp.server.notification.Notification.Recipient;
import io.agentotp.server.notification.Notification.Request;

/**
 * Messages with whatever an agent could put into them.
 */
public final class Notifications {

	public static final String ID = "11111111-2222-4333-8444-555555555555";

	private static final int TRIES = 400;

	private static final List<String> MORE = List.of("<!channel>", "<@U012AB3CD>", "<https://evil.example|Approve>",
			"*bold* _it_ ~x~ `code`", "https://evil.example/x", "evil.example", "@alice", "#general", "/start abc",
			"a@evil.example", "+43 664 1234567", "tg://user?id=1", "[x](https://evil.example)", "<b>x</b>", ":tada:",
			"x".repeat(4999), "\ud83d\ude00".repeat(2500), "a\r\nSubject: x");

	private Notifications() {
	}

	/**
	 * Gives random messages of hostile texts.
	 */
	public static void hostile(Consumer<Notification> test) {
		Random random = new Random(42);
		for (int i = 0; i < TRIES; i++) {
			List<Fact> facts = IntStream.range(0, random.nextInt(30))
				.mapToObj((each) -> new Fact(text(random), text(random)))
				.toList();
			Outcome outcome = random.nextInt(3) == 0 ? new Outcome("denied", "alice", text(random), Instant.EPOCH)
					: null;
			test.accept(of((outcome != null) ? Kind.DECIDED : Kind.PENDING,
					new Request(ID, "agent", "action." + i, text(random), text(random), false, facts, true,
							text(random), Instant.EPOCH, Instant.EPOCH.plusSeconds(600), null),
					outcome));
		}
	}

	private static String text(Random random) {
		List<String> from = random.nextBoolean() ? HostileText.ALL : MORE;
		return from.get(random.nextInt(from.size()));
	}

	public static Notification of(Kind kind, Request request, Outcome outcome) {
		Set<Answer> answers = (outcome == null) ? EnumSet.allOf(Answer.class) : Set.of();
		return new Notification("n-1", kind, new Recipient("bob", "U1", null, Locale.ENGLISH, ZoneId.of("UTC")),
				request, outcome, URI.create("https://otp.example.org/approvals/" + ID), answers);
	}

	public static Request request(Fact... facts) {
		return new Request(ID, "mailer", "mail.send", "email:bob", "Send a mail", false, List.of(facts), true, "why",
				Instant.EPOCH, Instant.EPOCH.plusSeconds(600), null);
	}

	public static Notification to(String address) {
		Notification notification = of(Kind.PENDING, request(), null);
		return new Notification(notification.id(), notification.kind(),
				new Recipient("bob", address, null, Locale.ENGLISH, ZoneId.of("UTC")), notification.request(), null,
				notification.link(), notification.answers());
	}

	/**
	 * All that an agent said in a message.
	 */
	public static List<String> said(Notification notification) {
		Request request = notification.request();
		return Stream
			.concat(Stream.of(request.title(), request.resource(), request.reason()),
					request.facts().stream().flatMap((fact) -> Stream.of(fact.label(), fact.value())))
			.filter((text) -> text != null && text.length() > 3)
			.toList();
	}

}
