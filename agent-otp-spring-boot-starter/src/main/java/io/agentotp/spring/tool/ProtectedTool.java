package io.agentotp.spring.tool;

import org.jspecify.annotations.Nullable;

/**
 * A tool as a framework calls it, with the guard in front.
 */
public interface ProtectedTool {

	/**
	 * Return how the tool is guarded.
	 * @return its protection
	 */
	ToolProtection protection();

	/**
	 * Return the guard that an object is, or that answers in its place.
	 */
	static @Nullable ProtectedTool find(Object candidate) {
		return (candidate instanceof ProtectedTool guarded) ? guarded
				: InterfaceAdvice.find(candidate, ProtectedTool.class);
	}

}
