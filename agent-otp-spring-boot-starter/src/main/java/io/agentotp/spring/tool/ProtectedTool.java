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
	 * Return which guard it is, with its rules.
	 * @return the guard
	 */
	ToolGuard guard();

	/**
	 * Return what a guard has put in front of a tool: that of another application context
	 * has other rules, and asks another service.
	 * @param candidate the object that is in front, or that such a one answers for
	 * @param guard the guard
	 * @return the guarded tool, or {@code null} if the guard has not guarded it
	 */
	static @Nullable ProtectedTool find(Object candidate, ToolGuard guard) {
		ProtectedTool found = (candidate instanceof ProtectedTool guarded) ? guarded
				: InterfaceAdvice.find(candidate, ProtectedTool.class);
		return (found != null && found.guard() == guard) ? found : null;
	}

}
