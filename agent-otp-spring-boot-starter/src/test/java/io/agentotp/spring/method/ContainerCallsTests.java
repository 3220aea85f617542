package io.agentotp.spring.method;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.operation.InvalidAnnotationException;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.BeanNameAware;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.InitializingBean;
import org.springframework.beans.factory.SmartFactoryBean;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.AutowireCapableBeanFactory;
import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.config.BeanDefinitionCustomizer;
import org.springframework.beans.factory.support.AbstractBeanDefinition;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationContextAware;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What the container calls on a bean itself is not guarded: the application does not
 * start, and the method has not run.
 */
class ContainerCallsTests {

	private static final List<String> RAN = new CopyOnWriteArrayList<>();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(
				AutoConfigurations.of(AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class))
		.withPropertyValues("agentotp.mode=deny-all");

	@BeforeEach
	void forget() {
		RAN.clear();
	}

	@ParameterizedTest
	@MethodSource("called")
	<T> void startWhenTheContainerCallsAGuardedMethodThenFailsBeforeItRuns(Class<T> type, String method,
			BeanDefinitionCustomizer definition) {
		for (boolean lazy : new boolean[] { false, true }) {
			this.contextRunner
				.withInitializer((context) -> ((GenericApplicationContext) context).registerBean("beanUnderTest", type,
						definition, (bean) -> bean.setLazyInit(lazy)))
				.run((context) -> assertRefused(context.getStartupFailure(), method));
		}
		assertThat(RAN).isEmpty();
	}

	static Stream<Object[]> called() {
		BeanDefinitionCustomizer none = (definition) -> {
		};
		return Stream.of(new Object[] { Made.class, "made", none }, new Object[] { Ended.class, "ended", none },
				new Object[] { Initializing.class, "afterPropertiesSet", none },
				new Object[] { Disposable.class, "destroy", none }, new Object[] { Closeable.class, "close", none },
				new Object[] { Named.class, "setBeanName", none },
				new Object[] { InContext.class, "setApplicationContext", none },
				new Object[] { Wired.class, "wire", none }, new Object[] { Valued.class, "setText", none },
				new Object[] { ByResource.class, "setContext", none }, new Object[] { Inherits.class, "made", none },
				new Object[] { InitializesInABase.class, "afterPropertiesSet", none },
				new Object[] { OnTheMethod.class, "close", none },
				new Object[] { Plain.class, "act", custom((bean) -> bean.setInitMethodName("act")) },
				new Object[] { Plain.class, "act", custom((bean) -> bean.setDestroyMethodName("act")) },
				new Object[] { Plain.class, "shutdown",
						custom((bean) -> bean.setDestroyMethodName(AbstractBeanDefinition.INFER_METHOD)) },
				new Object[] { Plain.class, "setText",
						custom((bean) -> bean.getPropertyValues().add("text", "set by the definition")) },
				new Object[] { Plain.class, "setText",
						custom((bean) -> bean.setAutowireMode(AutowireCapableBeanFactory.AUTOWIRE_BY_NAME)) });
	}

	private static BeanDefinitionCustomizer custom(Consumer<AbstractBeanDefinition> change) {
		return (BeanDefinition definition) -> change.accept((AbstractBeanDefinition) definition);
	}

	@Test
	void startWhenADestroyMethodIsInferredOrNamedThenFails() {
		this.contextRunner.withUserConfiguration(Inferred.class)
			.run((context) -> assertRefused(context.getStartupFailure(), "shutdown"));
		this.contextRunner.withUserConfiguration(NamedDestroy.class)
			.run((context) -> assertRefused(context.getStartupFailure(), "act"));
		assertThat(RAN).isEmpty();
	}

	@ParameterizedTest
	@MethodSource("called")
	<T> void startWhenTheBeanIsAnInnerOneThenFailsBeforeItRuns(Class<T> type, String method,
			BeanDefinitionCustomizer definition) {
		RootBeanDefinition inner = new RootBeanDefinition(type);
		definition.customize(inner);
		this.contextRunner
			.withInitializer((context) -> ((GenericApplicationContext) context).registerBean("outer", Outer.class,
					(bean) -> bean.getPropertyValues().add("part", inner)))
			.run((context) -> assertRefused(context.getStartupFailure(), method));
		assertThat(RAN).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(classes = { Making.class, Deciding.class, MakingByClass.class })
	<T> void startWhenTheContainerAsksAGuardedFactoryThenFails(Class<T> factory) {
		for (boolean lazy : new boolean[] { false, true }) {
			this.contextRunner
				.withInitializer((context) -> ((GenericApplicationContext) context).registerBean("made", factory,
						(bean) -> bean.setLazyInit(lazy)))
				.run((context) -> assertThat(context.getStartupFailure())
					.hasStackTraceContaining(InvalidAnnotationException.class.getName())
					.hasStackTraceContaining("on the bean itself"));
		}
	}

	@ParameterizedTest
	@ValueSource(classes = { BoundByFactory.class, BoundByClass.class, BoundGetter.class })
	void startWhenPropertiesAreBoundThenFails(Class<?> configuration) {
		this.contextRunner.withUserConfiguration(configuration)
			.withPropertyValues("my.host=a", "my.hosts=b")
			.run((context) -> {
				assertThat(context).hasFailed();
				assertThat(context.getStartupFailure()).rootCause()
					.isInstanceOf(InvalidAnnotationException.class)
					.hasMessageContaining("on the bean itself");
			});
		assertThat(RAN).isEmpty();
	}

	@Test
	void startWhenNobodyCallsItThenStarts() {
		this.contextRunner.withUserConfiguration(NotDestroyed.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean("prototype")).isNotNull();
		});
		this.contextRunner.withBean(PrivatelyMade.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(RAN).containsExactly("made");
		});
	}

	@Test
	void getBeanWhenItsTypeShowsOnlyThenThenRefusedBeforeItRuns() {
		this.contextRunner.withUserConfiguration(Hidden.class).run((context) -> {
			assertThat(context).hasNotFailed();
			assertThatExceptionOfType(RuntimeException.class).isThrownBy(() -> context.getBean("hidden"))
				.satisfies((ex) -> assertRefused(ex, "made"));
		});
		assertThat(RAN).isEmpty();
	}

	private static void assertRefused(Throwable failure, String method) {
		Throwable cause = failure;
		while (!(cause instanceof InvalidAnnotationException)) {
			assertThat(cause).as("cause of %s", failure).isNotNull();
			cause = cause.getCause();
		}
		InvalidAnnotationException invalid = (InvalidAnnotationException) cause;
		assertThat(invalid.problem()).containsPattern("\\." + method + "\\([A-Za-z]*\\)")
			.contains("on the bean itself");
		assertThat(invalid.remedy()).contains("when the application runs");
	}

	@RequiresPermission(action = "a")
	public static class Plain {

		public void act() {
			RAN.add("act");
		}

		public void shutdown() {
			RAN.add("shutdown");
		}

		public void setText(String text) {
			RAN.add("text");
		}

	}

	@RequiresPermission(action = "a")
	public static class Made {

		@PostConstruct
		public void made() {
			RAN.add("made");
		}

	}

	public static class Inherits extends Made {

	}

	@RequiresPermission(action = "a")
	public static class PrivatelyMade {

		@PostConstruct
		private void made() {
			RAN.add("made");
		}

		public void act() {
			RAN.add("act");
		}

	}

	@RequiresPermission(action = "a")
	public static class Ended {

		@PreDestroy
		void ended() {
			RAN.add("ended");
		}

	}

	@RequiresPermission(action = "a")
	public static class Initializing implements InitializingBean {

		@Override
		public void afterPropertiesSet() {
			RAN.add("afterPropertiesSet");
		}

	}

	public static class Base {

		public void afterPropertiesSet() {
			RAN.add("afterPropertiesSet");
		}

	}

	@RequiresPermission(action = "a")
	public static class InitializesInABase extends Base implements InitializingBean {

	}

	@RequiresPermission(action = "a")
	public static class Disposable implements DisposableBean {

		@Override
		public void destroy() {
			RAN.add("destroy");
		}

	}

	@RequiresPermission(action = "a")
	public static class Closeable implements AutoCloseable {

		@Override
		public void close() {
			RAN.add("close");
		}

	}

	public static class OnTheMethod implements java.io.Closeable {

		@Override
		@RequiresPermission(action = "a")
		public void close() {
			RAN.add("close");
		}

	}

	@RequiresPermission(action = "a")
	public static class Named implements BeanNameAware {

		@Override
		public void setBeanName(String name) {
			RAN.add("name");
		}

	}

	@RequiresPermission(action = "a")
	public static class InContext implements ApplicationContextAware {

		@Override
		public void setApplicationContext(ApplicationContext context) {
			RAN.add("context");
		}

	}

	@RequiresPermission(action = "a")
	public static class Wired {

		@Autowired
		public void wire(ApplicationContext context) {
			RAN.add("wire");
		}

	}

	@RequiresPermission(action = "a")
	public static class Valued {

		@Value("${some.text:text}")
		public void setText(String text) {
			RAN.add("text");
		}

	}

	@RequiresPermission(action = "a")
	public static class ByResource {

		@Resource
		public void setContext(ApplicationContext context) {
			RAN.add("context");
		}

	}

	public static class Outer {

		public void setPart(Object part) {
		}

	}

	public static class Making implements FactoryBean<String> {

		@Override
		public String getObject() {
			RAN.add("getObject");
			return "made";
		}

		@Override
		@RequiresPermission(action = "a")
		public Class<?> getObjectType() {
			RAN.add("getObjectType");
			return String.class;
		}

	}

	@RequiresPermission(action = "a")
	public static class MakingByClass implements FactoryBean<String> {

		@Override
		public String getObject() {
			return "made";
		}

		@Override
		public Class<?> getObjectType() {
			return String.class;
		}

	}

	public static class Deciding implements SmartFactoryBean<String> {

		@Override
		public String getObject() {
			return "made";
		}

		@Override
		public Class<?> getObjectType() {
			return String.class;
		}

		@Override
		@RequiresPermission(action = "a")
		public boolean isPrototype() {
			RAN.add("isPrototype");
			return false;
		}

	}

	public static class Target {

		private final List<String> hosts = new ArrayList<>();

		@RequiresPermission(action = "a")
		public List<String> getHosts() {
			RAN.add("getHosts");
			return this.hosts;
		}

		@RequiresPermission(action = "a")
		public void setHost(String host) {
			RAN.add("setHost");
		}

	}

	@ConfigurationProperties("my")
	public static class AnnotatedTarget extends Target {

	}

	@ConfigurationProperties("my")
	public static class GetterTarget {

		private final List<String> hosts = new ArrayList<>();

		@RequiresPermission(action = "a")
		public List<String> getHosts() {
			RAN.add("getHosts");
			return this.hosts;
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties
	static class BoundByFactory {

		@Bean
		@ConfigurationProperties("my")
		Target target() {
			return new Target();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties
	static class BoundByClass {

		@Bean
		AnnotatedTarget target() {
			return new AnnotatedTarget();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties(GetterTarget.class)
	static class BoundGetter {

	}

	@Configuration(proxyBeanMethods = false)
	static class Inferred {

		@Bean
		Plain plain() {
			return new Plain();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NamedDestroy {

		@Bean(destroyMethod = "act")
		Plain plain() {
			return new Plain();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class NotDestroyed {

		@Bean(destroyMethod = "")
		Plain plain() {
			return new Plain();
		}

		@Bean
		@Scope("prototype")
		Plain prototype() {
			return new Plain();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Hidden {

		@Bean
		@Lazy
		Object hidden() {
			return new Made();
		}

	}

}
