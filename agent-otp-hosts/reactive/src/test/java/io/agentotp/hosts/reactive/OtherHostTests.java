package io.agentotp.hosts.reactive;

import java.util.Arrays;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.reactive.ReactiveWebServerFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.server.reactive.HttpHandler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Applications that cannot have the service inside say so at their start.
 */
@ExtendWith(OutputCaptureExtension.class)
class OtherHostTests {

	@ParameterizedTest
	@EnumSource(names = { "NONE", "REACTIVE" })
	void startWhenTheServiceIsConfiguredThenRefusedWithWhatToDo(WebApplicationType type, CapturedOutput output) {
		assertThatException()
			.isThrownBy(() -> run(type, "--agentotp.server.users.alice.password=correct-horse-battery"));
		assertThat(output)
			.contains("APPLICATION FAILED TO START", "The permission service does not run in this",
					"spring-boot-starter-webmvc", "agentotp.base-url", "agentotp.server.enabled=false")
			.doesNotContain("correct-horse-battery");
	}

	@ParameterizedTest
	@EnumSource(names = { "NONE", "REACTIVE" })
	void startWhenNothingIsConfiguredThenWarned(WebApplicationType type, CapturedOutput output) {
		run(type).close();
		assertThat(output.getAll().lines()).filteredOn((line) -> line.contains("The permission service does not run"))
			.singleElement()
			.asString()
			.contains("WARN");
	}

	@Test
	void startWhenTheServiceIsLeftOutThenNothingIsSaid(CapturedOutput output) {
		run(WebApplicationType.NONE, "--agentotp.server.enabled=false",
				"--agentotp.server.users.alice.password=correct-horse-battery")
			.close();
		assertThat(output).doesNotContain("The permission service does not run");
	}

	private static ConfigurableApplicationContext run(WebApplicationType type, String... settings) {
		SpringApplication application = new SpringApplication(Host.class);
		application.setWebApplicationType(type);
		return application
			.run(Stream.concat(Stream.of("--agentotp.mode=deny-all"), Arrays.stream(settings)).toArray(String[]::new));
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Host {

		@Bean
		ReactiveWebServerFactory noServer() {
			return (HttpHandler handler) -> new WebServer() {

				@Override
				public void start() {
				}

				@Override
				public void stop() {
				}

				@Override
				public int getPort() {
					return 1;
				}

			};
		}

	}

}
