/**
 * Health of the permission service.
 */
@NullMarked
package io.agentotp.spring.boot.health;

import org.jspecify.annotations.NullMarked;
