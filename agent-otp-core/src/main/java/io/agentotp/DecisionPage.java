package io.agentotp;

import java.util.List;

/**
 * A part of the feed of decisions.
 *
 * @param permissions what was decided, expired or was withdrawn, in that order, as it is
 * now
 * @param cursor where the next part begins
 */
public record DecisionPage(List<Permission> permissions, String cursor) {

	/**
	 * Creates a page.
	 * @param permissions what was decided
	 * @param cursor where the next part begins
	 */
	public DecisionPage {
		permissions = List.copyOf(permissions);
	}

}
