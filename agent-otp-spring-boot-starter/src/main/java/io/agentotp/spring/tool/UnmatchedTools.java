package io.agentotp.spring.tool;

/**
 * What happens with tools that no rule names and that are no guarded methods.
 */
public enum UnmatchedTools {

	/** They can be called without a permission. */
	ALLOW,

	/** They cannot be called. */
	DENY

}
