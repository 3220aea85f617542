package io.agentotp.spring.tool.langchain4j;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.model.chat.request.json.JsonObjectSchema;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.tool.ToolExecutor;
import dev.langchain4j.service.tool.ToolProvider;
import dev.langchain4j.service.tool.ToolProviderResult;
import io.agentotp.AgentOtpClient;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpLangChain4jAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpToolAutoConfiguration;
import io.agentotp.test.FakeAgentOtp;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

/**
 * An application on LangChain4j with the real guard and the real client over a service in
 * memory.
 */
final class LangChain4jApplication {

	static final String RULE = "agentotp.tools.rules[0].";

	final FakeAgentOtp service = FakeAgentOtp.approving();

	final ScriptedModel model = new ScriptedModel();

	/** What tools have done that are not the application's. */
	final List<String> done = new CopyOnWriteArrayList<>();

	ApplicationContextRunner runner(Class<?>... beans) {
		ApplicationContextRunner runner = new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, AgentOtpAutoConfiguration.class,
					AgentOtpMethodAutoConfiguration.class, AgentOtpToolAutoConfiguration.class,
					AgentOtpLangChain4jAutoConfiguration.class, TaskExecutionAutoConfiguration.class))
			.withBean(AgentOtpClient.class, this.service::client);
		for (Class<?> bean : beans) {
			runner = runner.withBean(bean);
		}
		return runner;
	}

	/**
	 * Return the runner with a rule for tools named {@code wipe…}.
	 */
	ApplicationContextRunner wiping(Class<?>... beans) {
		return runner(beans).withPropertyValues("agentotp.tools.unmatched=allow", RULE + "name=wipe*",
				RULE + "action=disk.wipe", RULE + "resource=disk:#{#disk}");
	}

	/**
	 * Makes a service by hand.
	 */
	Assistant assistant(UnaryOperator<AiServices<Assistant>> tools) {
		return tools.apply(AiServices.builder(Assistant.class).chatModel(this.model)).build();
	}

	/**
	 * Makes a service on the methods of a bean.
	 */
	Assistant assistant(ApplicationContext context, Class<?> bean) {
		return assistant((services) -> services
			.tools(context.getBean(AgentOtpLangChain4jTools.class).from(context.getBean(bean))));
	}

	/**
	 * Lets a service call tools in one turn.
	 * @return what the model has read
	 */
	List<String> results(Assistant assistant, String... calls) {
		this.model.thenCall(calls).thenSay("ok");
		assistant.chat("Do");
		return this.model.results();
	}

	static ToolSpecification specification(String name) {
		return ToolSpecification.builder()
			.name(name)
			.description("Does " + name)
			.parameters(JsonObjectSchema.builder().addStringProperty("disk").required("disk").build())
			.build();
	}

	/**
	 * Return a tool that is no method and comes from somewhere else.
	 */
	ToolExecutor tool() {
		return (request, memory) -> {
			this.done.add(request.name() + " " + request.arguments());
			return request.name() + " done";
		};
	}

	ToolProvider provider(String... names) {
		return (request) -> {
			ToolProviderResult.Builder tools = ToolProviderResult.builder();
			for (String name : names) {
				tools.add(specification(name), tool());
			}
			return tools.build();
		};
	}

}
