package io.agentotp.server.notification;

import java.net.URI;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import io.agentotp.server.notification.Notification.Fact;
import io.agentotp.server.notification.Notification.Kind;
import io.agentotp.server.notification.Notification.Outcome;
import io.agentotp.server.notification.Notification.Recipient;
import io.agentotp.server.notification.Notification.Request;
import org.jspecify.annotations.Nullable;

/**
 * Messages as the service hands them to channels.
 */
public final class SampleNotifications {

	public static final Instant ASKED = Instant.parse("2026-11-30T12:00:00Z");

	public static final URI LINK = URI.create("https://otp.example.com/approvals/perm-1");

	private SampleNotifications() {
	}

	public static Notification of(Kind kind, String address) {
		return of(kind, address, request());
	}

	public static Notification of(Kind kind, String address, @Nullable Request request) {
		return of(kind, address, request, Locale.ENGLISH);
	}

	public static Notification of(Kind kind, String address, @Nullable Request request, Locale language) {
		Outcome outcome = switch (kind) {
			case DECIDED -> new Outcome("denied", "alice", "Not today", ASKED.plusSeconds(60));
			case ENDED -> new Outcome("expired", null, null, ASKED.plusSeconds(600));
			default -> null;
		};
		Request told = (kind == Kind.TEST || kind == Kind.CONFIRM) ? null : request;
		return new Notification("n-" + kind.name().toLowerCase(Locale.ROOT) + "-1", kind,
				new Recipient("alice", address, null, language, ZoneId.of("Europe/Vienna")), told, outcome, LINK,
				Set.of());
	}

	public static Request request() {
		return new Request("perm-1", "mailer", "email.send", "email:bob@example.com",
				"Mail to bob@example.com: Your invoice", false,
				List.of(new Fact("To", "bob@example.com"), new Fact("Text", "Dear Bob,\nhere it is."),
						new Fact("Mails at most", "1")),
				true, "The customer asked for it", ASKED, ASKED.plusSeconds(600), null);
	}

	/** With the same text wherever an agent has a say. */
	public static Request hostile(String text) {
		return new Request("perm-1", "mailer", text, text, text, false, List.of(new Fact(text, text)), true, text,
				ASKED, ASKED.plusSeconds(600), null);
	}

	/** As those get it who are told nothing but that it waits. */
	public static Request nothing() {
		return new Request("perm-1", "", "", null, "A request waits for a decision", false, List.of(), false, null,
				ASKED, ASKED.plusSeconds(600), null);
	}

}
