/**
 * The agent, its runs and the page on which to watch them.
 */
@NullMarked
package io.agentotp.sample.agent;

import org.jspecify.annotations.NullMarked;
