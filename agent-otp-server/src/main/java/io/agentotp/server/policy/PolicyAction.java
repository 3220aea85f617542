package io.agentotp.server.policy;

import java.util.Locale;

/**
 * What a policy does, the strictest first.
 */
public enum PolicyAction {

	DENY, REQUIRE_APPROVAL, AUTO_APPROVE;

	public String text() {
		return name().toLowerCase(Locale.ROOT);
	}

}
