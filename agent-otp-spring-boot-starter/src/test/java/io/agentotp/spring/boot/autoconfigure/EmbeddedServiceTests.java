package io.agentotp.spring.boot.autoconfigure;

import java.util.function.Supplier;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.web.server.servlet.context.AnnotationConfigServletWebServerApplicationContext;
import org.springframework.mock.env.MockEnvironment;
import org.springframework.mock.web.MockServletContext;
import org.springframework.web.context.support.GenericWebApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The address and the key of a service in the same application.
 */
class EmbeddedServiceTests {

	private final MockEnvironment environment = new MockEnvironment();

	private final MockServletContext servletContext = new MockServletContext();

	private final EmbeddedService service = service(new GenericWebApplicationContext());

	private EmbeddedService service(GenericWebApplicationContext context) {
		this.servletContext.setAttribute("io.agentotp.server.path", "/permissions");
		context.setServletContext(this.servletContext);
		context.setEnvironment(this.environment);
		return new EmbeddedService(context);
	}

	@ParameterizedTest
	@CsvSource({ "'', '', http://localhost:8081/permissions", "/shop, '', http://localhost:8081/shop/permissions",
			"'', server.ssl.bundle=web, https://localhost:8081/permissions",
			"'', server.ssl.enabled=false, http://localhost:8081/permissions",
			"'', server.address=127.0.0.2, http://127.0.0.2:8081/permissions",
			"'', server.address=0.0.0.0, http://localhost:8081/permissions",
			"'', server.address=::1, http://[::1]:8081/permissions" })
	void addressWhenTheWebServerIsUpThenThatOfItsPort(String contextPath, String setting, String expected) {
		this.servletContext.setContextPath(contextPath);
		if (!setting.isEmpty()) {
			this.environment.setProperty(setting.split("=")[0], setting.split("=")[1]);
		}
		this.environment.setProperty("local.server.port", "8081");
		this.environment.setProperty("local.management.port", "9090");
		assertThat(this.service.baseUrl()).isEqualTo(expected);
	}

	@Test
	void addressWhenNoWebServerIsUpThenRefused() {
		assertThatExceptionOfType(InvalidSettingException.class).isThrownBy(this.service::baseUrl)
			.withMessageContaining("does not take requests yet")
			.satisfies((ex) -> assertThat(ex.remedy()).contains("agentotp.base-url"));
	}

	@Test
	void startWhenAWarThenRefusedIfThePortIsNeeded() {
		EmbeddedService war = service(new AnnotationConfigServletWebServerApplicationContext());
		war.afterSingletonsInstantiated();
		assertThatExceptionOfType(InvalidSettingException.class)
			.isThrownBy(() -> war.expectPort().afterSingletonsInstantiated())
			.withMessageContaining("agentotp.base-url is missing")
			.satisfies((ex) -> assertThat(ex.remedy()).contains("agentotp.api-key"));
	}

	@Test
	void keyWhenTheServiceMadeOneThenThatOne() {
		assertThat(this.service.apiKey()).isNull();
		Supplier<String> key = () -> "ak_live_made";
		this.servletContext.setAttribute("io.agentotp.server.api-key", key);
		assertThat(this.service.apiKey()).isEqualTo("ak_live_made");
	}

}
