package io.agentotp.spring.operation;

import java.lang.reflect.Method;

import org.jspecify.annotations.Nullable;

/**
 * A method with {@link io.agentotp.spring.RequiresPermission}, or a tool that a rule
 * names, cannot be guarded as it stands. Stops the start of the application.
 */
public final class InvalidGuardException extends RuntimeException {

	private final String problem;

	private final String remedy;

	public InvalidGuardException(Method method, String problem, String remedy, @Nullable Throwable cause) {
		this(place(method), problem, remedy, cause);
	}

	/**
	 * Creates an exception.
	 * @param place where the mistake stands
	 * @param problem what is wrong
	 * @param remedy what to change
	 * @param cause the cause, or {@code null}
	 */
	public InvalidGuardException(String place, String problem, String remedy, @Nullable Throwable cause) {
		super(place + ": " + problem, cause);
		this.problem = place + ": " + problem;
		this.remedy = remedy;
	}

	/**
	 * Return what is not guarded and why.
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

	/**
	 * Return where the attributes of a method stand.
	 */
	public static String place(Method method) {
		return "@RequiresPermission on " + method.getDeclaringClass().getName() + "." + method.getName() + "()";
	}

}
