package io.agentotp.spring;

/**
 * Names what of a class is bound and shown, for a class that cannot be written field by
 * field. A bean of this type applies to all arguments of guarded methods, at any depth,
 * whose class is {@code T} or a subclass that has no form of its own.
 * <p>
 * The form must hold everything that guarded methods read of the value: two values with
 * one form are the same call. The approver sees the name of the bean beside the form.
 *
 * @param <T> the class
 */
@FunctionalInterface
public interface BoundForm<T> {

	/**
	 * Returns the form of a value.
	 * @param value the value
	 * @return plain data: texts, numbers, lists, maps and records
	 */
	Object write(T value);

}
