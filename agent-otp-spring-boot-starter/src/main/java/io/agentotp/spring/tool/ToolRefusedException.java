package io.agentotp.spring.tool;

import io.agentotp.AgentOtpException;

/**
 * A tool was not called, or could not do all of its work, because a permission was
 * missing. The message is what the model shall read as the result of its call; it holds
 * no secret and no argument.
 */
public final class ToolRefusedException extends RuntimeException {

	private final transient AgentOtpException refusal;

	ToolRefusedException(String message, AgentOtpException refusal) {
		super(message, refusal);
		this.refusal = refusal;
	}

	/**
	 * Return the refusal itself.
	 * @return the refusal
	 */
	public AgentOtpException refusal() {
		return this.refusal;
	}

}
