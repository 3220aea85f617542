/**
 * Guarding the tools that LangChain4j calls.
 * <p>
 * Internal, except for
 * {@link io.agentotp.spring.tool.langchain4j.AgentOtpLangChain4jTools}.
 */
@NullMarked
package io.agentotp.spring.tool.langchain4j;

import org.jspecify.annotations.NullMarked;
