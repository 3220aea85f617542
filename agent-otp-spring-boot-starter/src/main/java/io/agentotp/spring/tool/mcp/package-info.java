/**
 * Guarding the tools that an MCP server offers.
 */
@NullMarked
package io.agentotp.spring.tool.mcp;

import org.jspecify.annotations.NullMarked;
