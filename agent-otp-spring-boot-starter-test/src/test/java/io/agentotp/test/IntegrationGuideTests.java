package io.agentotp.test;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

import com.sun.net.httpserver.HttpServer;
import io.agentotp.AgentOtpClient;
import io.agentotp.NetworkException;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Compiles the Java code of the page {@code docs/integration.md} and sees to it that the
 * page shows that code.
 */
class IntegrationGuideTests {

	@Test
	void pageWhenReadThenShowsTheCodeThatIsCompiledHere() throws IOException {
		GuidePage.assertShows(Path.of("../docs/integration.md"),
				Path.of("src/test/java/io/agentotp/test/IntegrationGuide.java"));
	}

	@Test
	void customizerWhenItIsABeanThenTheClientGoesThroughTheProxy() throws IOException {
		AtomicInteger requests = new AtomicInteger();
		HttpServer service = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
		service.createContext("/", (exchange) -> {
			requests.incrementAndGet();
			exchange.sendResponseHeaders(204, -1);
			exchange.close();
		});
		service.start();
		try {
			new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(AgentOtpAutoConfiguration.class))
				.withUserConfiguration(IntegrationGuide.class)
				.withPropertyValues("agentotp.base-url=http://localhost:" + service.getAddress().getPort(),
						"agentotp.api-key=ak_live_test", "agentotp.retries=0")
				.run((context) -> assertThatExceptionOfType(NetworkException.class)
					.isThrownBy(() -> context.getBean(AgentOtpClient.class).health()));
		}
		finally {
			service.stop(0);
		}
		// There is no such proxy, and nobody went around it.
		assertThat(requests).hasValue(0);
	}

}
