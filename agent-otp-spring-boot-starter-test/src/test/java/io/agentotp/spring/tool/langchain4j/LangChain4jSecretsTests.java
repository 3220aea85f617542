package io.agentotp.spring.tool.langchain4j;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.memory.ChatMemory;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.observability.api.event.AiServiceCompletedEvent;
import dev.langchain4j.observability.api.event.AiServiceResponseReceivedEvent;
import dev.langchain4j.observability.api.event.ToolExecutedEvent;
import dev.langchain4j.observability.api.listener.AiServiceCompletedListener;
import dev.langchain4j.observability.api.listener.AiServiceResponseReceivedListener;
import dev.langchain4j.observability.api.listener.ToolExecutedEventListener;
import dev.langchain4j.service.AiServices;
import io.agentotp.OtpToken;
import io.agentotp.spring.PermissionContext;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpObservationAutoConfiguration;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.ObservationTextPublisher;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Everything that a run shows to anybody is captured, and neither a token nor the key is
 * in it.
 */
@ExtendWith(OutputCaptureExtension.class)
class LangChain4jSecretsTests {

	private final LangChain4jApplication application = new LangChain4jApplication();

	private final List<Object> seen = new CopyOnWriteArrayList<>();

	@Test
	void runWhenCapturedThenShowsNoTokenAndNoKey(CapturedOutput output) {
		LoggingSystem logging = LoggingSystem.get(getClass().getClassLoader());
		List<String> loggers = List.of("io.agentotp", "dev.langchain4j");
		loggers.forEach((logger) -> logging.setLogLevel(logger, LogLevel.TRACE));
		try {
			List<String> tokens = new ArrayList<>();
			this.application.service.deny((asked) -> "email:b".equals(asked.resource()), "Not to b");
			this.application.wiping(MailTools.class, Keeper.class)
				.withConfiguration(AutoConfigurations.of(AgentOtpObservationAutoConfiguration.class))
				.withBean(ObservationRegistry.class, this::registry)
				.run((context) -> {
					AgentOtpLangChain4jTools tools = context.getBean(AgentOtpLangChain4jTools.class);
					ChatMemory memory = MessageWindowChatMemory.withMaxMessages(50);
					Assistant assistant = this.application.assistant((services) -> listening(services)
						.tools(tools.from(context.getBean(MailTools.class), context.getBean(Keeper.class)))
						.toolProvider(tools.guard(this.application.provider("wipe")))
						.chatMemory(memory));
					this.application.results(assistant, "send {\"to\":\"a\",\"body\":\"Hi\"}",
							"send {\"to\":\"b\",\"body\":\"Hi\"}", "report {\"to\":\"a\",\"grant\":{\"id\":\"x\"}}",
							"leak {}", "forward {\"to\":\"a\"}", "keep {}", "give {}", "wipe {\"disk\":\"c\"}");
					this.seen.addAll(this.application.model.requests());
					this.seen.addAll(this.application.model.results());
					this.seen.addAll(memory.messages());
					this.seen.addAll(this.application.service.asked());
					tokens.addAll(context.getBean(Keeper.class).tokens());
					assertThat(context.getBean(MailTools.class).done()).contains("leak true");
				});
			assertThat(tokens).hasSize(1).allMatch((token) -> token.startsWith("otp_"));
			assertThat(this.seen.toString()).contains("agentotp.permission", "Not to b", "wipe done", "reported")
				.doesNotContain("otp_", "ak_test_fake");
			assertThat(output.getAll()).isNotEmpty().doesNotContain("otp_", "ak_test_fake");
		}
		finally {
			loggers.forEach((logger) -> logging.setLogLevel(logger, null));
		}
	}

	private AiServices<Assistant> listening(AiServices<Assistant> services) {
		return services
			.registerListener((AiServiceResponseReceivedListener) (AiServiceResponseReceivedEvent event) -> this.seen
				.add(event.request() + " " + event.response()))
			.registerListener((ToolExecutedEventListener) (ToolExecutedEvent event) -> this.seen
				.add(event.request() + " " + event.resultContents()))
			.registerListener((AiServiceCompletedListener) (AiServiceCompletedEvent event) -> this.seen
				.add(event.invocationContext() + " " + event.result()))
			.afterToolExecution((execution) -> this.seen.add(execution.request() + " " + execution.resultContents()));
	}

	private ObservationRegistry registry() {
		ObservationRegistry registry = ObservationRegistry.create();
		registry.observationConfig().observationHandler(new ObservationTextPublisher(this.seen::add));
		return registry;
	}

	/** A tool that knows its token, so that the test knows what a token looks like. */
	public static class Keeper {

		private final List<String> tokens = new CopyOnWriteArrayList<>();

		public List<String> tokens() {
			return this.tokens;
		}

		@Tool("Keeps a token")
		@RequiresPermission(action = "token.keep")
		public String keep() {
			this.tokens.add(PermissionContext.current().token().orElseThrow().value());
			return "kept";
		}

		@Tool("Gives its token away")
		@RequiresPermission(action = "token.give")
		public OtpToken give() {
			return PermissionContext.current().token().orElseThrow();
		}

	}

}
