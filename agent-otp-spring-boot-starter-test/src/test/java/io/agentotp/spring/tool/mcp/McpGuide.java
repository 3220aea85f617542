package io.agentotp.spring.tool.mcp;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.Permission;
import io.agentotp.spring.RequiresPermission;
import io.modelcontextprotocol.server.McpServerFeatures.SyncToolSpecification;
import io.modelcontextprotocol.server.McpSyncServer;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import org.springframework.ai.mcp.annotation.McpTool;
import reactor.core.publisher.Mono;

/**
 * The Java code of the page {@code docs/mcp.md}, in its order. What stands between
 * {@code // on the page} and {@code // end} is one block of the page.
 */
public class McpGuide {

	private final List<String> done = new CopyOnWriteArrayList<>();

	public List<String> done() {
		return this.done;
	}

	// on the page
	@McpTool(name = "send_mail", description = "Sends a mail")
	@RequiresPermission(action = "email.send", resource = "email:#{#to}")
	public String send(String to, String body) {
		return deliver(to, body);
	}
	// end

	// on the page
	@McpTool(name = "send_mails", description = "Sends the same mail to everybody")
	@RequiresPermission(action = "email.send_many", scope = "{max_emails: #count}", acceptsNarrowed = true)
	public String sendMany(int count, String body, Permission permission) {
		return deliver("the first " + permission.scope().get("max_emails"), body);
	}
	// end

	// on the page
	@McpTool(name = "publish_report", description = "Publishes a report")
	@RequiresPermission(action = "report.publish")
	public Mono<String> publish(int year) {
		return Mono.fromSupplier(() -> deliver("everybody", "report of " + year));
	}
	// end

	/** A part of an application that adds tools itself. */
	static class Tables {

		private final McpGuide guide;

		Tables(McpGuide guide) {
			this.guide = guide;
		}

		// on the page
		void offer(McpSyncServer server, McpToolGuard guard) {
			server.addTool(guard.guard(SyncToolSpecification.builder()
				.tool(Tool.builder("drop_table", Map.of("type", "object")).build())
				.callHandler((exchange, request) -> drop(request.arguments().get("name")))
				.build()));
		}
		// end

		private CallToolResult drop(Object name) {
			return CallToolResult.builder().addTextContent(this.guide.deliver("drop", String.valueOf(name))).build();
		}

	}

	private String deliver(String to, String body) {
		String text = to + ": " + body;
		this.done.add(text);
		return text;
	}

}
