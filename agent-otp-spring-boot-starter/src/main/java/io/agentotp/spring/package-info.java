/**
 * Guarding methods with {@link io.agentotp.spring.RequiresPermission}.
 */
@NullMarked
package io.agentotp.spring;

import org.jspecify.annotations.NullMarked;
