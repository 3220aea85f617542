/**
 * The agents that ask, and their keys.
 */
@NullMarked
package io.agentotp.server.agent;

import org.jspecify.annotations.NullMarked;
