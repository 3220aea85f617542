package io.agentotp.server.page;

import java.util.List;

import io.agentotp.server.page.text.Segment;
import org.jspecify.annotations.Nullable;

/**
 * A request among similar ones.
 *
 * @param card the request
 * @param cells its values in each column, {@code null} where it has none
 * @param signs what has to be known before it is approved
 */
public record SimilarRow(PermissionCard card, List<@Nullable Fact> cells, List<Sign> signs) {

	/**
	 * A warning.
	 *
	 * @param key which
	 * @param names of which values, or empty
	 */
	public record Sign(String key, List<List<Segment>> names) {
	}

}
