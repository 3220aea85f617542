package io.agentotp.server;

import java.util.Map;
import java.util.OptionalInt;

import io.agentotp.server.command.CommandLine;

import org.springframework.boot.Banner;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;

/**
 * Runs the permission service on its own.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class AgentOtpServerApplication {

	/**
	 * What is different from the service inside an application. These are defaults of
	 * this program and not a file, which an application would pick up as well.
	 */
	static final Map<String, Object> DEFAULTS = Map.of("spring.application.name", "agent-otp-server",
			"agentotp.server.path", "/", "agentotp.server.datasource.url",
			"${spring.datasource.url:jdbc:h2:file:./data/agent-otp;DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT=10000}",
			"agentotp.server.datasource.username", "${spring.datasource.username:sa}",
			"agentotp.server.datasource.password", "${spring.datasource.password:}", "agentotp.server.secret-file",
			"./data/agent-otp.secret", "server.shutdown", "graceful", "server.servlet.session.cookie.name",
			"AGENTOTP_SESSION", "server.servlet.session.cookie.same-site", "lax");

	/**
	 * Starts the service, or runs a command.
	 * @param args settings, such as {@code --server.port=9090}, or a command, such as
	 * {@code policy test FILE}
	 */
	public static void main(String[] args) {
		OptionalInt exitCode = CommandLine.run(args, System.out, System.err);
		if (exitCode.isPresent()) {
			System.exit(exitCode.getAsInt());
		}
		application().run(args);
	}

	static SpringApplication application() {
		SpringApplication application = new SpringApplication(AgentOtpServerApplication.class);
		application.setBannerMode(Banner.Mode.OFF);
		application.setDefaultProperties(DEFAULTS);
		return application;
	}

}
