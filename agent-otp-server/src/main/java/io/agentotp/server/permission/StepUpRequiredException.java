package io.agentotp.server.permission;

import java.util.Map;

import io.agentotp.server.failure.NotAllowedException;
import io.agentotp.server.policy.StepUp;

/**
 * The policy lets nobody approve this by a click alone.
 */
public final class StepUpRequiredException extends NotAllowedException {

	private final StepUp stepUp;

	StepUpRequiredException(StepUp stepUp, String text) {
		super(text, Map.of("stepUp", stepUp.text()));
		this.stepUp = stepUp;
	}

	/**
	 * What it asks for.
	 * @return what
	 */
	public StepUp stepUp() {
		return this.stepUp;
	}

}
