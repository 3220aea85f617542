/**
 * A small agent at work, with everything it needs embedded.
 */
@NullMarked
package io.agentotp.sample;

import org.jspecify.annotations.NullMarked;
