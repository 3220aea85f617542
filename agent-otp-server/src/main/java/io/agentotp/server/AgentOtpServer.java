package io.agentotp.server;

import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

import io.agentotp.server.agent.ApplicationAgent;
import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSettingException;
import io.agentotp.server.config.NotificationSettings;
import io.agentotp.server.config.UnknownProperties;
import io.agentotp.server.database.DatabaseDriver;
import io.agentotp.server.database.DatabaseSchema;
import io.agentotp.server.database.DatabaseWatch;
import io.agentotp.server.metric.Meters;
import io.agentotp.server.node.ConfigurationWatch;
import io.agentotp.server.notification.NotificationReports;
import io.agentotp.server.notification.NotificationSender;
import io.agentotp.server.notification.ServiceAddress;
import io.agentotp.server.page.PageProblems;
import io.agentotp.server.security.PresentCallers;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.token.RegisteredKeys;
import io.agentotp.server.web.LongPollCapacity;
import io.agentotp.server.web.LongPolling;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.AnnotatedBeanDefinitionReader;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.security.config.BeanIds;
import org.springframework.util.ClassUtils;
import org.springframework.util.ReflectionUtils;
import org.springframework.web.context.WebApplicationContext;
import org.springframework.web.context.support.GenericWebApplicationContext;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.NoHandlerFoundException;

/**
 * The permission service inside an application. It runs in a context of its own, without
 * a parent: neither side sees a bean of the other. They share the environment and the
 * servlet container.
 */
public final class AgentOtpServer implements SmartLifecycle, DisposableBean {

	private static final Logger logger = LoggerFactory.getLogger(AgentOtpServer.class);

	/** Where the starter finds the service; it has the same names. */
	private static final String PATH_ATTRIBUTE = "io.agentotp.server.path";

	private static final String KEY_ATTRIBUTE = "io.agentotp.server.api-key";

	private static final String STARTER = "io.agentotp.spring.boot.autoconfigure.AgentOtpConnectionDetails";

	private final ConfigurableEnvironment environment;

	private final boolean inMemory;

	private final GenericWebApplicationContext context;

	private final DispatcherServlet servlet;

	private final AgentOtpServerFilter filter;

	private final ServerPaths paths;

	private volatile boolean running;

	AgentOtpServer(ConfigurableEnvironment environment, ServletContext servletContext, ListableBeanFactory host,
			List<ServerContextCustomizer> customizers) {
		UnknownProperties.refuse(environment);
		AgentOtpServerProperties properties = Binder.get(environment)
			.bindOrCreate(AgentOtpServerProperties.PREFIX, AgentOtpServerProperties.class);
		this.paths = new ServerPaths(properties);
		this.environment = environment;
		this.inMemory = properties.datasource().isInMemory();
		requireOwnPath(host);
		this.context = new GenericWebApplicationContext(servletContext);
		this.context.setDisplayName("Agent OTP Server");
		this.context.setEnvironment(environment);
		this.context.setClassLoader(getClass().getClassLoader());
		DatabaseDriver.requireLibraries(properties.datasource());
		for (Record settings : List.of(properties, DatabaseSchema.in(properties.datasource()), properties.policies(),
				properties.audit(), properties.limits(), properties.retention(), properties.sessions(),
				properties.notifications())) {
			register(settings);
		}
		registerChannels(properties.notifications());
		this.context.registerBean(ServerPaths.class, () -> this.paths);
		connectApplication(servletContext, properties);
		this.context.registerBean("meters", Meters.class, () -> Meters.NONE);
		this.context.registerBean(ServiceAddress.class, () -> this::url);
		this.context.registerBean("longPollCapacity", LongPollCapacity.class,
				() -> LongPollCapacity.ofApplication(Runtime.getRuntime().maxMemory()));
		new AnnotatedBeanDefinitionReader(this.context).register(ServerConfiguration.class);
		customizers.forEach((customizer) -> customizer.customize(this.context));
		this.context.refresh();
		this.servlet = new QuietServlet(this.context);
		this.filter = new AgentOtpServerFilter(this.context.getBean(BeanIds.SPRING_SECURITY_FILTER_CHAIN, Filter.class),
				this.servlet, this.context.getBean(PageProblems.class), this.paths,
				this.context.getBean(PresentCallers.class));
	}

	private void register(Record settings) {
		this.context.getBeanFactory().registerSingleton(settings.getClass().getName(), settings);
	}

	// Those of a channel are there if it is on.
	private void registerChannels(NotificationSettings settings) {
		for (RecordComponent component : NotificationSettings.class.getRecordComponents()) {
			if (component.getType().isRecord()
					&& ReflectionUtils.invokeMethod(component.getAccessor(), settings) instanceof Record channel) {
				register(channel);
			}
		}
	}

	// The starter in the same application asks at the port of the application, as the
	// agent that the application is, unless it is told otherwise.
	private void connectApplication(ServletContext servletContext, AgentOtpServerProperties properties) {
		servletContext.setAttribute(PATH_ATTRIBUTE, this.paths.path());
		if (!ClassUtils.isPresent(STARTER, this.context.getClassLoader())
				|| this.environment.containsProperty("agentotp.api-key")
				|| this.environment.containsProperty("agentotp.base-url")) {
			return;
		}
		String application = this.environment.getProperty("spring.application.name");
		AgentOtpServerProperties.Agent configured = properties.agents().get(ApplicationAgent.name(application));
		ApplicationAgent agent = ApplicationAgent.of(application);
		if (configured == null) {
			this.context.registerBean(ApplicationAgent.class, () -> agent);
		}
		String key = (configured != null) ? configured.apiKey() : agent.apiKey();
		Supplier<@Nullable String> source = () -> key;
		servletContext.setAttribute(KEY_ATTRIBUTE, source);
	}

	// At the root it would take over the application's own pages.
	private void requireOwnPath(ListableBeanFactory host) {
		if (this.paths.path().isEmpty() && !hasBean(host, AgentOtpServerApplication.class)
				&& hasBean(host, DispatcherServlet.class)) {
			throw InvalidSettingException.of("path", "/",
					"Inside an application that has pages of its own it must be a path of its own, such as /agent-otp");
		}
	}

	private static boolean hasBean(ListableBeanFactory host, Class<?> type) {
		return host.getBeanNamesForType(type, false, false).length > 0;
	}

	String path() {
		return this.paths.path();
	}

	HttpServlet servlet() {
		return this.servlet;
	}

	Filter filter() {
		return this.filter;
	}

	List<String> configurationDifferences() {
		return this.context.getBean(ConfigurationWatch.class).differences();
	}

	/**
	 * Why no request is decided, although the service answers.
	 * @return the problem of the stored policies, empty if there is none
	 */
	Optional<String> refusal() {
		return this.context.getBean(PolicyRegistry.class).refusal();
	}

	/**
	 * Why the audit log is not signed for, although the service answers.
	 * @return the problem, empty if there is none
	 */
	Optional<String> auditProblem() {
		return this.context.getBean(AuditSequencer.class).problem();
	}

	/**
	 * What keeps people from being told, although the service answers.
	 * @return a sentence for each channel that does not work
	 */
	List<String> notificationProblems() {
		try {
			return this.context.getBean(NotificationReports.class).problems();
		}
		catch (DataAccessException ex) {
			return List.of();
		}
	}

	/**
	 * What keeps the service from working.
	 * @return the problem, or {@code null}
	 */
	@Nullable String problem() {
		String problem = this.context.getBean(DatabaseWatch.class).problem();
		try {
			return (problem != null) ? problem : this.context.getBean(RegisteredKeys.class).problem();
		}
		catch (DataAccessException ex) {
			return DatabaseWatch.text(ex);
		}
	}

	GenericWebApplicationContext context() {
		return this.context;
	}

	/**
	 * Says where people decide. It runs after the container has begun to take requests.
	 */
	@Override
	public void start() {
		this.running = true;
		logger.info("The permission service is at {}/", url());
		if (this.inMemory) {
			logger.warn("The permission service keeps its permissions, users and audit log in memory, "
					+ "so all are lost when the application ends. Set agentotp.server.datasource.url to keep them");
		}
		this.context.getBean(NotificationSender.class).start();
	}

	private String url() {
		return this.paths.url(servletContext(), port(), isEncrypted());
	}

	private ServletContext servletContext() {
		return Objects.requireNonNull(this.context.getServletContext());
	}

	// Unknown in a war.
	private @Nullable String port() {
		return this.environment.getProperty("local.server.port");
	}

	private boolean isEncrypted() {
		Binder binder = Binder.get(this.environment);
		return binder.bind("server.ssl.enabled", Boolean.class)
			.orElseGet(() -> !binder.bind("server.ssl", Bindable.mapOf(String.class, Object.class))
				.orElse(Map.of())
				.isEmpty());
	}

	/**
	 * Answers all waiting requests. It runs before the container stops taking requests,
	 * so that a graceful shutdown does not wait for them.
	 */
	@Override
	public void stop() {
		this.running = false;
		this.context.getBean(LongPolling.class).release();
		this.context.getBean(NotificationSender.class).stop();
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public void destroy() {
		servletContext().removeAttribute(PATH_ATTRIBUTE);
		servletContext().removeAttribute(KEY_ATTRIBUTE);
		this.context.close();
	}

	/**
	 * Does not log each path that is not there: strangers would fill the log.
	 */
	private static final class QuietServlet extends DispatcherServlet {

		QuietServlet(WebApplicationContext context) {
			super(context);
		}

		@Override
		protected void noHandlerFound(HttpServletRequest request, HttpServletResponse response)
				throws NoHandlerFoundException {
			throw new NoHandlerFoundException(request.getMethod(), request.getRequestURI(), new HttpHeaders());
		}

	}

}
