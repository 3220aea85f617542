package io.agentotp.server.page;

import java.util.List;

import io.agentotp.server.page.text.Segment;
import org.jspecify.annotations.Nullable;

/**
 * A row of the inbox: a request with those that are identical, many similar ones, or all
 * of an agent that has a lot.
 *
 * @param key what stays the same while its requests come and go
 * @param version changes with which requests they are
 * @param card the request that ends first
 * @param requests how many wait
 * @param kinds how many different ones they are
 * @param sum the sum of their amounts, or empty
 * @param link where similar ones are decided on, {@code null} for any other row
 * @param rows the rows of an agent, empty for any other row
 * @param filter where all rows of the agent are shown
 * @param agent the agent, as a page shows it
 * @param high whether one of them is of high risk
 */
public record InboxRow(String key, String version, PermissionCard card, int requests, int kinds, String sum,
		@Nullable String link, List<InboxRow> rows, String filter, List<Segment> agent, boolean high) {
}
