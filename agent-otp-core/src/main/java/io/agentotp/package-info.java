/**
 * Client of the Agent OTP permission service: ask for a one-time permission, wait for the
 * decision of a policy or a human, use the token once. Start with
 * {@link io.agentotp.AgentOtpClient#builder()}.
 */
@NullMarked
package io.agentotp;

import org.jspecify.annotations.NullMarked;
