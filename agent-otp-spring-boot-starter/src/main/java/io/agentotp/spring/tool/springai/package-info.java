/**
 * Guarding the tools that Spring AI calls.
 * <p>
 * Internal, except for {@link io.agentotp.spring.tool.springai.AgentOtpSpringAiTools}.
 */
@NullMarked
package io.agentotp.spring.tool.springai;

import org.jspecify.annotations.NullMarked;
