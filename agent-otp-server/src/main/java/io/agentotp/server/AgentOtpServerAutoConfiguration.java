package io.agentotp.server;

import java.util.EnumSet;
import java.util.List;

import io.agentotp.server.metric.Meters;
import io.agentotp.server.metric.MicrometerMeters;
import io.agentotp.server.notification.NotificationChannel;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServlet;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.web.servlet.ServletRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.mail.javamail.JavaMailSender;

/**
 * Puts the permission service into an application. The service has a context of its own;
 * all that the application gets is a holder of that context, a servlet and a filter for
 * its path; with the Actuator, also its meters and its health.
 */
@AutoConfiguration
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnBooleanProperty(name = "agentotp.server.enabled", matchIfMissing = true)
public final class AgentOtpServerAutoConfiguration {

	// Before the chains of Spring Security (-100), which are the application's.
	private static final int FILTER_ORDER = -110;

	static final String NAME = "agentOtpServer";

	@Bean
	AgentOtpServer agentOtpServer(ConfigurableEnvironment environment, ServletContext servletContext,
			ListableBeanFactory beanFactory, ObjectProvider<ServerContextCustomizer> customizers) {
		return new AgentOtpServer(environment, servletContext, beanFactory, customizers.orderedStream().toList());
	}

	@Bean
	ServletRegistrationBean<HttpServlet> agentOtpServerServlet(AgentOtpServer server) {
		ServletRegistrationBean<HttpServlet> registration = new ServletRegistrationBean<>(server.servlet(),
				server.path() + "/*");
		registration.setName(NAME);
		registration.setLoadOnStartup(1);
		return registration;
	}

	@Bean
	FilterRegistrationBean<Filter> agentOtpServerFilter(AgentOtpServer server) {
		FilterRegistrationBean<Filter> registration = new FilterRegistrationBean<>(server.filter());
		registration.setName(NAME);
		registration.addUrlPatterns(server.path() + "/*");
		registration.setDispatcherTypes(EnumSet.allOf(DispatcherType.class));
		registration.setOrder(FILTER_ORDER);
		return registration;
	}

	@Bean
	ServerContextCustomizer agentOtpServerChannels(ObjectProvider<NotificationChannel> channels) {
		return (context) -> {
			List<NotificationChannel> own = channels.orderedStream().toList();
			for (int i = 0; i < own.size(); i++) {
				context.getBeanFactory().registerSingleton("applicationChannel" + i, own.get(i));
			}
		};
	}

	/**
	 * Lets an application that measures measure the service, too.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(MeterRegistry.class)
	static class MetricsConfiguration {

		@Bean
		ServerContextCustomizer agentOtpServerMetrics(ObjectProvider<MeterRegistry> registries) {
			MeterRegistry registry = registries.getIfUnique();
			return (context) -> {
				if (registry != null) {
					context.registerBean("micrometerMeters", Meters.class, () -> new MicrometerMeters(registry),
							(definition) -> definition.setPrimary(true));
				}
			};
		}

	}

	/**
	 * Lets an application that sends mail send those of the service, if the settings say
	 * so.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(JavaMailSender.class)
	static class MailConfiguration {

		@Bean
		ServerContextCustomizer agentOtpServerMailSender(ObjectProvider<JavaMailSender> senders) {
			return (context) -> {
				JavaMailSender sender = senders.getIfUnique();
				if (sender != null) {
					context.registerBean("applicationMailSender", JavaMailSender.class, () -> sender);
				}
			};
		}

	}

	/**
	 * Shows in the health of the application what keeps the service from working.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(ConditionalOnEnabledHealthIndicator.class)
	static class HealthConfiguration {

		@Bean("agentotp-serverHealthIndicator")
		@ConditionalOnEnabledHealthIndicator("agentotp-server")
		HealthIndicator agentOtpServerHealthIndicator(AgentOtpServer server) {
			return () -> {
				String problem = server.problem();
				if (problem != null) {
					return Health.down().withDetail("problem", problem).build();
				}
				// Up: nodes with the new configuration take over one after the other, and
				// changed policies are deleted over the API.
				Health.Builder up = Health.up();
				List<String> differences = server.configurationDifferences();
				if (!differences.isEmpty()) {
					up.withDetail("otherConfigurationOnAnotherNode", differences);
				}
				server.refusal().ifPresent((refusal) -> up.withDetail("noRequestIsDecided", refusal));
				server.auditProblem().ifPresent((unsigned) -> up.withDetail("auditLogIsNotSigned", unsigned));
				List<String> untold = server.notificationProblems();
				if (!untold.isEmpty()) {
					up.withDetail("channelsFail", untold);
				}
				return up.build();
			};
		}

	}

}
