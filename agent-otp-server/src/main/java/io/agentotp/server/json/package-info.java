/**
 * Reading and writing JSON with the limits of the protocol.
 */
@NullMarked
package io.agentotp.server.json;

import org.jspecify.annotations.NullMarked;
