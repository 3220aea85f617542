package io.agentotp.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Repeatable;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On a test method or class: the {@link FakeAgentOtp} of {@link AutoConfigureAgentOtp}
 * denies. What is on the method counts more than what is on the class; on the same
 * element a denial counts more than an approval. One on a method that decides no
 * permission request fails the test, since its action may be misspelt. For one on a class
 * the log has a warning.
 */
@Target({ ElementType.METHOD, ElementType.TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
@Repeatable(WithDeniedPermission.List.class)
public @interface WithDeniedPermission {

	/**
	 * Which action.
	 * @return the action, or empty for every one
	 */
	String value() default "";

	/**
	 * Why.
	 * @return the reason
	 */
	String reason() default "denied by the test";

	/**
	 * Several of them.
	 */
	@Target({ ElementType.METHOD, ElementType.TYPE })
	@Retention(RetentionPolicy.RUNTIME)
	@Documented
	@Inherited
	@interface List {

		/**
		 * Return the annotations.
		 * @return the annotations
		 */
		WithDeniedPermission[] value();

	}

}
