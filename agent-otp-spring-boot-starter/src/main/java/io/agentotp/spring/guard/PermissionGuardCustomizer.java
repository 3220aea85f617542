package io.agentotp.spring.guard;

/**
 * Adds to the configuration of the guard before it is built. As a bean, it is applied to
 * the auto-configured one.
 */
@FunctionalInterface
public interface PermissionGuardCustomizer {

	/**
	 * Adds to the configuration.
	 * @param builder configures the guard
	 */
	void customize(PermissionGuard.Builder builder);

}
