/**
 * Tokens: how they are derived, and the secret behind them.
 */
@NullMarked
package io.agentotp.server.token;

import org.jspecify.annotations.NullMarked;
