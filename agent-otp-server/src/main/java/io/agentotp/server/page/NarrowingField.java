package io.agentotp.server.page;

import io.agentotp.server.page.text.Segment;
import java.util.List;

/**
 * A limit of the scope that an approver can narrow.
 *
 * @param id the name of its form field
 * @param kind {@code number}, {@code list} of what may be kept, or {@code additions} to
 * what is forbidden
 * @param label the path of the limit
 * @param odd whether the label is no name, so that it could say anything
 * @param hint what can be given
 * @param value what stands in the field
 * @param choices what may be kept
 * @param problem why what was given cannot be used
 */
public record NarrowingField(String id, String kind, List<Segment> label, boolean odd, String hint, String value,
		List<Choice> choices, List<Segment> problem) {

	/**
	 * An element of a list.
	 *
	 * @param index its place
	 * @param text the element
	 * @param words whether it could say anything
	 * @param kept whether it stays
	 */
	public record Choice(int index, List<Segment> text, boolean words, boolean kept) {
	}

}
