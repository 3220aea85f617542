package io.agentotp.spring.guard;

import java.util.concurrent.CompletableFuture;

import io.agentotp.AgentOtpException;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.InitializingBean;
import org.springframework.boot.CommandLineRunner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Configuration;

/**
 * An agent without a web server, whose calls wait for somebody.
 */
@Configuration(proxyBeanMethods = false)
@ImportAutoConfiguration({ AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class,
		TaskExecutionAutoConfiguration.class })
class SigtermApplication {

	public static void main(String[] args) {
		new SpringApplicationBuilder(SigtermApplication.class, Desk.class, Waiting.valueOf(args[0]).caller)
			.web(WebApplicationType.NONE)
			.run(args);
	}

	/** When the application waits. */
	enum Waiting {

		RUNNING(Runner.class, 24), STARTING(Starter.class, 9);

		private final Class<?> caller;

		private final int calls;

		Waiting(Class<?> caller, int calls) {
			this.caller = caller;
			this.calls = calls;
		}

		int calls() {
			return this.calls;
		}

	}

	static class Desk {

		@RequiresPermission(action = "act")
		public void act(int number) {
			System.out.println("the body ran");
		}

		@RequiresPermission(action = "act")
		public CompletableFuture<String> later(int number) {
			System.out.println("the body ran");
			return CompletableFuture.completedFuture("");
		}

		@RequiresPermission(action = "act")
		public Mono<String> reactive(int number) {
			System.out.println("the body ran");
			return Mono.just("");
		}

	}

	private static void waitOnThreads(Desk desk, int calls) {
		for (int i = 0; i < calls; i++) {
			int number = i;
			new Thread(() -> {
				try {
					desk.act(number);
				}
				catch (AgentOtpException ex) {
					System.out.println(ex.code());
				}
			}).start();
		}
	}

	static class Runner implements CommandLineRunner {

		private final Desk desk;

		Runner(Desk desk) {
			this.desk = desk;
		}

		@Override
		public void run(String... args) {
			waitOnThreads(this.desk, 8);
			for (int i = 0; i < 8; i++) {
				this.desk.later(i);
				this.desk.reactive(i).subscribe();
			}
			this.desk.act(-1);
		}

	}

	static class Starter implements InitializingBean {

		private final Desk desk;

		Starter(Desk desk) {
			this.desk = desk;
		}

		@Override
		public void afterPropertiesSet() {
			waitOnThreads(this.desk, 8);
			this.desk.act(-1);
		}

	}

}
