package io.agentotp.spring.tool.springai;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.AgentOtpClient;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpSpringAiAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpToolAutoConfiguration;
import io.agentotp.test.FakeAgentOtp;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.model.chat.client.autoconfigure.ChatClientAutoConfiguration;
import org.springframework.ai.model.tool.autoconfigure.ToolCallingAutoConfiguration;
import org.springframework.ai.tool.ToolCallback;
import org.springframework.ai.tool.function.FunctionToolCallback;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

/**
 * An application on Spring AI with the real guard and the real client over a service in
 * memory.
 */
final class SpringAiApplication {

	static final String RULE = "agentotp.tools.rules[0].";

	final FakeAgentOtp service = FakeAgentOtp.approving();

	/** What tools have done that are not the application's. */
	final List<String> done = new CopyOnWriteArrayList<>();

	ApplicationContextRunner runner(Class<?>... beans) {
		ApplicationContextRunner runner = new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, AgentOtpAutoConfiguration.class,
					AgentOtpMethodAutoConfiguration.class, AgentOtpToolAutoConfiguration.class,
					AgentOtpSpringAiAutoConfiguration.class, TaskExecutionAutoConfiguration.class,
					ToolCallingAutoConfiguration.class, ChatClientAutoConfiguration.class))
			.withBean(AgentOtpClient.class, this.service::client)
			.withBean(ScriptedChatModel.class);
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

	static ChatClient client(ApplicationContext context) {
		return context.getBean(ChatClient.Builder.class).build();
	}

	/**
	 * Return a tool that is no method and comes from somewhere else.
	 */
	ToolCallback tool(String name) {
		return FunctionToolCallback.builder(name, (Disk input) -> {
			this.done.add(name + " " + input.disk());
			return name + " done";
		}).description("Does " + name).inputType(Disk.class).build();
	}

	record Disk(String disk) {
	}

}
