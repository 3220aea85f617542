package io.agentotp.server.page;

import java.util.List;

import io.agentotp.server.language.Messages;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.policy.PolicyVersion;
import org.jspecify.annotations.Nullable;

/**
 * A version of the policies in a list.
 *
 * @param version its number
 * @param at when it was made
 * @param by by whom
 * @param cause why
 * @param problem what is wrong with what is stored of it
 */
public record PolicyVersionRow(long version, Moment at, List<Segment> by, List<Segment> cause,
		@Nullable String problem) {

	/**
	 * What is wrong with it, for the reader.
	 * @return the text
	 */
	public String problemText() {
		return (this.problem != null) ? Messages.ofDomain(this.problem) : "";
	}

	static PolicyVersionRow of(PolicyVersion version) {
		return new PolicyVersionRow(version.version(), Moment.of(version.createdAt()),
				VisibleText.of(version.createdBy()), VisibleText.of(version.cause()), version.problem());
	}

}
