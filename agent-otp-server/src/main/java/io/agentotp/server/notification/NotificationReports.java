package io.agentotp.server.notification;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.agentotp.server.database.DatabaseWatch;
import io.agentotp.server.metric.Meters;
import io.agentotp.server.user.Addresses;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * Says who was told, and how channels work.
 */
@Component
public final class NotificationReports {

	/** Those that the service has. */
	private static final List<String> OWN = List.of("mail", "slack", "telegram", "teams", "webhook", "push");

	private static final Duration LATE = Duration.ofMinutes(5);

	private final Channels channels;

	private final NotificationStore store;

	private final Addresses addresses;

	private final InstantSource clock;

	NotificationReports(Channels channels, NotificationStore store, Addresses addresses, InstantSource clock,
			Meters meters, DatabaseWatch database) {
		this.channels = channels;
		this.store = store;
		this.addresses = addresses;
		this.clock = clock;
		meters.gauge("notifications.oldest.due",
				"Age in seconds of the oldest message that should have been sent, of all nodes",
				() -> database.isGone() ? Double.NaN : age(store.oldestDue(null, clock.instant())));
	}

	private double age(@Nullable Instant oldest) {
		return (oldest != null) ? Math.max(0, Duration.between(oldest, this.clock.instant()).toMillis() / 1000.0) : 0;
	}

	/**
	 * Whether anybody was told of requests.
	 * @param ids the ids of the requests
	 * @return whether, and why nobody was, by id
	 */
	public Map<String, Told> told(Collection<String> ids) {
		boolean none = this.channels.all().isEmpty();
		Map<String, NotificationStore.Counts> counts = none ? Map.of() : this.store.counts(ids, this.clock.instant());
		Map<String, Told> told = new HashMap<>();
		ids.forEach((id) -> told.put(id, none ? new Told(Told.State.NOBODY, Told.Problem.NO_CHANNEL)
				: told(counts.getOrDefault(id, NotificationStore.Counts.NONE))));
		return told;
	}

	private static Told told(NotificationStore.Counts counts) {
		if (counts.sent() > 0) {
			return new Told(Told.State.TOLD, null);
		}
		if (counts.fresh() > 0) {
			return new Told(Told.State.WAITING, null);
		}
		if (counts.quiet() > 0 && counts.quiet() == counts.all()) {
			return new Told(Told.State.NOBODY, Told.Problem.QUIET);
		}
		return new Told(Told.State.NOBODY, (counts.all() > 0) ? Told.Problem.FAILED : Told.Problem.NO_ADDRESS);
	}

	/**
	 * How each channel works.
	 * @return those that are on, then those of the service that are off
	 */
	public List<ChannelReport> channels() {
		List<ChannelReport> reports = new ArrayList<>();
		this.channels.all().forEach((channel) -> reports.add(report(channel)));
		OWN.stream()
			.filter((name) -> this.channels.find(name).isEmpty())
			.forEach((name) -> reports.add(ChannelReport.off(name)));
		return reports;
	}

	private ChannelReport report(NotificationChannel channel) {
		String name = channel.name();
		NotificationStore.Failure failure = this.store.lastFailure(name);
		List<String> forgotten = channel.places()
			.stream()
			.filter((place) -> this.channels.isForgotten(name, place))
			.toList();
		return new ChannelReport(name, true, channel.reachesPeople(), channel.places(), forgotten,
				this.addresses.failing(name), this.store.lastSent(name), (failure != null) ? failure.at() : null,
				(failure != null) ? failure.error() : null, this.store.oldestDue(name, this.clock.instant()),
				channel.problem().orElse(null));
	}

	/**
	 * What keeps people from being told, or from answering.
	 * @return a sentence for each channel that does not work
	 */
	public List<String> problems() {
		List<String> problems = new ArrayList<>();
		this.channels.all().stream().map(this::report).forEach((report) -> {
			if (report.failing()) {
				problems.add(report.name() + ": " + report.lastError());
			}
			else if (report.oldestDue() != null && age(report.oldestDue()) > LATE.toSeconds()) {
				problems.add(report.name() + ": a message should have been sent at " + report.oldestDue());
			}
			if (report.problem() != null) {
				problems.add(report.name() + ": " + report.problem());
			}
			if (!report.failingPeople().isEmpty()) {
				problems.add(report.name() + ": addresses of these people take no messages: "
						+ String.join(", ", report.failingPeople()));
			}
			report.forgotten()
				.forEach((place) -> problems.add(report.name() + ": " + place
						+ " is not told any more, since it takes no messages. A test message that it takes changes that"));
		});
		return problems;
	}

}
