/**
 * Metrics and traces of guarded calls.
 */
@NullMarked
package io.agentotp.spring.observation;

import org.jspecify.annotations.NullMarked;
