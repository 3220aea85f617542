package io.agentotp.server.page;

import java.util.List;

import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.user.KeptReasons;

/**
 * A reason that a person keeps.
 *
 * @param id what names it in forms
 * @param text the reason
 * @param shown the reason as a page shows it
 */
public record KeptReason(String id, String text, List<Segment> shown) {

	static List<KeptReason> of(List<String> reasons) {
		return reasons.stream()
			.map((reason) -> new KeptReason(KeptReasons.id(reason), reason, VisibleText.of(reason)))
			.toList();
	}

}
