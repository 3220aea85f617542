package io.agentotp.spring.tool.springai;

import java.util.Map;

import io.agentotp.Permission;
import io.agentotp.spring.RequiresPermission;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.model.ChatModel;
import org.springframework.ai.model.tool.ToolCallingManager;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.annotation.Tool;

/**
 * The code of the page {@code docs/spring-ai.md}.
 */
class SpringAiGuide {

	private final Object tools;

	private final AgentOtpSpringAiTools agentOtpTools;

	SpringAiGuide(Tools tools, AgentOtpSpringAiTools agentOtpTools) {
		this.tools = tools;
		this.agentOtpTools = agentOtpTools;
	}

	public static class Tools {

		// on the page
		@Tool(description = "Sends an invoice by mail")
		@RequiresPermission(action = "email.send", resource = "email:#{#to}", scope = "{max_emails: 1}")
		public String sendInvoice(String to, int number) {
			return "Invoice " + number + " sent to " + to;
		}
		// end

		// on the page
		@Tool(description = "Refunds an order")
		@RequiresPermission(action = "payment.refund", scope = "{max_amount: #amount}", acceptsNarrowed = true)
		public String refund(long order, int amount, @Nullable Permission permission) {
			Number granted = (Number) permission.scope().get("max_amount");
			return "Refunded " + Math.min(amount, granted.intValue()) + " for order " + order;
		}
		// end

	}

	// on the page
	String ask(ChatClient client, String question, String user) {
		return client.prompt(question)
			.tools(this.tools)
			.toolContext(Map.of("conversationId", "42", "agentName", "clerk", "userId", user))
			.call()
			.content();
	}
	// end

	// on the page
	ChatClient clientOf(ChatModel model, ToolCallback... foreign) {
		return ChatClient.builder(model).defaultTools((Object[]) this.agentOtpTools.guard(foreign)).build();
	}
	// end

	// on the page
	ToolCallingManager managerForALoopOfYourOwn() {
		return this.agentOtpTools.guard(ToolCallingManager.builder().build());
	}
	// end

}
