/**
 * How the client talks HTTP. Applications need this package only to replace the
 * transport.
 */
@NullMarked
package io.agentotp.transport;

import org.jspecify.annotations.NullMarked;
