package io.agentotp.server.page;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;

import io.agentotp.server.language.Messages;
import io.agentotp.server.user.Delegation;

/**
 * A delegation, as pages show it.
 *
 * @param id its id
 * @param from who is away
 * @param to who decides for them
 * @param time from when until when, of which a day is meant with its end
 * @param begun whether it holds now
 */
public record DelegationRow(String id, String from, String to, String time, boolean begun) {

	static DelegationRow of(Delegation delegation, ZoneId zone, Instant now) {
		boolean begun = !delegation.startsAt().isAfter(now);
		ZonedDateTime start = delegation.startsAt().atZone(zone);
		ZonedDateTime end = delegation.endsAt().atZone(zone);
		String until = isMidnight(end) ? Messages.get("away.until-end-of", text("time.day", end.minusDays(1)))
				: Messages.get("away.until-moment", text("time.moment", end));
		String time = begun ? until
				: Messages.get("away.from-until", text(isMidnight(start) ? "time.day" : "time.moment", start), until);
		return new DelegationRow(delegation.id(), delegation.from(), delegation.to(), time + " (" + zone.getId() + ")",
				begun);
	}

	private static boolean isMidnight(ZonedDateTime time) {
		return time.equals(time.toLocalDate().atStartOfDay(time.getZone()));
	}

	private static String text(String format, ZonedDateTime time) {
		return DateTimeFormatter.ofPattern(Messages.get(format), Messages.language()).format(time);
	}

}
