package io.agentotp.spring;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The handler runs only for a request that carries a permission for it, in the header
 * that the calling service's {@code agentotp.propagation} sends. For handler methods of
 * Spring MVC and WebFlux, or their classes. Before the handler the permission service is
 * asked whether the permission is for this action, approved, and its token good;
 * otherwise the request is refused with 401, 403 or, if that cannot be found out, 503.
 *
 * <pre class="code">
 * &#64;PostMapping("/accounts/{id}/mails")
 * &#64;RequiresToken(action = "email.send", resource = "account:{id}")
 * Receipt send(@PathVariable String id, @RequestAttribute(RequiresToken.PERMISSION) Permission permission) { … }
 * </pre>
 *
 * This application must use the API key of the agent that asked: the service shows
 * permissions to nobody else. It guards requests and not calls: a handler method that
 * other code calls runs without it.
 */
@Target({ ElementType.METHOD, ElementType.TYPE })
@Retention(RetentionPolicy.RUNTIME)
@Inherited
@Documented
public @interface RequiresToken {

	/**
	 * Name of the request attribute with the {@link io.agentotp.Permission}: its
	 * {@code scope()} holds the limits that the handler has to keep.
	 */
	String PERMISSION = "io.agentotp.spring.RequiresToken.PERMISSION";

	/**
	 * The action that the permission must be for. {@code ${…}} placeholders are resolved.
	 * @return the action
	 */
	String action();

	/**
	 * The resource that the permission must be for: text with <code>{name}</code> parts,
	 * which are path variables. {@code ${…}} placeholders are resolved.
	 * @return the resource, or empty if any will do
	 */
	String resource() default "";

	/**
	 * Whether the token is used up before the handler runs, so that it opens the handler
	 * once, also if the request is sent twice. The caller cannot use the same token then:
	 * a guarded method there asks for {@code max_uses: 2} in its scope.
	 * @return {@code true} to use the token, {@code false} to verify it only
	 */
	boolean consume() default false;

}
