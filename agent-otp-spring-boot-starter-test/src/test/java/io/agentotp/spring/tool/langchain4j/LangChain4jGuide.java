package io.agentotp.spring.tool.langchain4j;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.invocation.InvocationParameters;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.UserMessage;
import dev.langchain4j.service.spring.AiService;
import dev.langchain4j.service.tool.ToolProvider;
import io.agentotp.Permission;
import io.agentotp.spring.RequiresPermission;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * The Java code of the page {@code docs/langchain4j.md}, in its order. What stands
 * between {@code // on the page} and {@code // end} is one block of the page.
 */
final class LangChain4jGuide {

	private LangChain4jGuide() {
	}

	// on the page
	@Component
	public static class InvoiceTools {

		@Tool("Sends an invoice by mail")
		@RequiresPermission(action = "email.send", resource = "email:#{#to}", scope = "{max_emails: 1}")
		public String sendInvoice(String to, int number) {
			return "Invoice " + number + " sent to " + to;
		}

		@Tool("Refunds an order")
		@RequiresPermission(action = "payment.refund", scope = "{max_amount: #amount}", acceptsNarrowed = true)
		public String refund(long order, int amount, @Nullable Permission permission) {
			Number granted = (Number) permission.scope().get("max_amount");
			return "Refunded " + Math.min(amount, granted.intValue()) + " for order " + order;
		}

	}
	// end

	// on the page
	@AiService
	public interface Clerk {

		String chat(@UserMessage String question, InvocationParameters parameters);

	}
	// end

	/** A part of an application that makes its service itself. */
	static class ByHand {

		private final AgentOtpLangChain4jTools agentOtpTools;

		ByHand(AgentOtpLangChain4jTools agentOtpTools) {
			this.agentOtpTools = agentOtpTools;
		}

		// on the page
		Clerk clerk(ChatModel model, InvoiceTools invoices, ToolProvider foreign) {
			return AiServices.builder(Clerk.class)
				.chatModel(model)
				.tools(this.agentOtpTools.from(invoices))
				.toolProvider(this.agentOtpTools.guard(foreign))
				.build();
		}
		// end

	}

	// on the page
	static String ask(Clerk clerk, String question, String user) {
		InvocationParameters parameters = new InvocationParameters();
		parameters.put("conversationId", "42");
		parameters.put("agentName", "clerk");
		parameters.put("userId", user);
		return clerk.chat(question, parameters);
	}
	// end

}
