package io.agentotp.test;

import java.util.List;

import org.assertj.core.api.AbstractAssert;
import org.assertj.core.api.Assertions;

/**
 * Assertions on what a {@link FakeAgentOtp} was asked since the last
 * {@link FakeAgentOtp#reset() reset}.
 */
public final class FakeAgentOtpAssert extends AbstractAssert<FakeAgentOtpAssert, FakeAgentOtp> {

	FakeAgentOtpAssert(FakeAgentOtp actual) {
		super(actual, FakeAgentOtpAssert.class);
	}

	/**
	 * Verifies that an action was asked for exactly once.
	 * @param action the action
	 * @return assertions on that request
	 */
	public AskedPermissionAssert asked(String action) {
		askedTimes(action, 1);
		return new AskedPermissionAssert(requests(action).get(0));
	}

	/**
	 * Verifies how often an action was asked for.
	 * @param action the action
	 * @param times how often
	 * @return this
	 */
	public FakeAgentOtpAssert askedTimes(String action, int times) {
		isNotNull();
		int asked = requests(action).size();
		if (asked != times) {
			failWithMessage("Expected %s to be asked for %s times, but it was %s times. All requests:%n%s", action,
					times, asked, this.actual.asked());
		}
		return this;
	}

	/**
	 * Verifies that nothing was asked.
	 * @return this
	 */
	public FakeAgentOtpAssert askedNothing() {
		isNotNull();
		Assertions.assertThat(this.actual.asked()).as("requests").isEmpty();
		return this;
	}

	/**
	 * Verifies that each action that the service was told about, such as by
	 * {@link FakeAgentOtp#deny(String, String)}, was asked for.
	 * @return this
	 */
	public FakeAgentOtpAssert metItsScript() {
		isNotNull();
		List<String> unmet = this.actual.unmet();
		if (!unmet.isEmpty()) {
			failWithMessage(
					"%s decided no permission request. Check the action and that the context has the guard. All requests:%n%s",
					String.join(", ", unmet), this.actual.asked());
		}
		return this;
	}

	private List<AskedPermission> requests(String action) {
		return this.actual.asked().stream().filter((asked) -> asked.action().equals(action)).toList();
	}

}
