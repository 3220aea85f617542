package io.agentotp.spring.tool.langchain4j;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.observability.api.AiServiceListenerRegistrar;
import dev.langchain4j.observability.api.DefaultAiServiceListenerRegistrar;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.tool.AiServiceTool;
import dev.langchain4j.service.tool.ToolExecutor;
import dev.langchain4j.spi.observability.AiServiceListenerRegistrarFactory;
import io.agentotp.spring.tool.ToolGuard;
import io.agentotp.spring.tool.ToolInventory;
import io.agentotp.spring.tool.ToolRules;
import io.agentotp.spring.tool.UnmatchedTools;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;

import static io.agentotp.spring.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What is kept of a turn, and how long.
 */
class ServiceTurnsTests {

	private final LangChain4jToolGuard guard = new LangChain4jToolGuard(new ToolGuard(ServiceTurnsTests::unused,
			() -> new ToolRules(List.of(), UnmatchedTools.ALLOW, new DefaultListableBeanFactory()),
			ServiceTurnsTests::unused, new ToolInventory()));

	private final List<String> done = new ArrayList<>();

	private final ClassLoader loader = Thread.currentThread().getContextClassLoader();

	@AfterEach
	void restore() {
		Thread.currentThread().setContextClassLoader(this.loader);
	}

	@Test
	void countWhenAnInvocationIsUnderWayThenItIsCountedUntilItsLastCall() {
		assertThat(chat(UnaryOperator.identity(), "a", "b")).isEqualTo("ok");
		assertThat(this.done).containsExactly("a 1", "b 1");
		assertThat(ServiceTurns.count()).isZero();
	}

	@Test
	void countWhenAnInvocationFailsThenNothingIsLeft() {
		assertThatExceptionOfType(RuntimeException.class)
			.isThrownBy(() -> chat(UnaryOperator.identity(), "a", "unknown", "b"));
		assertThat(this.done).containsExactly("a 1");
		assertThat(ServiceTurns.count()).isZero();
	}

	/** LangChain4j tells nobody of errors that are no exceptions. */
	@Test
	void countWhenAToolEndsWithAnErrorThenNothingIsLeft() {
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> chat(UnaryOperator.identity(), "error", "b"));
		assertThat(this.done).isEmpty();
		assertThat(ServiceTurns.count()).isZero();
	}

	@Test
	void countWhenTheCallsAreMadeElsewhereThenNothingIsLeft() {
		assertThat(chat(AiServices::executeToolsConcurrently, "a", "b")).isEqualTo("ok");
		assertThat(ServiceTurns.count()).isZero();
	}

	@Test
	void countWhenTheThreadHasEndedThenTheNextAnswerOfAnyServiceRemovesIt() throws InterruptedException {
		// Ends between two calls, in a way that LangChain4j does not tell of.
		Thread agent = new Thread(
				() -> assertThatThrownBy(() -> chat((services) -> services.afterToolExecution((made) -> {
					throw new AssertionError("after");
				}), "a", "b")).isInstanceOf(AssertionError.class));
		agent.start();
		agent.join();
		assertThat(ServiceTurns.count()).isOne();
		this.done.clear();
		assertThat(chat(UnaryOperator.identity(), "a", "b")).isEqualTo("ok");
		assertThat(this.done).containsExactly("a 1", "b 1");
		assertThat(ServiceTurns.count()).isZero();
	}

	@Test
	void toolsWhenASpecificationIsEqualButAnotherThenNotFound() {
		AiServiceTool tool = tool("a");
		ToolSpecification own = tool.toolSpecification();
		assertThat(OfferedTools.in(List.of(own)))
			.containsOnly(Map.entry("a", (GuardedToolExecutor) tool.toolExecutor()));
		ToolSpecification equal = own.toBuilder().build();
		assertThat(equal).isEqualTo(own);
		assertThat(OfferedTools.in(List.of(equal))).isEmpty();
		assertThat(OfferedTools.in(List.of(own, equal))).isEmpty();
		assertThat(OfferedTools.in(List.of(equal, own))).isEmpty();
		assertThat(OfferedTools.in(null)).isEmpty();
	}

	@Test
	void toolsWhenTheServiceIsGoneThenNotKept() {
		WeakReference<ToolExecutor> executor = new WeakReference<>(tool("a").toolExecutor());
		await().until(() -> {
			System.gc();
			return executor.get() == null;
		});
	}

	@Test
	void registrarWhenThereIsAnotherFactoryThenItsOwnIsTaken(@TempDir Path directory) throws IOException {
		use(directory, false);
		assertThat(AiServiceListenerRegistrar.newInstance()).isInstanceOf(Other.class);
		assertThat(TurnListenerRegistrarFactory.displacing()).isNull();
		assertThat(chat(UnaryOperator.identity(), "a", "b")).isEqualTo("ok");
		assertThat(this.done).containsExactly("a 1", "b 1");
	}

	@Test
	void registrarWhenAnotherFactoryComesFirstThenThatIsKnown(@TempDir Path directory) throws IOException {
		use(directory, true);
		assertThat(TurnListenerRegistrarFactory.displacing()).isEqualTo(OtherFactory.class.getName());
		assertThat(chat(UnaryOperator.identity(), "a", "b")).isEqualTo("ok");
		assertThat(this.done).containsExactly("a 0", "b 0");
	}

	private String chat(UnaryOperator<AiServices<Assistant>> settings, String... calls) {
		List<AiServiceTool> tools = List.of(tool("a"), tool("b"), tool("error"));
		return settings.apply(AiServices.builder(Assistant.class).chatModel(new Model(calls)).tools(tools))
			.build()
			.chat("Do");
	}

	private AiServiceTool tool(String name) {
		return this.guard.guard(AiServiceTool.builder()
			.toolSpecification(ToolSpecification.builder().name(name).build())
			.toolExecutor((request, memory) -> {
				if (name.equals("error")) {
					throw new AssertionError(name);
				}
				this.done.add(name + " " + ServiceTurns.count());
				return "done";
			})
			.build());
	}

	private void use(Path directory, boolean first) throws IOException {
		Path services = Files.writeString(directory.resolve("services"), OtherFactory.class.getName());
		Thread.currentThread().setContextClassLoader(new ClassLoader(this.loader) {

			@Override
			public Enumeration<URL> getResources(String name) throws IOException {
				List<URL> resources = Collections.list(super.getResources(name));
				if (name.equals("META-INF/services/" + AiServiceListenerRegistrarFactory.class.getName())) {
					resources.add(first ? 0 : resources.size(), services.toUri().toURL());
				}
				return Collections.enumeration(resources);
			}

		});
	}

	private static <T> T unused() {
		throw new IllegalStateException("unused");
	}

	interface Assistant {

		String chat(String message);

	}

	/**
	 * Calls tools in one turn.
	 */
	private static final class Model implements ChatModel {

		private final AtomicBoolean called = new AtomicBoolean();

		private final List<ToolExecutionRequest> calls = new ArrayList<>();

		Model(String... calls) {
			for (String call : calls) {
				this.calls.add(ToolExecutionRequest.builder().name(call).arguments("{}").build());
			}
		}

		@Override
		public ChatResponse doChat(ChatRequest request) {
			return ChatResponse.builder()
				.aiMessage(this.called.compareAndSet(false, true) ? AiMessage.from(this.calls) : AiMessage.from("ok"))
				.build();
		}

	}

	public static final class OtherFactory implements AiServiceListenerRegistrarFactory {

		@Override
		public AiServiceListenerRegistrar get() {
			return new Other();
		}

	}

	static final class Other extends DefaultAiServiceListenerRegistrar {

	}

}
