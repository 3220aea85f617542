package io.agentotp.spring.tool.langchain4j;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.observability.api.AiServiceListenerRegistrar;
import dev.langchain4j.observability.api.DefaultAiServiceListenerRegistrar;
import dev.langchain4j.service.spring.AiService;
import dev.langchain4j.service.tool.ToolProvider;
import dev.langchain4j.spi.observability.AiServiceListenerRegistrarFactory;
import dev.langchain4j.spring.LangChain4jAutoConfig;
import io.agentotp.spring.tool.ToolInventory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

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
			.withPropertyValues("agentotp.tools.unmatched=allow", LangChain4jApplication.RULE + "name=wipe*",
					LangChain4jApplication.RULE + "action=disk.wipe")
			.run((context) -> {
				assertThat(results(context, SEND, "wipe_all {\"disk\":\"c\"}")).containsExactly("send: sent to a@b.c",
						"wipe_all: Permission denied: Never (error)");
				assertThat(this.application.done).isEmpty();
			});
	}

	@Test
	void callsWhenSeveralAreInOneAnswerThenAllRequestsArePutBeforeTheFirstDecision() {
		this.application.service.leavePending((asked) -> true);
		this.runner.withBean(MailTools.class)
			.withBean(ToolProvider.class, () -> this.application.provider("wipe_all"))
			.withPropertyValues("agentotp.tools.unmatched=allow", LangChain4jApplication.RULE + "name=wipe*",
					LangChain4jApplication.RULE + "action=disk.wipe")
			.run((context) -> {
				CompletableFuture<List<String>> results = CompletableFuture
					.supplyAsync(() -> results(context, SEND, "wipe_all {\"disk\":\"c\"}", "report {\"to\":\"b\"}"));
				this.application.service.awaitPending(3);
				assertThat(context.getBean(MailTools.class).done()).isEmpty();
				this.application.service.decidePending((asked) -> asked.action().equals("email.send"), false, "No");
				this.application.service.decidePending(true, null);
				assertThat(results.join()).satisfiesExactly(
						(first) -> assertThat(first).isEqualTo("send: Permission denied: No (error)"),
						(second) -> assertThat(second).isEqualTo("wipe_all: wipe_all done"),
						(third) -> assertThat(third).startsWith("report: reported"));
				assertThat(this.application.service.asked()).hasSize(3)
					.extracting((asked) -> asked.context().get("caller").toString())
					.allMatch((caller) -> caller.contains("agent=" + Postman.class.getName()));
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

	@Test
	void startWhenLangChain4jTakesAnotherListenerFactoryThenWarned(@TempDir Path directory, CapturedOutput output)
			throws IOException {
		Path services = Files.writeString(directory.resolve("services"), Registrars.class.getName());
		this.runner.withBean(MailTools.class).withClassLoader(new ClassLoader(getClass().getClassLoader()) {

			@Override
			public Enumeration<URL> getResources(String name) throws IOException {
				List<URL> resources = Collections.list(super.getResources(name));
				if (name.endsWith(AiServiceListenerRegistrarFactory.class.getName())) {
					resources.add(0, services.toUri().toURL());
				}
				return Collections.enumeration(resources);
			}

		})
			.run((context) -> assertThat(output).contains("LangChain4j takes " + Registrars.class.getName())
				.contains("executeToolsConcurrently()"));
	}

	/** P15. */
	@Test
	void startWhenGuardedToolsAreStreamedThenWarned(CapturedOutput output) {
		this.runner.withBean(MailTools.class)
			.withBean(StreamingChatModel.class, () -> this.application.model.streaming(Runnable::run))
			.run((context) -> assertThat(output)
				.contains("waits for its decision on the thread that the model's answer")
				.doesNotContain("executeToolsConcurrently()"));
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

	public static final class Registrars implements AiServiceListenerRegistrarFactory {

		@Override
		public AiServiceListenerRegistrar get() {
			return new DefaultAiServiceListenerRegistrar();
		}

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
