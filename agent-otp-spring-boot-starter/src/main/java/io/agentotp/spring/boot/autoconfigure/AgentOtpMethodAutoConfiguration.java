package io.agentotp.spring.boot.autoconfigure;

import java.time.Clock;

import io.agentotp.AgentOtpClient;
import io.agentotp.GrantVerifier;
import io.agentotp.spring.event.PermissionDecidedLateEvent;
import io.agentotp.spring.guard.DecisionCursorStore;
import io.agentotp.spring.guard.LateDecisions;
import io.agentotp.spring.guard.PermissionGuard;
import io.agentotp.spring.guard.PermissionGuardCustomizer;
import io.agentotp.spring.method.ArgumentValidation;
import io.agentotp.spring.method.GuardVerifier;
import io.agentotp.spring.method.GuardedBeans;
import io.agentotp.spring.method.HttpServiceClients;
import io.agentotp.spring.method.RequiresPermissionAdvisor;
import io.agentotp.spring.method.SelfInvocationPolicy;
import jakarta.validation.Validator;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.config.AopConfigUtils;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.thread.Threading;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.ImportBeanDefinitionRegistrar;
import org.springframework.context.annotation.Role;
import org.springframework.context.event.GenericApplicationListener;
import org.springframework.context.event.GenericApplicationListenerAdapter;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.core.ResolvableType;
import org.springframework.core.env.Environment;
import org.springframework.core.task.VirtualThreadTaskExecutor;
import org.springframework.core.type.AnnotationMetadata;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.web.filter.reactive.ServerWebExchangeContextFilter;
import org.springframework.web.service.registry.HttpServiceProxyRegistry;

/**
 * Auto-configuration of the method guard. Always active: a guard that a condition could
 * remove would leave methods open.
 */
@AutoConfiguration(after = AgentOtpAutoConfiguration.class)
@Import(AgentOtpMethodAutoConfiguration.AutoProxyRegistrar.class)
@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
public final class AgentOtpMethodAutoConfiguration {

	/**
	 * The infrastructure role lets every kind of auto-proxy creator take the advisor up.
	 * Providers keep the client from being created before the bean post-processors.
	 */
	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static RequiresPermissionAdvisor agentOtpRequiresPermissionAdvisor(ConfigurableBeanFactory beanFactory,
			ObjectProvider<PermissionGuard> guard, ObjectProvider<ArgumentValidation> validation,
			Environment environment) {
		// Bound early: the properties bean must not be created before the
		// post-processors.
		Binder properties = Binder.get(environment);
		RequiresPermissionAdvisor advisor = new RequiresPermissionAdvisor(beanFactory, guard::getObject,
				validation::getIfAvailable,
				properties.bind("agentotp.method.self-invocation", SelfInvocationPolicy.class)
					.orElse(SelfInvocationPolicy.FAIL));
		advisor.setOrder(properties.bind("agentotp.method.order", Integer.class)
			.orElse(RequiresPermissionAdvisor.DEFAULT_ORDER));
		return advisor;
	}

	@Bean
	@ConditionalOnMissingBean
	PermissionGuard agentOtpPermissionGuard(AgentOtpClient client, AgentOtpProperties properties,
			@Qualifier("agentOtpGrantVerifier") GrantVerifier verifier, ApplicationEventPublisher events,
			Environment environment, ObjectProvider<PermissionGuardCustomizer> customizers) {
		PermissionGuard.Builder builder = PermissionGuard.builder(client, properties.guardSettings(), events);
		builder.grantVerifier(verifier);
		builder.agents(properties.tools().denialLasts(), properties.tools().maxRequestsPerTurn());
		if (Threading.VIRTUAL.isActive(environment)) {
			builder.executor(new VirtualThreadTaskExecutor("agentotp-guard-"));
		}
		customizers.orderedStream().forEach((customizer) -> customizer.customize(builder));
		return builder.build();
	}

	@Bean
	LateDecisions agentOtpLateDecisions(PermissionGuard guard, AgentOtpClient client, AgentOtpProperties properties,
			ObjectProvider<DecisionCursorStore> store, ApplicationContext context) {
		return new LateDecisions(guard, client, store.getIfAvailable(DecisionCursorStore::inMemory),
				() -> properties.mode() == AgentOtpMode.REMOTE && isHeard(context), Clock.systemUTC());
	}

	/** Nobody is to keep a connection open for events that no bean listens to. */
	private static boolean isHeard(@Nullable ApplicationContext context) {
		if (!(context instanceof AbstractApplicationContext listening)) {
			return false;
		}
		ResolvableType event = ResolvableType.forClass(PermissionDecidedLateEvent.class);
		ResolvableType published = ResolvableType.forClassWithGenerics(PayloadApplicationEvent.class, event);
		ResolvableType other = ResolvableType.forClassWithGenerics(PayloadApplicationEvent.class, Void.class);
		return isHeard(context.getParent()) || listening.getApplicationListeners()
			.stream()
			.map((listener) -> (listener instanceof GenericApplicationListener generic) ? generic
					: new GenericApplicationListenerAdapter(listener))
			.anyMatch((listener) -> listener.supportsEventType(event)
					|| (listener.supportsEventType(published) && !listener.supportsEventType(other)));
	}

	@Bean
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
	static SharedThreads agentOtpSharedThreads(BeanFactory beanFactory, Environment environment) {
		return new SharedThreads(beanFactory, environment);
	}

	/**
	 * In a context that was processed ahead of time there is no registrar.
	 */
	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static BeanFactoryPostProcessor agentOtpGuardedBeans() {
		return GuardedBeans::watch;
	}

	@Bean
	@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
	static GuardVerifier agentOtpGuardVerifier(ConfigurableListableBeanFactory beanFactory,
			RequiresPermissionAdvisor advisor) {
		return new GuardVerifier(beanFactory, advisor);
	}

	/**
	 * Bean validation before anybody is asked.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(Validator.class)
	static class ValidationConfiguration {

		@Bean
		@ConditionalOnBooleanProperty(name = "agentotp.method.validate", matchIfMissing = true)
		ArgumentValidation agentOtpArgumentValidation(ObjectProvider<Validator> validator) {
			return new ArgumentValidation(validator.getIfUnique());
		}

	}

	/**
	 * The guard asks Spring Security's own strategy, also where no bean is at hand.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(SecurityContextHolderStrategy.class)
	static class SecurityConfiguration {

		@Bean
		static PermissionGuardCustomizer agentOtpSecurityContexts(
				ObjectProvider<SecurityContextHolderStrategy> strategies) {
			return (builder) -> strategies.stream()
				.filter((strategy) -> strategy != SecurityContextHolder.getContextHolderStrategy())
				.findFirst()
				.ifPresent((strategy) -> {
					throw new InvalidSettingException(
							"The bean of type SecurityContextHolderStrategy is not the one of SecurityContextHolder, "
									+ "so that the guard could not tell one user's call from another's",
							"Call SecurityContextHolder.setContextHolderStrategy with the bean when it is made.");
				});
		}

	}

	/**
	 * The clients of a registry are its own objects, not the beans.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(HttpServiceProxyRegistry.class)
	static class HttpServiceConfiguration {

		@Bean
		@Role(BeanDefinition.ROLE_INFRASTRUCTURE)
		static HttpServiceClients agentOtpHttpServiceClients(ObjectProvider<RequiresPermissionAdvisor> advisor) {
			return new HttpServiceClients(advisor::getObject);
		}

	}

	/**
	 * Lets reactive methods know who calls in a web request.
	 */
	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
	static class ReactiveWebConfiguration {

		@Bean
		@ConditionalOnMissingBean
		ServerWebExchangeContextFilter agentOtpExchangeContextFilter() {
			return new ServerWebExchangeContextFilter();
		}

	}

	/**
	 * Makes sure that there is an auto-proxy creator: Spring Boot registers none when
	 * {@code spring.aop.auto=false}.
	 */
	static final class AutoProxyRegistrar implements ImportBeanDefinitionRegistrar {

		@Override
		public void registerBeanDefinitions(AnnotationMetadata metadata, BeanDefinitionRegistry registry) {
			AopConfigUtils.registerAutoProxyCreatorIfNecessary(registry);
			if (registry instanceof BeanFactory beanFactory) {
				GuardedBeans.watch(beanFactory);
			}
		}

	}

}
