package io.agentotp.spring.tool.langchain4j;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.spring.LangChain4jAutoConfig;
import io.agentotp.test.GuidePage;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurationPackage;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Runs the code of the page {@code docs/langchain4j.md} and sees to it that the page
 * shows that code.
 */
class LangChain4jGuideTests {

	private static final String REFUND = "refund {\"order\":3,\"amount\":99}";

	private final LangChain4jApplication application = new LangChain4jApplication();

	@Test
	void pageWhenReadThenShowsTheCodeThatIsRunHere() throws IOException {
		GuidePage.assertShows(Path.of("../docs/langchain4j.md"),
				Path.of("src/test/java/io/agentotp/spring/tool/langchain4j/LangChain4jGuide.java"));
	}

	@Test
	void serviceWhenTheStarterMakesItThenGuarded() {
		this.application.service.approve("payment.refund", Map.of("max_amount", 10.5));
		this.application.runner(LangChain4jGuide.InvoiceTools.class)
			.withConfiguration(AutoConfigurations.of(LangChain4jAutoConfig.class))
			.withUserConfiguration(Application.class)
			.withBean(ChatModel.class, () -> this.application.model)
			.run((context) -> {
				this.application.model.thenCall("sendInvoice {\"to\":\"a@b.c\",\"number\":7}", REFUND).thenSay("ok");
				assertThat(LangChain4jGuide.ask(context.getBean(LangChain4jGuide.Clerk.class), "Do it", "ann"))
					.isEqualTo("ok");
				assertThat(this.application.model.results()).containsExactly("sendInvoice: Invoice 7 sent to a@b.c",
						"refund: Refunded 10 for order 3");
				assertThat(this.application.service.asked()).extracting((asked) -> asked.context().get("caller"))
					.contains(Map.of("conversation", "42", "agent", "clerk", "user", "ann", "toolCall", "id-1"));
			});
	}

	@Test
	void serviceWhenMadeByHandThenGuarded() {
		this.application.service.deny("payment.refund", "Too much").deny("disk.wipe", "Never");
		this.application.wiping(LangChain4jGuide.InvoiceTools.class).run((context) -> {
			LangChain4jGuide.Clerk clerk = new LangChain4jGuide.ByHand(context.getBean(AgentOtpLangChain4jTools.class))
				.clerk(this.application.model, context.getBean(LangChain4jGuide.InvoiceTools.class),
						this.application.provider("wipe"));
			this.application.model.thenCall(REFUND, "wipe {\"disk\":\"c\"}").thenSay("ok");
			LangChain4jGuide.ask(clerk, "Do it", "ann");
			assertThat(this.application.model.results()).containsExactly("refund: Permission denied: Too much (error)",
					"wipe: Permission denied: Never (error)");
			assertThat(this.application.done).isEmpty();
		});
	}

	@Configuration(proxyBeanMethods = false)
	@AutoConfigurationPackage
	static class Application {

	}

}
