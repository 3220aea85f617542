package io.agentotp.server.notification;

import java.time.Instant;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * How a channel works at present.
 *
 * @param name its name
 * @param on whether it is set up
 * @param people whether it reaches people
 * @param places the places that are told
 * @param forgotten those of them that are not told any more
 * @param failingPeople those of whose addresses one takes no messages
 * @param lastSent when it took a message for the last time
 * @param lastFailed when it did not, for the last time
 * @param lastError why
 * @param oldestDue since when the oldest message waits that should have been sent
 * @param problem what keeps answers from coming in
 */
public record ChannelReport(String name, boolean on, boolean people, List<String> places, List<String> forgotten,
		List<String> failingPeople, @Nullable Instant lastSent, @Nullable Instant lastFailed,
		@Nullable String lastError, @Nullable Instant oldestDue, @Nullable String problem) {

	static ChannelReport off(String name) {
		return new ChannelReport(name, false, false, List.of(), List.of(), List.of(), null, null, null, null, null);
	}

	/**
	 * Whether the last message was not taken.
	 * @return whether it is failing
	 */
	public boolean failing() {
		return this.lastFailed != null && (this.lastSent == null || this.lastFailed.isAfter(this.lastSent));
	}

}
