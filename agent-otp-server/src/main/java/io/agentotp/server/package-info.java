/**
 * The Agent OTP permission service.
 */
@NullMarked
package io.agentotp.server;

import org.jspecify.annotations.NullMarked;
