/**
 * The table that the agent must not delete.
 */
@NullMarked
package io.agentotp.sample.customers;

import org.jspecify.annotations.NullMarked;
