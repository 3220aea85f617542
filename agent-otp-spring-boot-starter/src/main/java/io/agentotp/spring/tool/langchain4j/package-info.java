/**
 * Guarding the tools that LangChain4j calls.
 */
@NullMarked
package io.agentotp.spring.tool.langchain4j;

import org.jspecify.annotations.NullMarked;
