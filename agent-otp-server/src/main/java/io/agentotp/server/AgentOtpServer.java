package io.agentotp.server;

import java.util.List;
import java.util.Optional;

import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSettingException;
import io.agentotp.server.config.UnknownProperties;
import io.agentotp.server.database.DatabaseWatch;
import io.agentotp.server.metric.Meters;
import io.agentotp.server.node.ConfigurationWatch;
import io.agentotp.server.page.PageProblems;
import io.agentotp.server.security.WaitingCallers;
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

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.AnnotatedBeanDefinitionReader;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpHeaders;
import org.springframework.security.config.BeanIds;
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
		requireOwnPath(host);
		this.context = new GenericWebApplicationContext(servletContext);
		this.context.setDisplayName("Agent OTP Server");
		this.context.setEnvironment(environment);
		this.context.setClassLoader(getClass().getClassLoader());
		for (Record settings : List.of(properties, properties.datasource(), properties.policies(), properties.audit(),
				properties.limits(), properties.retention(), properties.sessions())) {
			this.context.getBeanFactory().registerSingleton(settings.getClass().getName(), settings);
		}
		this.context.registerBean(ServerPaths.class, () -> this.paths);
		this.context.registerBean("meters", Meters.class, () -> Meters.NONE);
		this.context.registerBean("longPollCapacity", LongPollCapacity.class,
				() -> LongPollCapacity.ofApplication(Runtime.getRuntime().maxMemory()));
		new AnnotatedBeanDefinitionReader(this.context).register(ServerConfiguration.class);
		customizers.forEach((customizer) -> customizer.customize(this.context));
		this.context.refresh();
		this.servlet = new QuietServlet(this.context);
		this.filter = new AgentOtpServerFilter(this.context.getBean(BeanIds.SPRING_SECURITY_FILTER_CHAIN, Filter.class),
				this.servlet, this.context.getBean(PageProblems.class), this.paths,
				this.context.getBean(WaitingCallers.class));
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

	@Override
	public void start() {
		this.running = true;
	}

	/**
	 * Answers all waiting requests. It runs before the container stops taking requests,
	 * so that a graceful shutdown does not wait for them.
	 */
	@Override
	public void stop() {
		this.running = false;
		this.context.getBean(LongPolling.class).release();
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public void destroy() {
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
