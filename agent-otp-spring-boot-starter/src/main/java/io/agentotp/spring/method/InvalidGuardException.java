package io.agentotp.spring.method;

import java.lang.reflect.Method;

import org.jspecify.annotations.Nullable;

/**
 * A method with {@link io.agentotp.spring.RequiresPermission} cannot be guarded as it
 * stands. Stops the start of the application.
 */
public final class InvalidGuardException extends RuntimeException {

	private final String problem;

	private final String remedy;

	InvalidGuardException(Method method, String problem, String remedy, @Nullable Throwable cause) {
		super("@RequiresPermission on " + describe(method) + ": " + problem, cause);
		this.problem = "@RequiresPermission on " + describe(method) + ": " + problem;
		this.remedy = remedy;
	}

	/**
	 * Return which method is not guarded and why.
	 * @return the problem
	 */
	public String problem() {
		return this.problem;
	}

	/**
	 * Return what to change.
	 * @return the remedy
	 */
	public String remedy() {
		return this.remedy;
	}

	private static String describe(Method method) {
		return method.getDeclaringClass().getName() + "." + method.getName() + "()";
	}

}
