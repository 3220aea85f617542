package io.agentotp.spring.tool.mcp;

import java.time.Duration;

/**
 * How the calls of an MCP server's tools wait and show where to approve.
 *
 * @param maxWait how long after its arrival a call may wait for a human, and may begin
 * what it does; at least one second
 * @param afterWait what a call does whose permission is granted while it waits
 * @param elicitation whether clients that can open a page for their user are asked to
 * show the one where to approve
 * @param elicitationRequired whether such clients get the error "URL elicitation
 * required" in place of a result while nobody has decided
 */
public record McpToolSettings(Duration maxWait, AfterWait afterWait, boolean elicitation, boolean elicitationRequired) {

	/**
	 * Creates settings.
	 * @throws IllegalArgumentException if the time is too short
	 */
	public McpToolSettings {
		if (maxWait.compareTo(Duration.ofSeconds(1)) < 0) {
			throw new IllegalArgumentException("agentotp.mcp.max-wait must be at least 1s, not " + maxWait
					+ ": the request must be made and decided in that time, too");
		}
	}

}
