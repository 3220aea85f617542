/**
 * The HTTP API.
 */
@NullMarked
package io.agentotp.server.api;

import org.jspecify.annotations.NullMarked;
