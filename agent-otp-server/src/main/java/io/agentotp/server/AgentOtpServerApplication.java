package io.agentotp.server;

import java.util.Arrays;
import java.util.Map;
import java.util.OptionalInt;

import io.agentotp.server.command.CommandLine;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSettingException;
import io.agentotp.server.web.LongPollCapacity;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.error.ErrorMvcAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * Runs the permission service on its own. The Actuator, if it is given a port, needs
 * Boot's {@code DispatcherServlet}; on the port of the service nothing reaches that,
 * since the service takes all paths.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration(exclude = { WebMvcAutoConfiguration.class, ErrorMvcAutoConfiguration.class })
public class AgentOtpServerApplication {

	/**
	 * What is different from the service inside an application. These are defaults of
	 * this program and not a file, which an application would pick up as well.
	 */
	static final Map<String, Object> DEFAULTS = Map.ofEntries(Map.entry("spring.application.name", "agent-otp-server"),
			Map.entry("agentotp.server.path", "/"),
			Map.entry("agentotp.server.datasource.url",
					"${spring.datasource.url:jdbc:h2:file:./data/agent-otp;DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT=10000}"),
			Map.entry("agentotp.server.datasource.username", "${spring.datasource.username:sa}"),
			Map.entry("agentotp.server.datasource.password", "${spring.datasource.password:}"),
			Map.entry("agentotp.server.secret-file", "./data/agent-otp.secret"),
			Map.entry("agentotp.server.policies.files", AgentOtpServerProperties.Policies.STANDALONE_FILES),
			Map.entry("agentotp.server.audit.key-file", "./data/agent-otp-audit.key"),
			Map.entry("agentotp.server.audit.checkpoint-file", "./data/agent-otp-audit-checkpoints.jsonl"),
			// Without a port of its own there is no Actuator: it knows nobody's key.
			Map.entry("management.server.port", "-1"), Map.entry("management.server.address", "127.0.0.1"),
			Map.entry("management.endpoints.web.exposure.include", "health,prometheus"),
			Map.entry("management.endpoint.health.show-components", "always"), Map.entry("server.shutdown", "graceful"),
			// It warns of each database that is newer than itself, twice at each start.
			Map.entry("logging.level.org.flywaydb.core.internal.database.base.Database", "error"),
			// A request that waits for a decision holds its connection, but no thread.
			Map.entry("server.tomcat.max-connections", "20000"),
			// Strangers hold connections no longer than this without a request, and none
			// for the rest of a body that is not read.
			Map.entry("server.tomcat.connection-timeout", "10s"), Map.entry("server.tomcat.keep-alive-timeout", "60s"),
			Map.entry("server.tomcat.max-swallow-size", "0B"),
			// Kept while it waits. Ours take up 1 KB.
			Map.entry("server.tomcat.max-http-response-header-size", "2KB"));

	/**
	 * Starts the service, or runs a command.
	 * @param args settings, such as {@code --server.port=9090}, or a command, such as
	 * {@code policy test FILE}
	 */
	public static void main(String[] args) {
		String[] settings = settings(args);
		OptionalInt exitCode = CommandLine.run(settings, System.out, System.err);
		if (exitCode.isPresent()) {
			System.exit(exitCode.getAsInt());
		}
		application().run(settings);
	}

	static String[] settings(String[] args) {
		return Arrays.stream(args)
			.map((arg) -> arg.equals("--start-frozen") ? "--agentotp.server.start-frozen=true" : arg)
			.toArray(String[]::new);
	}

	@Bean
	static SmallBuffers smallBuffers() {
		return new SmallBuffers();
	}

	@Bean
	static ServerContextCustomizer standaloneLongPollCapacity(ServerProperties properties) {
		return (context) -> context.registerBean("standaloneLongPollCapacity", LongPollCapacity.class,
				() -> SmallBuffers.longPollCapacity(properties, Runtime.getRuntime().maxMemory()),
				(definition) -> definition.setPrimary(true));
	}

	// Boot would fail without saying what to do.
	private static void requireOwnManagementPort(Environment environment) {
		String port = environment.getProperty("server.port", "8080");
		if (!port.equals("0") && port.equals(environment.getProperty("management.server.port"))) {
			throw InvalidSettingException.fault("management.server.port is the port of the service, " + port,
					"Set management.server.port to another one. Without it there is no Actuator");
		}
	}

	static SpringApplication application() {
		SpringApplication application = new SpringApplication(AgentOtpServerApplication.class);
		application.setBannerMode(Banner.Mode.OFF);
		application.setDefaultProperties(DEFAULTS);
		application.addInitializers((context) -> requireOwnManagementPort(context.getEnvironment()));
		return application;
	}

}
