/**
 * Why the domain refuses something. Nothing here knows HTTP.
 */
@NullMarked
package io.agentotp.server.failure;

import org.jspecify.annotations.NullMarked;
