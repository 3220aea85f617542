package io.agentotp.server.notification;

import java.net.URI;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * What one recipient is told. Texts are plain: a channel writes them so that nothing in
 * them is markup, a link or a mention there.
 *
 * @param id the same each time that it is sent; another one for each recipient
 * @param kind what it is about
 * @param to who is told
 * @param request the request, or {@code null} if it is about none
 * @param outcome how the request ended, or {@code null} while it waits
 * @param link the page of the request, the one that confirms an address, or the service
 * @param answers what the recipient may answer in the message itself: empty for a place
 * where nobody decides, for what is of high risk, if the message does not show all that
 * is bound, and if the request is over
 * @param progress how many have approved, where more than one has to and the request
 * waits, otherwise {@code null}
 */
public record Notification(String id, Kind kind, Recipient to, @Nullable Request request, @Nullable Outcome outcome,
		URI link, Set<Answer> answers, @Nullable Progress progress) {

	public Notification(String id, Kind kind, Recipient to, @Nullable Request request, @Nullable Outcome outcome,
			URI link, Set<Answer> answers) {
		this(id, kind, to, request, outcome, link, answers, null);
	}

	/**
	 * A message that is about no request.
	 * @param kind what it is about
	 * @param to who is told
	 * @param link the page to open
	 * @return the message
	 */
	static Notification withoutRequest(Kind kind, Recipient to, URI link) {
		return new Notification(UUID.randomUUID().toString(), kind, to, null, null, link, Set.of());
	}

	/**
	 * What a message is about. The names are those of the database.
	 */
	public enum Kind {

		/**
		 * A request waits.
		 */
		PENDING,

		/**
		 * A request still waits.
		 */
		REMINDER,

		/**
		 * A request waits, and others did not decide in time.
		 */
		ESCALATED,

		/**
		 * A person decided.
		 */
		DECIDED,

		/**
		 * Nobody decided: it expired, or was withdrawn or ended.
		 */
		ENDED,

		/**
		 * Nobody can decide on a request that waits; administrators are told.
		 */
		UNDECIDABLE,

		/**
		 * Nobody was told of a request that waits, or is told soon; administrators are.
		 */
		UNTOLD,

		/**
		 * A person says that this address is theirs, and proves it by opening the link
		 * while signed in.
		 */
		CONFIRM,

		/**
		 * An administrator tries the channel.
		 */
		TEST;

		/**
		 * Whether administrators are told, as such, that a request cannot be decided.
		 */
		boolean isForAdministrators() {
			return this == UNDECIDABLE || this == UNTOLD;
		}

	}

	/**
	 * An answer in a message.
	 */
	public enum Answer {

		APPROVE, DENY

	}

	/**
	 * Who is told.
	 *
	 * @param person the name of the person, or {@code null} for a place
	 * @param address the address of the person in the channel, or the name of the place
	 * @param secrets what else the channel stored with the address, as JSON, or
	 * {@code null}
	 * @param language the language of the person, or of the service
	 * @param zone the time zone of the person, or of the service
	 */
	public record Recipient(@Nullable String person, String address, @Nullable String secrets, Locale language,
			ZoneId zone) {

		@Override
		public String toString() {
			return "Recipient[" + this.person + "]";
		}

	}

	/**
	 * A request as the recipient may see it.
	 *
	 * @param permissionId the id of the permission
	 * @param agent the agent
	 * @param action the action
	 * @param resource the resource, or {@code null} if there is none or it is not told
	 * @param title what it is in the operator's words, or action and resource
	 * @param highRisk whether the operator calls the action's risk high
	 * @param facts what is bound, as far as the channel tells it
	 * @param complete whether that is all that is bound
	 * @param reason what the agent says of it, which may be untrue; {@code null} if
	 * nothing or not told
	 * @param askedAt when it was asked for
	 * @param until when nobody can decide any more
	 * @param problem what keeps it from being approved, or {@code null}
	 */
	public record Request(String permissionId, String agent, String action, @Nullable String resource, String title,
			boolean highRisk, List<Fact> facts, boolean complete, @Nullable String reason, Instant askedAt,
			Instant until, @Nullable String problem) {

		/**
		 * Whether a message that shows it all may be answered: nothing else is to be
		 * looked at or typed before.
		 * @return {@code false} if it is decided on its page only
		 */
		public boolean isAnswerable() {
			return this.complete && !this.highRisk && this.problem == null;
		}

		@Override
		public String toString() {
			return "Request[" + this.permissionId + "]";
		}

	}

	/**
	 * A value that is bound.
	 *
	 * @param label its name
	 * @param value the value as text
	 */
	public record Fact(String label, String value) {

		@Override
		public String toString() {
			return "Fact[" + this.label + "]";
		}

	}

	/**
	 * How many have approved.
	 *
	 * @param given how many have
	 * @param needed how many have to
	 * @param stage the stage that waits, empty if there are none or it is not told
	 */
	public record Progress(int given, int needed, String stage) {
	}

	/**
	 * How a request ended.
	 *
	 * @param status the status of the permission, such as {@code approved}
	 * @param by who decided, or {@code null} if nobody did
	 * @param reason what was said of it, {@code null} if nothing or not told
	 * @param at when
	 */
	public record Outcome(String status, @Nullable String by, @Nullable String reason, Instant at) {

		@Override
		public String toString() {
			return "Outcome[" + this.status + "]";
		}

	}

}
