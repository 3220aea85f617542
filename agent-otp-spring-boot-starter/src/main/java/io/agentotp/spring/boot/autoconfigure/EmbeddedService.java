package io.agentotp.spring.boot.autoconfigure;

import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

import jakarta.servlet.ServletContext;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.web.context.WebApplicationContext;

/**
 * The permission service in the same application context. It is asked over HTTP at the
 * port of the application, which is known once the web server takes requests.
 */
final class EmbeddedService implements SmartInitializingSingleton {

	/** Of the service's auto-configuration. */
	static final String BEAN = "agentOtpServer";

	/** What the service tells in its servlet context; it has the same names. */
	private static final String PATH_ATTRIBUTE = "io.agentotp.server.path";

	private static final String KEY_ATTRIBUTE = "io.agentotp.server.api-key";

	private final WebApplicationContext context;

	private volatile boolean portExpected;

	EmbeddedService(WebApplicationContext context) {
		this.context = context;
	}

	/**
	 * Demands that the port of the application will be known.
	 * @return this service
	 */
	EmbeddedService expectPort() {
		this.portExpected = true;
		return this;
	}

	@Override
	public void afterSingletonsInstantiated() {
		if (this.portExpected && this.context instanceof WebServerApplicationContext server
				&& server.getWebServer() == null) {
			throw new InvalidSettingException(
					"agentotp.base-url is missing: a war does not know the port of its web server",
					"Set agentotp.base-url to the address of the permission service in this application, such as http://localhost:8080/app/agent-otp, and agentotp.api-key to the key of one of its agents.");
		}
	}

	/**
	 * Where the service is.
	 * @return its address at the port of the application
	 */
	String baseUrl() {
		String port = this.context.getEnvironment().getProperty("local.server.port");
		if (port == null) {
			throw new InvalidSettingException(
					"The port of the permission service in this application is not known: its web server does not take requests yet, or is another one than Spring Boot's",
					"Make guarded calls once the application has started, or set agentotp.base-url to the address of the service.");
		}
		String address = this.context.getEnvironment().getProperty("server.address", "localhost");
		return (isEncrypted() ? "https" : "http") + "://" + host(address) + ":" + port
				+ servletContext().getContextPath() + servletContext().getAttribute(PATH_ATTRIBUTE);
	}

	private static String host(String address) {
		if (address.equals("0.0.0.0") || address.equals("::")) {
			return "localhost";
		}
		return address.contains(":") ? "[" + address + "]" : address;
	}

	private boolean isEncrypted() {
		Binder binder = Binder.get(this.context.getEnvironment());
		return binder.bind("server.ssl.enabled", Boolean.class)
			.orElseGet(() -> !binder.bind("server.ssl", Bindable.mapOf(String.class, Object.class))
				.orElse(Map.of())
				.isEmpty());
	}

	private ServletContext servletContext() {
		return Objects.requireNonNull(this.context.getServletContext());
	}

	/**
	 * The key that the service made for this application.
	 * @return the key, or {@code null} if it made none
	 */
	@Nullable String apiKey() {
		return (servletContext().getAttribute(KEY_ATTRIBUTE) instanceof Supplier<?> key
				&& key.get() instanceof String text) ? text : null;
	}

}
