/**
 * What can be measured.
 */
@NullMarked
package io.agentotp.server.metric;

import org.jspecify.annotations.NullMarked;
