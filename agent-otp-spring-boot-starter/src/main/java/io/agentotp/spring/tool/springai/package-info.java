/**
 * Guarding the tools that Spring AI calls.
 */
@NullMarked
package io.agentotp.spring.tool.springai;

import org.jspecify.annotations.NullMarked;
