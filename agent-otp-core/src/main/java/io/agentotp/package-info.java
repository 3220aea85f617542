/**
 * Client of the Agent OTP permission service.
 */
@NullMarked
package io.agentotp;

import org.jspecify.annotations.NullMarked;
