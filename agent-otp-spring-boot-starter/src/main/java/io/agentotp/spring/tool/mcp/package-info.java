/**
 * Guarding the tools that an MCP server offers.
 * <p>
 * Internal, except for {@link io.agentotp.spring.tool.mcp.McpToolGuard}.
 */
@NullMarked
package io.agentotp.spring.tool.mcp;

import org.jspecify.annotations.NullMarked;
