/**
 * The method guard: finds guarded methods, asks, binds the permission to the call, runs
 * the body.
 * <p>
 * Internal: applications need not name it.
 */
@NullMarked
package io.agentotp.spring.method;

import org.jspecify.annotations.NullMarked;
