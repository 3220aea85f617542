package io.agentotp.server;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;

/**
 * An application with the service inside, on a real Tomcat.
 */
final class TestServer implements AutoCloseable {

	static final String MAILER_KEY = "ak_live_mailer-0123456789abcdefghij";

	static final String READER_KEY = "ak_live_reader-0123456789abcdefghij";

	static final String ALICE_KEY = "uk_alice-0123456789abcdefghijklmn";

	static final String BOB_KEY = "uk_bob-0123456789abcdefghijklmnop";

	static final String AUDITOR_KEY = "uk_auditor-0123456789abcdefghijk";

	static final String PASSWORD = "open sesame";

	static final String PASSWORD_HASH = "{bcrypt}" + new BCryptPasswordEncoder(4).encode(PASSWORD);

	private static final String[] SETTINGS = { "agentotp.server.agents.mailer.api-key=" + MAILER_KEY,
			"agentotp.server.agents.mailer.owner=bob", "agentotp.server.agents.reader.api-key=" + READER_KEY,
			"agentotp.server.users.alice.password=" + PASSWORD_HASH, "agentotp.server.users.alice.api-key=" + ALICE_KEY,
			"agentotp.server.users.bob.password=" + PASSWORD_HASH, "agentotp.server.users.bob.api-key=" + BOB_KEY,
			"agentotp.server.users.auditor.api-key=" + AUDITOR_KEY, "agentotp.server.users.auditor.roles=auditor",
			"spring.config.import=classpath:policies.yml" };

	final MovableClock clock;

	private final ServletWebServerApplicationContext context;

	private TestServer(ServletWebServerApplicationContext context) {
		this.context = context;
		this.clock = context.getBean(MovableClock.class);
	}

	/**
	 * Starts an application with two agents, three users and four policies.
	 */
	static TestServer start(String... settings) {
		return start(Host.class, List.of(SETTINGS), settings);
	}

	static TestServer start(Class<?> host, String... settings) {
		return start(host, List.of(SETTINGS), settings);
	}

	static TestServer startBare(Class<?> host, String... settings) {
		return start(host, List.of(), settings);
	}

	private static TestServer start(Class<?> host, List<String> common, String... settings) {
		List<String> args = new ArrayList<>(List.of("server.port=0", "spring.main.banner-mode=off"));
		args.addAll(common);
		args.addAll(Arrays.asList(settings));
		SpringApplication application = new SpringApplication(host, ClockConfiguration.class);
		application.setWebApplicationType(WebApplicationType.SERVLET);
		application.setDefaultProperties(Map.of("logging.level.root", "warn"));
		return new TestServer((ServletWebServerApplicationContext) application
			.run(args.stream().map((setting) -> "--" + setting).toArray(String[]::new)));
	}

	int port() {
		return this.context.getWebServer().getPort();
	}

	String origin() {
		return "http://localhost:" + port();
	}

	String url() {
		return origin() + server().path();
	}

	AgentOtpServer server() {
		return this.context.getBean(AgentOtpServer.class);
	}

	ServletWebServerApplicationContext host() {
		return this.context;
	}

	<T> T bean(Class<T> type) {
		return server().context().getBean(type);
	}

	JdbcClient jdbc() {
		return bean(JdbcClient.class);
	}

	Api mailer() {
		return new Api(url(), MAILER_KEY);
	}

	Api reader() {
		return new Api(url(), READER_KEY);
	}

	Api alice() {
		return new Api(url(), ALICE_KEY);
	}

	Api bob() {
		return new Api(url(), BOB_KEY);
	}

	Api auditor() {
		return new Api(url(), AUDITOR_KEY);
	}

	@Override
	public void close() {
		this.context.close();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Host {

	}

	@Configuration(proxyBeanMethods = false)
	static class ClockConfiguration {

		@Bean
		MovableClock movableClock() {
			return new MovableClock();
		}

		@Bean
		ServerContextCustomizer clockCustomizer(MovableClock clock) {
			return (context) -> context.registerBean("movableClock", InstantSource.class, () -> clock,
					(definition) -> definition.setPrimary(true));
		}

	}

}
