/**
 * How a guarded call runs, whatever it is: asks, waits, checks, runs the body, reports.
 * Internal, except for {@link io.agentotp.spring.guard.PermissionGuardCustomizer} and
 * what it configures.
 */
@NullMarked
package io.agentotp.spring.guard;

import org.jspecify.annotations.NullMarked;
