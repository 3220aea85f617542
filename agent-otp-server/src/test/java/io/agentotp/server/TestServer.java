package io.agentotp.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.stream.Stream;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.ConfigurationPropertiesAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusMetricsExportAutoConfiguration;
import org.springframework.boot.security.autoconfigure.SecurityAutoConfiguration;
import org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterAutoConfiguration;
import org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration;
import org.springframework.boot.servlet.autoconfigure.HttpEncodingAutoConfiguration;
import org.springframework.boot.servlet.autoconfigure.MultipartAutoConfiguration;
import org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.WebMvcAutoConfiguration;
import org.springframework.boot.webmvc.autoconfigure.error.ErrorMvcAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.ScheduledAnnotationBeanPostProcessor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;
import org.springframework.security.crypto.factory.PasswordEncoderFactories;
import org.springframework.security.crypto.password.PasswordEncoder;

/**
 * An application with the service inside, on a real Tomcat.
 */
final class TestServer implements AutoCloseable {

	static final String MAILER_KEY = "ak_live_mailer-0123456789abcdefghij";

	static final String READER_KEY = "ak_live_reader-0123456789abcdefghij";

	static final String ALICE_KEY = "uk_alice-0123456789abcdefghijklmn";

	static final String BOB_KEY = "uk_bob-0123456789abcdefghijklmnop";

	static final String AUDITOR_KEY = "uk_auditor-0123456789abcdefghijk";

	static final String ADMIN_KEY = "uk_admin-0123456789abcdefghijklmn";

	static final String PASSWORD = "open sesame";

	static final String PASSWORD_HASH = new QuickPasswordEncoder().encode(PASSWORD);

	private static final String POLICY_FILES = "agentotp.server.policies.files=";

	private static final String[] SETTINGS = { "agentotp.server.agents.mailer.api-key=" + MAILER_KEY,
			"agentotp.server.agents.mailer.owner=bob", "agentotp.server.agents.reader.api-key=" + READER_KEY,
			"agentotp.server.users.alice.password=" + PASSWORD_HASH, "agentotp.server.users.alice.api-key=" + ALICE_KEY,
			"agentotp.server.users.bob.password=" + PASSWORD_HASH, "agentotp.server.users.bob.api-key=" + BOB_KEY,
			"agentotp.server.users.auditor.api-key=" + AUDITOR_KEY, "agentotp.server.users.auditor.roles=auditor",
			"agentotp.server.users.admin.api-key=" + ADMIN_KEY, "agentotp.server.users.admin.roles=administrator",
			// The clock of tests stands still, so nothing would be refilled.
			"agentotp.server.limits.requests-per-minute=1000000", "agentotp.server.limits.max-pending=100000",
			"agentotp.server.limits.wrong-passwords-per-minute=100000",
			"agentotp.server.limits.wrong-keys-per-minute=100000", POLICY_FILES + "classpath:policies.yml" };

	final MovableClock clock;

	private final List<ServletWebServerApplicationContext> nodes;

	private TestServer(List<ServletWebServerApplicationContext> nodes, MovableClock clock) {
		this.nodes = nodes;
		this.clock = clock;
	}

	/**
	 * Starts an application with two agents, three users and four policies.
	 */
	static TestServer start(String... settings) {
		return start(Host.class, settings);
	}

	static TestServer start(Class<?> host, String... settings) {
		return start(host, TestDatabase.create(), TestDatabase.nodes(), true, settings);
	}

	/**
	 * Starts an application without agents, users and policies.
	 */
	static TestServer startBare(Class<?> host, String... settings) {
		return start(host, TestDatabase.create(), TestDatabase.nodes(), false, settings);
	}

	static TestServer startOn(TestDatabase database, String... settings) {
		return start(Host.class, database, TestDatabase.nodes(), true, settings);
	}

	static TestServer startBareOn(TestDatabase database, String... settings) {
		return start(Host.class, database, TestDatabase.nodes(), false, settings);
	}

	/**
	 * Starts the same service more than once on a database.
	 */
	static TestServer startNodes(TestDatabase database, int count, String... settings) {
		return start(Host.class, database, count, true, settings);
	}

	/**
	 * Starts the service on its own, which lives at the root unless it is told otherwise.
	 */
	static TestServer startAlone(Path directory, String... settings) {
		return startAloneOn(directory, TestDatabase.createLasting(), true, settings);
	}

	static TestServer startAloneOn(Path directory, TestDatabase database, boolean usual, String... settings) {
		Stream<String> files = Stream.of(ServerProcess.WITHOUT_SECURITY_OF_A_HOST.substring(2),
				"agentotp.server.secret-file=" + directory.resolve("secret"),
				"agentotp.server.audit.key-file=" + directory.resolve("audit.key"),
				"agentotp.server.audit.checkpoint-file=" + directory.resolve("checkpoints.jsonl"));
		return start(AgentOtpServerApplication.class, database, TestDatabase.nodes(), usual,
				Stream.concat(files, Arrays.stream(settings)).toArray(String[]::new));
	}

	/**
	 * The setting that names a file with these policies.
	 * @param policies a list in YAML
	 * @return the setting
	 */
	static String policies(String policies) {
		try {
			Path file = Files.writeString(Files.createTempFile("agent-otp-policies", ".yml"), policies);
			file.toFile().deleteOnExit();
			return POLICY_FILES + file;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	static TestServer start(Class<?> host, TestDatabase database, int count, boolean usual, String... settings) {
		Map<String, String> args = new LinkedHashMap<>();
		List<String> all = new ArrayList<>(List.of("server.port=0", "spring.main.banner-mode=off"));
		if (Arrays.stream(settings).noneMatch((setting) -> setting.startsWith("agentotp.server.datasource.url="))) {
			all.addAll(database.settings());
		}
		all.addAll(usual ? List.of(SETTINGS) : List.of());
		all.addAll(Arrays.asList(settings));
		all.forEach((setting) -> args.merge(setting.substring(0, setting.indexOf('=')),
				setting.substring(setting.indexOf('=') + 1),
				// Files of a test count beside the usual ones.
				(usualValue, own) -> setting.startsWith(POLICY_FILES) ? usualValue + "," + own : own));
		MovableClock clock = new MovableClock();
		List<ServletWebServerApplicationContext> nodes = new ArrayList<>();
		try {
			for (int i = 0; i < count; i++) {
				nodes.add(run(host, clock, args));
				// The address that people use is the same on all nodes.
				args.putIfAbsent("agentotp.server.public-url", url(nodes.get(0)));
			}
		}
		catch (RuntimeException ex) {
			nodes.forEach(ServletWebServerApplicationContext::close);
			throw ex;
		}
		return new TestServer(nodes, clock);
	}

	private static ServletWebServerApplicationContext run(Class<?> host, MovableClock clock, Map<String, String> args) {
		SpringApplication application = new SpringApplication(host, ClockConfiguration.class);
		application.setWebApplicationType(WebApplicationType.SERVLET);
		Map<String, Object> defaults = new HashMap<>(Map.of("logging.level.root", "warn"));
		if (host == AgentOtpServerApplication.class) {
			defaults.putAll(AgentOtpServerApplication.DEFAULTS);
		}
		application.setDefaultProperties(defaults);
		application.addInitializers((context) -> context.getBeanFactory().registerSingleton("movableClock", clock),
				(context) -> SharedMetadata.use((GenericApplicationContext) context));
		return (ServletWebServerApplicationContext) application.run(args.entrySet()
			.stream()
			.map((arg) -> "--" + arg.getKey() + "=" + arg.getValue())
			.toArray(String[]::new));
	}

	int port() {
		return port(0);
	}

	int port(int node) {
		return this.nodes.get(node).getWebServer().getPort();
	}

	String origin() {
		return "http://localhost:" + port();
	}

	String url() {
		return url(host());
	}

	String url(int node) {
		return url(this.nodes.get(node));
	}

	private static String url(ServletWebServerApplicationContext node) {
		return "http://localhost:" + node.getWebServer().getPort() + node.getServletContext().getContextPath()
				+ node.getBean(AgentOtpServer.class).path();
	}

	AgentOtpServer server() {
		return host().getBean(AgentOtpServer.class);
	}

	ServletWebServerApplicationContext host() {
		return host(0);
	}

	ServletWebServerApplicationContext host(int node) {
		return this.nodes.get(node);
	}

	/**
	 * A caller whose requests alternate between the nodes.
	 */
	Api api(String key) {
		return new Api(this.nodes.stream().map(TestServer::url).toList(), key);
	}

	/**
	 * A caller of one node.
	 */
	Api api(int node, String key) {
		return new Api(url(this.nodes.get(node)), key);
	}

	int size() {
		return this.nodes.size();
	}

	<T> T bean(int node, Class<T> type) {
		return this.nodes.get(node).getBean(AgentOtpServer.class).context().getBean(type);
	}

	<T> T bean(Class<T> type) {
		return server().context().getBean(type);
	}

	JdbcClient jdbc() {
		return bean(JdbcClient.class);
	}

	/**
	 * Whether a transaction waits for a row that another one has locked.
	 */
	boolean isRowAwaited() {
		return jdbc().sql(TestDatabase.isH2()
				// Who waits for a unique key is blocked by nobody there.
				? "SELECT COUNT(*) FROM information_schema.sessions WHERE blocker_id IS NOT NULL "
						+ "OR LTRIM(executing_statement) LIKE 'INSERT INTO agentotp_idempotency%'"
				: "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()")
			.query(Long.class)
			.single() > 0;
	}

	Api mailer() {
		return api(MAILER_KEY);
	}

	Api reader() {
		return api(READER_KEY);
	}

	Api alice() {
		return api(ALICE_KEY);
	}

	Api bob() {
		return api(BOB_KEY);
	}

	Api admin() {
		return api(ADMIN_KEY);
	}

	Api auditor() {
		return api(AUDITOR_KEY);
	}

	/**
	 * Ends what the service does by itself, such as letting permissions expire, so that
	 * only the test changes what is stored.
	 */
	void stopMaintenance() {
		for (int node = 0; node < size(); node++) {
			// A task that runs just now would come back into the queue.
			bean(node, ScheduledAnnotationBeanPostProcessor.class).getScheduledTasks()
				.forEach((task) -> task.cancel(false));
			ScheduledThreadPoolExecutor scheduler = bean(node, ThreadPoolTaskScheduler.class)
				.getScheduledThreadPoolExecutor();
			Await.until("maintenance has ended", () -> {
				scheduler.getQueue().clear();
				return scheduler.getActiveCount() == 0 && scheduler.getQueue().isEmpty();
			});
		}
	}

	@Override
	public void close() {
		this.nodes.forEach(ServletWebServerApplicationContext::close);
	}

	/**
	 * An application with what touches requests, security and meters, and nothing else:
	 * most tests start one, and what is configured takes most of the time of a start.
	 */
	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ ConfigurationPropertiesAutoConfiguration.class,
			PropertyPlaceholderAutoConfiguration.class, TomcatServletWebServerAutoConfiguration.class,
			DispatcherServletAutoConfiguration.class, WebMvcAutoConfiguration.class, ErrorMvcAutoConfiguration.class,
			HttpEncodingAutoConfiguration.class, MultipartAutoConfiguration.class, SecurityAutoConfiguration.class,
			UserDetailsServiceAutoConfiguration.class, SecurityFilterAutoConfiguration.class,
			ServletWebSecurityAutoConfiguration.class, MetricsAutoConfiguration.class,
			CompositeMeterRegistryAutoConfiguration.class, PrometheusMetricsExportAutoConfiguration.class,
			AgentOtpServerAutoConfiguration.class })
	static class Host {

	}

	/**
	 * An application with all that is on the class path.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class WholeHost {

	}

	@Configuration(proxyBeanMethods = false)
	static class ClockConfiguration {

		@Bean
		ServerContextCustomizer clockCustomizer(MovableClock clock) {
			return (context) -> context.registerBean("movableClock", InstantSource.class, () -> clock,
					(definition) -> definition.setPrimary(true));
		}

		@Bean
		ServerContextCustomizer metadataCustomizer() {
			return SharedMetadata::use;
		}

		@Bean
		ServerContextCustomizer passwordCustomizer() {
			return (context) -> context.registerBean("quickPasswordEncoder", PasswordEncoder.class,
					QuickPasswordEncoder::new, (definition) -> definition.setPrimary(true));
		}

	}

	/**
	 * As the service's own, but what it encodes itself is looked at in a moment instead
	 * of a tenth of a second.
	 */
	private static final class QuickPasswordEncoder implements PasswordEncoder {

		private final PasswordEncoder own = PasswordEncoderFactories.createDelegatingPasswordEncoder();

		private final PasswordEncoder quick = new BCryptPasswordEncoder(4);

		@Override
		public String encode(CharSequence password) {
			return "{bcrypt}" + this.quick.encode(password);
		}

		@Override
		public boolean matches(CharSequence password, String encoded) {
			return this.own.matches(password, encoded);
		}

	}

}
