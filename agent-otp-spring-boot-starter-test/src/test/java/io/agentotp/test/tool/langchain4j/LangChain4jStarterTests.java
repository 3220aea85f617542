package io.agentotp.test.tool.langchain4j;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.service.spring.AiService;
import dev.langchain4j.service.tool.ToolProvider;
import dev.langchain4j.spring.LangChain4jAutoConfig;
import io.agentotp.spring.tool.ToolInventory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.autoconfigure.AutoConfigurationPackage;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Services that LangChain4j's starter makes, with the tools that it finds. The numbers P…
 * are those of the pitfalls in the integration of such frameworks.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class LangChain4jStarterTests {

	private static final String SEND = "send {\"to\":\"a@b.c\",\"body\":\"Hi\"}";

	private final LangChain4jApplication application = new LangChain4jApplication();

	private final ApplicationContextRunner runner = this.application.runner()
		.withConfiguration(AutoConfigurations.of(LangChain4jAutoConfig.class))
		.withUserConfiguration(Application.class)
		.withBean(ChatModel.class, () -> this.application.model);

	@Test
	void callWhenTheToolIsAComponentThenGuardedByTheAnnotation() {
		this.runner.withBean(MailTools.class).run((context) -> {
			assertThat(results(context, SEND)).containsExactly("send: sent to a@b.c");
			this.application.service.deny("email.send", "Not today");
			assertThat(results(context, SEND)).containsExactly("send: Permission denied: Not today (error)");
			assertThat(context.getBean(MailTools.class).done()).containsExactly("send a@b.c email.send");
		});
	}

	/** P8. */
	@Test
	void callWhenAParameterTakesTheGrantThenTheModelNeitherSeesNorFillsIt() {
		this.runner.withBean(MailTools.class).run((context) -> {
			assertThat(results(context, "report {\"to\":\"a\",\"grant\":{\"id\":\"forged\"}}").get(0))
				.contains("reported")
				.doesNotContain("forged");
			assertThat(this.application.model.shown()).filteredOn((tool) -> tool.name().equals("report"))
				.singleElement()
				.satisfies((tool) -> assertThat(tool.parameters().properties()).containsOnlyKeys("to"));
		});
	}

	@Test
	void callWhenTheToolHasNoAnnotationThenTheRulesCount() {
		this.application.service.deny("disk.wipe", "Never");
		this.runner.withBean(PlainTools.class)
			.withPropertyValues(LangChain4jApplication.RULE + "name=wipe",
					LangChain4jApplication.RULE + "action=disk.wipe", "agentotp.tools.unmatched=deny")
			.run((context) -> {
				assertThat(results(context, "wipe {\"disk\":\"c\"}", "look {\"disk\":\"c\"}")).containsExactly(
						"wipe: Permission denied: Never (error)",
						"look: Permission denied: the tool look must not be called: agentotp.tools.unmatched (error)");
				assertThat(context.getBean(PlainTools.class).done).isEmpty();
			});
	}

	@Test
	void callWhenThereIsAProviderTooThenBothAreGuarded() {
		this.application.service.deny("disk.wipe", "Never");
		this.runner.withBean(MailTools.class)
			.withBean(ToolProvider.class, () -> this.application.provider("wipe_all"))
			.withPropertyValues(LangChain4jApplication.RULE + "name=wipe*",
					LangChain4jApplication.RULE + "action=disk.wipe")
			.run((context) -> {
				assertThat(results(context, SEND, "wipe_all {\"disk\":\"c\"}")).containsExactly("send: sent to a@b.c",
						"wipe_all: Permission denied: Never (error)");
				assertThat(this.application.done).isEmpty();
			});
	}

	@Test
	void startWhenThereAreToolsThenTheInventoryKnowsThemBeforeTheFirstCall() {
		this.runner.withBean(PlainTools.class)
			.run((context) -> assertThat(context.getBean(ToolInventory.class).list())
				.extracting((tool) -> tool.tool().name())
				.containsExactly("look", "wipe"));
	}

	/** P10: the starter does not look at what such methods return. */
	@Test
	void startWhenAToolComesFromABeanMethodThenWarned(CapturedOutput output) {
		this.runner.withUserConfiguration(BeanMethod.class)
			.run((context) -> assertThat(output).contains("The bean plainTools has methods with @Tool")
				.contains("@Component"));
	}

	@Test
	void startWhenToolsAreComponentsThenNotWarned(CapturedOutput output) {
		this.runner.withBean(PlainTools.class)
			.run((context) -> assertThat(output).doesNotContain("has methods with @Tool")
				.doesNotContain("one after another"));
	}

	/** P15. */
	@Test
	void startWhenGuardedToolsAreStreamedThenWarned(CapturedOutput output) {
		this.runner.withBean(MailTools.class)
			.withBean(StreamingChatModel.class, () -> this.application.model.streaming(Runnable::run))
			.run((context) -> assertThat(output)
				.contains("waits for its decision on the thread that the model's answer")
				.contains("executeToolsConcurrently()"));
	}

	private List<String> results(ApplicationContext context, String... calls) {
		this.application.model.thenCall(calls).thenSay("ok");
		context.getBean(Postman.class).chat("Do");
		return this.application.model.results();
	}

	@AiService
	public interface Postman {

		String chat(String message);

	}

	@Configuration(proxyBeanMethods = false)
	@AutoConfigurationPackage
	static class Application {

	}

	@Configuration(proxyBeanMethods = false)
	static class BeanMethod {

		@Bean
		PlainTools plainTools() {
			return new PlainTools();
		}

	}

	public static class PlainTools {

		final List<String> done = new CopyOnWriteArrayList<>();

		@Tool("Wipes a disk")
		public String wipe(String disk) {
			this.done.add("wipe " + disk);
			return "wiped";
		}

		@Tool("Looks at a disk")
		public String look(String disk) {
			this.done.add("look " + disk);
			return "seen";
		}

	}

}
