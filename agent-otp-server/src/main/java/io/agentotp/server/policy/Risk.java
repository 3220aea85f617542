package io.agentotp.server.policy;

import java.util.Locale;

/**
 * How much is at stake, in the operator's judgement.
 */
public enum Risk {

	LOW, NORMAL, HIGH;

	public String text() {
		return name().toLowerCase(Locale.ROOT);
	}

}
