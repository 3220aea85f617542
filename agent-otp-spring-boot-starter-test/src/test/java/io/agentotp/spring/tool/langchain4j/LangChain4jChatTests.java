package io.agentotp.spring.tool.langchain4j;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.spring.LangChain4jAutoConfig;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.test.AskedPermission;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A chat with an agent that sends invoices, as in the sample application: its tool calls
 * a guarded service of the application, and a human decides while it waits.
 */
class LangChain4jChatTests {

	private static final String CALL = "send_invoice {\"number\":7,\"to\":\"ann@example.com\"}";

	private final LangChain4jApplication application = new LangChain4jApplication();

	private final ApplicationContextRunner runner = this.application.runner(InvoiceMailer.class, InvoiceTools.class)
		.withConfiguration(AutoConfigurations.of(LangChain4jAutoConfig.class))
		.withUserConfiguration(LangChain4jStarterTests.Application.class)
		.withBean(ChatModel.class, () -> this.application.model)
		.withBean(ChatMemory.class, () -> MessageWindowChatMemory.withMaxMessages(20));

	@Test
	void chatWhenAHumanApprovesThenTheMailIsSentAndTheModelSaysSo() {
		this.application.service.leavePending("email.send");
		this.runner.run((context) -> {
			this.application.model.thenCall(CALL).thenSay("Invoice 7 is on its way.");
			CompletableFuture<String> answer = CompletableFuture.supplyAsync(
					() -> context.getBean(LangChain4jStarterTests.Postman.class).chat("Send invoice 7 to Ann"));
			this.application.service.awaitPending(1);
			assertThat(context.getBean(InvoiceMailer.class).sent()).isEmpty();
			this.application.service.decidePending(true, null);
			assertThat(answer.join()).isEqualTo("Invoice 7 is on its way.");
			assertThat(context.getBean(InvoiceMailer.class).sent()).containsExactly("Invoice 7 to ann@example.com");
			AskedPermission asked = this.application.service.asked().get(0);
			assertThat(asked.resource()).isEqualTo("email:ann@example.com");
			assertThat(asked.outcome()).isEqualTo("succeeded");
		});
	}

	@Test
	void chatWhenAHumanDeniesThenNothingIsSentAndTheModelReadsWhy() {
		this.application.service.deny("email.send", "Ann has paid");
		this.runner.run((context) -> {
			this.application.model.thenCall(CALL).thenSay("I may not: Ann has paid.");
			assertThat(context.getBean(LangChain4jStarterTests.Postman.class).chat("Send invoice 7 to Ann"))
				.isEqualTo("I may not: Ann has paid.");
			assertThat(this.application.model.results())
				.containsExactly("send_invoice: Permission denied: Ann has paid (error)");
			assertThat(context.getBean(InvoiceMailer.class).sent()).isEmpty();
		});
	}

	/** The service that the agent must not use unasked. */
	public static class InvoiceMailer {

		private final List<String> sent = new CopyOnWriteArrayList<>();

		@RequiresPermission(action = "email.send", resource = "email:#{#to}", scope = "{max_emails: 1}")
		public void send(int number, String to) {
			this.sent.add("Invoice " + number + " to " + to);
		}

		public List<String> sent() {
			return this.sent;
		}

	}

	/** What the agent can do. */
	public static class InvoiceTools {

		private final InvoiceMailer mailer;

		public InvoiceTools(InvoiceMailer mailer) {
			this.mailer = mailer;
		}

		@Tool(name = "send_invoice", value = "Sends an invoice by mail")
		public String send(int number, String to) {
			this.mailer.send(number, to);
			return "Invoice " + number + " sent to " + to;
		}

	}

}
