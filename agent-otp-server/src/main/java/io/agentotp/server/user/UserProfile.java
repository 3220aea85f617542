package io.agentotp.server.user;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.database.Params;
import io.agentotp.server.failure.FieldProblems;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a user belongs to, and how it is told.
 *
 * @param groups the names of its groups
 * @param language its language, such as {@code de}, or {@code null} for that of the
 * service
 * @param timeZone its time zone, such as {@code Europe/Berlin}, or {@code null} for that
 * of the service
 * @param issuer the identity provider that knows it, or {@code null}
 * @param subject its stable id there, or {@code null}
 * @param quietFrom when nothing that can wait is told, such as {@code 22:00}, or
 * {@code null} if it always is
 * @param quietUntil the end of that time
 * @param quietFirst whether also the first message of a request waits for that end
 */
public record UserProfile(SortedSet<String> groups, @Nullable String language, @Nullable String timeZone,
		@Nullable String issuer, @Nullable String subject, @Nullable String quietFrom, @Nullable String quietUntil,
		boolean quietFirst) {

	/**
	 * That of a user of whom nothing is known.
	 */
	public static final UserProfile NONE = new UserProfile(Collections.emptySortedSet(), null, null, null, null, null,
			null, false);

	private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT);

	public UserProfile {
		groups = Collections.unmodifiableSortedSet(new TreeSet<>(groups));
	}

	/**
	 * The same one in other groups.
	 * @param others the names of the groups
	 * @return the profile
	 */
	public UserProfile withGroups(Collection<String> others) {
		return new UserProfile(new TreeSet<>(others), this.language, this.timeZone, this.issuer, this.subject,
				this.quietFrom, this.quietUntil, this.quietFirst);
	}

	/**
	 * The same one with another identity outside.
	 * @param otherIssuer the identity provider, or {@code null}
	 * @param otherSubject the id there, or {@code null}
	 * @return the profile
	 */
	public UserProfile withIdentity(@Nullable String otherIssuer, @Nullable String otherSubject) {
		return new UserProfile(this.groups, this.language, this.timeZone, otherIssuer, otherSubject, this.quietFrom,
				this.quietUntil, this.quietFirst);
	}

	/**
	 * The same one with other wishes of how to be told.
	 * @param otherLanguage the language, or {@code null}
	 * @param otherZone the time zone, or {@code null}
	 * @param from when the quiet hours begin, or {@code null}
	 * @param until when they end, or {@code null}
	 * @param first whether the first message waits, too
	 * @return the profile
	 */
	public UserProfile withPreferences(@Nullable String otherLanguage, @Nullable String otherZone,
			@Nullable String from, @Nullable String until, boolean first) {
		return new UserProfile(this.groups, otherLanguage, otherZone, this.issuer, this.subject, from, until, first);
	}

	/**
	 * Its language.
	 * @return the language, empty for that of the service
	 */
	public Optional<Locale> locale() {
		return Optional.ofNullable(this.language).map(Locale::forLanguageTag);
	}

	/**
	 * Its time zone.
	 * @return the time zone, empty for that of the service
	 */
	public Optional<ZoneId> zone() {
		return Optional.ofNullable(this.timeZone).map(ZoneId::of);
	}

	/**
	 * When the quiet hours end.
	 * @param now a moment
	 * @param service the time zone of the service, for who has none
	 * @return the end of those that the moment is in; empty if it is in none
	 */
	public Optional<Instant> quietUntil(Instant now, ZoneId service) {
		if (this.quietFrom == null || this.quietUntil == null || this.quietFrom.equals(this.quietUntil)) {
			return Optional.empty();
		}
		LocalTime from = LocalTime.parse(this.quietFrom, TIME);
		LocalTime until = LocalTime.parse(this.quietUntil, TIME);
		ZonedDateTime local = now.atZone(zone().orElse(service));
		LocalTime time = local.toLocalTime();
		boolean overnight = until.isBefore(from);
		boolean evening = !time.isBefore(from);
		boolean morning = time.isBefore(until);
		if (overnight ? !evening && !morning : !evening || !morning) {
			return Optional.empty();
		}
		ZonedDateTime end = local.toLocalDate()
			.plusDays((overnight && evening) ? 1 : 0)
			.atTime(until)
			.atZone(local.getZone());
		// An hour that comes twice ends twice.
		return Optional.of((end.toInstant().isAfter(now) ? end : end.withLaterOffsetAtOverlap()).toInstant());
	}

	/**
	 * Refuses what cannot be kept.
	 */
	void check() {
		FieldProblems problems = new FieldProblems();
		if (!this.groups.stream().allMatch((group) -> AgentOtpServerProperties.User.GROUP.matcher(group).matches())) {
			problems.add("groups", "must be names of 1 to 64 letters, digits, dots, hyphens or underscores");
		}
		else if (this.groups.size() > AgentOtpServerProperties.User.MAX_GROUPS) {
			problems.add("groups", "must be at most " + AgentOtpServerProperties.User.MAX_GROUPS);
		}
		if (this.language != null && !AgentOtpServerProperties.User.isLanguage(this.language)) {
			problems.add("language", "must be a language such as en or de");
		}
		if (this.timeZone != null && !AgentOtpServerProperties.User.isTimeZone(this.timeZone)) {
			problems.add("timeZone", "must be a time zone such as Europe/Berlin");
		}
		requireBoth(problems, "subject", this.issuer, this.subject);
		requireLength(problems, "issuer", this.issuer, 500);
		requireLength(problems, "subject", this.subject, 255);
		requireBoth(problems, "quietUntil", this.quietFrom, this.quietUntil);
		requireTime(problems, "quietFrom", this.quietFrom);
		requireTime(problems, "quietUntil", this.quietUntil);
		if (!problems.isEmpty()) {
			throw new InvalidInputException(problems);
		}
	}

	private static void requireBoth(FieldProblems problems, String field, @Nullable String one,
			@Nullable String other) {
		if ((one == null) != (other == null)) {
			problems.add(field, "needs its other half: give both or none");
		}
	}

	private static void requireLength(FieldProblems problems, String field, @Nullable String text, int max) {
		if (text != null && (text.isBlank() || text.length() > max)) {
			problems.add(field, "must have 1 to " + max + " characters and not be blank");
		}
	}

	private static void requireTime(FieldProblems problems, String field, @Nullable String text) {
		try {
			if (text != null && !TIME.format(TIME.parse(text)).equals(text)) {
				problems.add(field, "must be a time such as 22:00");
			}
		}
		catch (DateTimeParseException ex) {
			problems.add(field, "must be a time such as 22:00");
		}
	}

	static UserProfile read(ResultSet row) throws SQLException {
		return new UserProfile(groups(row.getString("member_of")), row.getString("language"),
				row.getString("time_zone"), row.getString("issuer"), row.getString("subject"),
				row.getString("quiet_from"), row.getString("quiet_until"), row.getBoolean("quiet_first"));
	}

	private static SortedSet<String> groups(String json) {
		return new TreeSet<>(Json.read(json).valueStream().map(JsonNode::stringValue).toList());
	}

	static String text(Collection<String> groups) {
		return Json.write(List.copyOf(new TreeSet<>(groups)));
	}

	List<?> params() {
		return Params.of(text(this.groups), this.language, this.timeZone, this.issuer, this.subject, this.quietFrom,
				this.quietUntil, this.quietFirst);
	}

	/**
	 * What is another one than before.
	 * @param before the profile before
	 * @return the new values by their names
	 */
	ObjectNode changes(UserProfile before) {
		ObjectNode changes = Json.object();
		ObjectNode old = before.view();
		view().properties()
			.stream()
			.filter((field) -> !field.getValue().equals(old.get(field.getKey())))
			.map(Map.Entry::getKey)
			.forEach((field) -> changes.set(field, view().get(field)));
		return changes;
	}

	/**
	 * The profile as JSON, as the API and the audit log have it.
	 * @return the fields
	 */
	public ObjectNode view() {
		ObjectNode view = Json.object();
		this.groups.forEach(view.putArray("groups")::add);
		return view.put("language", this.language)
			.put("timeZone", this.timeZone)
			.put("issuer", this.issuer)
			.put("subject", this.subject)
			.put("quietFrom", this.quietFrom)
			.put("quietUntil", this.quietUntil)
			.put("quietFirst", this.quietFirst);
	}

}
