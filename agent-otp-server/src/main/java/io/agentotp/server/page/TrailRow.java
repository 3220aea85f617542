package io.agentotp.server.page;

import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import java.util.List;

/**
 * A line of the audit log.
 *
 * @param at when
 * @param event what happened
 * @param actor who
 * @param byOwner whether the owner of the agent decided
 * @param test whether it is about what a key for tests asked for
 * @param details what else is known
 */
public record TrailRow(Moment at, String event, List<Segment> actor, boolean byOwner, boolean test, List<Row> details) {
}
