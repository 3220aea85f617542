package io.agentotp.trust;

import io.agentotp.AgentOtpException;

/**
 * The service granted a permission without what its approvers would have signed, so
 * nothing may be done. {@link #code()} tells why:
 * <ul>
 * <li>{@code GRANT_NOT_SIGNED}: too few approvers, or none, have signed this grant</li>
 * <li>{@code GRANT_REPLAYED}: a body has begun on this grant before</li>
 * </ul>
 */
public final class UnsignedGrantException extends AgentOtpException {

	private final String problem;

	UnsignedGrantException(String code, String problem) {
		super("verify", code, problem, null);
		this.problem = problem;
	}

	/**
	 * Return what is missing, and why signatures do not count.
	 * @return the problem, without operation and code
	 */
	public String problem() {
		return this.problem;
	}

}
