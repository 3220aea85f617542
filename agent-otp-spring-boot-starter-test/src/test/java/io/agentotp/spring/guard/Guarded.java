package io.agentotp.spring.guard;

import java.util.function.Consumer;

import io.agentotp.AgentOtpClient;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.test.FakeAgentOtp;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/**
 * An application with the real guard and the real client over a service in memory.
 */
final class Guarded {

	final FakeAgentOtp service = FakeAgentOtp.approving();

	ApplicationContextRunner runner(Class<?>... beans) {
		ApplicationContextRunner runner = new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AgentOtpAutoConfiguration.class,
					AgentOtpMethodAutoConfiguration.class, TaskExecutionAutoConfiguration.class))
			.withBean(AgentOtpClient.class, this.service::client);
		for (Class<?> bean : beans) {
			runner = runner.withBean(bean);
		}
		return runner;
	}

	<T> void run(Class<T> bean, Consumer<T> test) {
		runner(bean).run((context) -> test.accept(context.getBean(bean)));
	}

	/**
	 * Starts a call on a thread of its own.
	 */
	static Thread start(Runnable call) {
		Thread thread = new Thread(call, "caller");
		thread.setDaemon(true);
		thread.start();
		return thread;
	}

}
