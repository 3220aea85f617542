/**
 * What agents may take up.
 */
@NullMarked
package io.agentotp.server.limit;

import org.jspecify.annotations.NullMarked;
