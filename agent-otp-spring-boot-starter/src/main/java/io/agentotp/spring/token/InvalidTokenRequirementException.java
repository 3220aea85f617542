package io.agentotp.spring.token;

import java.lang.reflect.Method;

/**
 * A {@link io.agentotp.spring.RequiresToken} cannot be honoured as it stands. Stops the
 * start of the application.
 */
public final class InvalidTokenRequirementException extends RuntimeException {

	private final String problem;

	private final String remedy;

	InvalidTokenRequirementException(Object place, String problem, String remedy) {
		super("@RequiresToken on " + describe(place) + ": " + problem);
		this.problem = "@RequiresToken on " + describe(place) + ": " + problem;
		this.remedy = remedy;
	}

	/**
	 * Return which handler is not guarded and why.
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

	private static String describe(Object place) {
		return (place instanceof Method method) ? method.getDeclaringClass().getName() + "." + method.getName() + "()"
				: (place instanceof Class<?> type) ? type.getName() : place.toString();
	}

}
