package io.agentotp.server.page;

import java.util.List;

/**
 * A line of the record.
 *
 * @param at when
 * @param event what happened
 * @param actor who
 * @param details what else is known
 */
public record TrailRow(Moment at, String event, List<Segment> actor, List<Row> details) {
}
