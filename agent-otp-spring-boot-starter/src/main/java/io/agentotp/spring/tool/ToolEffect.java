package io.agentotp.spring.tool;

/**
 * What a rule says about the calls of a tool.
 */
public enum ToolEffect {

	/** Each call needs a permission. */
	ASK,

	/** Calls need no permission. */
	ALLOW,

	/** No call is made. */
	DENY

}
