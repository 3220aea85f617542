package io.agentotp.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The method runs only with a one-time permission for exactly this call. Before the body
 * the guard asks the permission service; a policy or a human decides; unless the answer
 * is a grant, the body does not run and the caller gets a
 * {@link io.agentotp.AgentOtpException}. Afterwards the permission is marked used, with
 * the outcome.
 *
 * <pre class="code">
 * &#64;RequiresPermission(action = "email.send", resource = "email:#{#to}",
 *         scope = "{max_emails: 1, allowed_recipients: {#to}}")
 * public Receipt send(String to, String subject, String body) { … }
 * </pre>
 *
 * All named arguments are bound: the approver sees them, and the call is refused if they
 * have changed by the time the decision is there. If less is granted than asked for, the
 * call is refused, unless {@link #check()} or {@link #acceptsNarrowed()} says otherwise.
 * A parameter of type {@link io.agentotp.Permission} receives the grant, whatever the
 * caller passed.
 * <p>
 * On a class or an interface the annotation guards each of its methods; one on the method
 * wins. Expressions use the parameter names of the method that the annotation stands on,
 * and those of its implementation where they do not contradict; arguments are bound and
 * shown under the former. It works through Spring's proxies: a method that no proxy can
 * cover stops the start of the application.
 */
@Target({ ElementType.METHOD, ElementType.TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Documented
public @interface RequiresPermission {

	/**
	 * What the method does, such as {@code email.send}. Literal text; {@code ${…}}
	 * placeholders are resolved.
	 * @return the action
	 */
	String action();

	/**
	 * What it is done to. Text with {@code #{…}} parts, which are SpEL expressions over
	 * the arguments ({@code #name}). A part that is null refuses the call.
	 * @return the resource template, or empty for none
	 */
	String resource() default "";

	/**
	 * The limits asked for: a SpEL expression that makes a map, such as
	 * <code>{max_amount: #amount}</code>.
	 * @return the scope expression, or empty for none
	 */
	String scope() default "";

	/**
	 * More for the approver to know: a SpEL expression that makes a map. Shown as the
	 * agent's own words.
	 * @return the context expression, or empty for none
	 */
	String context() default "";

	/**
	 * Why the agent asks. Text with {@code #{…}} parts. Shown as the agent's own words.
	 * @return the reason template, or empty for none
	 */
	String reason() default "";

	/**
	 * How long the token lives after the approval, such as {@code 2m}: 30 seconds to 1
	 * hour. {@code ${…}} placeholders are resolved.
	 * @return the time, or empty for the service's default
	 */
	String ttl() default "";

	/**
	 * How long the call waits for a human, such as {@code 10m}. {@code ${…}} placeholders
	 * are resolved.
	 * @return the time, or empty for {@code agentotp.approval-timeout}
	 */
	String timeout() default "";

	/**
	 * Whether the call keeps to what was granted, which can be less than what was asked
	 * for: a SpEL expression over the arguments and {@code #granted}, the granted scope,
	 * such as {@code #amount <= #granted['max_amount']}. Unless it is {@code true} the
	 * call is refused; so it is when it reads a limit that was not granted, and when it
	 * does not read a limit that is narrower than asked for.
	 * @return the expression, or empty for none
	 */
	String check() default "";

	/**
	 * Whether the body itself keeps to what was granted, which can be less than what was
	 * asked for. Set it only if the body reads {@link io.agentotp.Permission#scope()} of
	 * its {@link io.agentotp.Permission} parameter or of the {@link PermissionContext},
	 * and does no more. Otherwise a call that is granted less is refused, unless its
	 * {@link #check() check} reads what is narrower. More than was asked for is always
	 * refused.
	 * @return whether the body takes a narrower scope into account
	 */
	boolean acceptsNarrowed() default false;

	/**
	 * When the permission is used up.
	 * @return the time of its use
	 */
	Consume consume() default Consume.DEFAULT;

	/**
	 * What the call does while a human has not decided.
	 * @return whether it waits
	 */
	OnPending onPending() default OnPending.DEFAULT;

}
