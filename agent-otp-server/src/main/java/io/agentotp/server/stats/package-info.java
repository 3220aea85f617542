/**
 * Statistics over time.
 */
@NullMarked
package io.agentotp.server.stats;

import org.jspecify.annotations.NullMarked;
