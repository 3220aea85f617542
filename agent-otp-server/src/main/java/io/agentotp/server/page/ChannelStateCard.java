package io.agentotp.server.page;

import java.util.List;

import io.agentotp.server.language.Messages;
import io.agentotp.server.notification.ChannelReport;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import org.jspecify.annotations.Nullable;

/**
 * How a notification channel works, for a page.
 *
 * @param name its name
 * @param on whether it is set up
 * @param people whether it reaches people
 * @param places the places that are told
 * @param forgotten those of them that are not told any more
 * @param failingPeople those of whose addresses one takes no messages
 * @param failing whether the last message was not taken
 * @param sent when it took a message for the last time
 * @param failed when it did not, for the last time
 * @param error why
 * @param due since when the oldest message waits that should have been sent
 * @param problem what keeps answers from coming in, empty if nothing does
 */
public record ChannelStateCard(String name, boolean on, boolean people, List<String> places, List<String> forgotten,
		List<String> failingPeople, boolean failing, @Nullable Moment sent, @Nullable Moment failed,
		List<Segment> error, @Nullable Moment due, List<Segment> problem) {

	static ChannelStateCard of(ChannelReport report) {
		return new ChannelStateCard(report.name(), report.on(), report.people(), report.places(), report.forgotten(),
				report.failingPeople(), report.failing(), Moment.ofNullable(report.lastSent()),
				Moment.ofNullable(report.lastFailed()), VisibleText.of(translated(report.lastError())),
				Moment.ofNullable(report.oldestDue()), VisibleText.of(translated(report.problem())));
	}

	private static @Nullable String translated(@Nullable String text) {
		return (text != null) ? Messages.ofDomain(text) : null;
	}

	/**
	 * What people call it, as on the page of their own addresses.
	 * @return the word
	 */
	public String label() {
		return Messages.word("channel", this.name);
	}

}
