package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.guard.PermissionGuard;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.Advisor;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.FactoryBean;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.Ordered;
import org.springframework.util.ClassUtils;

/**
 * Tells what is guarded and what waits, for those who operate the application. Holds no
 * token and no argument.
 */
public final class GuardReport {

	private final ConfigurableListableBeanFactory beanFactory;

	private final RequiresPermissionAdvisor advisor;

	private final PermissionGuard guard;

	/**
	 * Creates a report.
	 * @param beanFactory the beans to look at
	 * @param advisor tells which methods are guarded
	 * @param guard knows what waits
	 */
	public GuardReport(ConfigurableListableBeanFactory beanFactory, RequiresPermissionAdvisor advisor,
			PermissionGuard guard) {
		this.beanFactory = beanFactory;
		this.advisor = advisor;
		this.guard = guard;
	}

	/**
	 * Return the guarded methods of the singletons that exist now.
	 * @return the methods, by bean
	 */
	public List<Guarded> methods() {
		List<Guarded> methods = new ArrayList<>();
		for (String name : this.beanFactory.getSingletonNames()) {
			Object bean = bean(name);
			Advised advised = (bean != null) ? this.advisor.guarding(bean) : null;
			if (advised != null) {
				Class<?> type = ClassUtils.getUserClass(AopUtils.getTargetClass(advised));
				methods(advised, type).forEach((method) -> {
					GuardedMethod guarded = this.advisor.find(method, type);
					if (guarded != null) {
						methods.add(describe(name, guarded, chain(advised)));
					}
				});
			}
		}
		return methods;
	}

	/** A repository or an HTTP client is what its factory makes. */
	private @Nullable Object bean(String name) {
		Object bean = this.beanFactory.getSingleton(name);
		if (!(bean instanceof FactoryBean<?> factory)) {
			return bean;
		}
		Class<?> type = factory.getObjectType();
		return (type != null && factory.isSingleton() && !this.advisor.methods(type).isEmpty())
				? this.beanFactory.getBean(name) : null;
	}

	private Set<Method> methods(Advised advised, Class<?> type) {
		Set<Method> methods = new LinkedHashSet<>(this.advisor.methods(type));
		for (Class<?> offered : advised.getProxiedInterfaces()) {
			if (!offered.isAssignableFrom(type)) {
				// Advice does what the interface says, and the target knows nothing of
				// it.
				methods.addAll(this.advisor.methods(offered));
			}
		}
		return methods;
	}

	private static Guarded describe(String bean, GuardedMethod guarded, List<String> advisors) {
		RequiresPermission annotation = guarded.attributes();
		return new Guarded(bean, guarded.signature(), guarded.action(), text(annotation.resource()),
				text(annotation.scope()), text(annotation.check()), advisors);
	}

	private static @Nullable String text(String attribute) {
		return attribute.isEmpty() ? null : attribute;
	}

	private static List<String> chain(Advised advised) {
		return Arrays.stream(advised.getAdvisors()).map(GuardReport::describe).toList();
	}

	private static String describe(Advisor advisor) {
		String name = ClassUtils.getShortName(advisor.getAdvice().getClass());
		return (advisor instanceof Ordered ordered) ? name + " (" + ordered.getOrder() + ")" : name;
	}

	/**
	 * Return the calls that wait for a human now.
	 * @return the waits, the oldest first
	 */
	public List<Waiting> waits() {
		return this.guard.waits()
			.stream()
			.map((wait) -> new Waiting(wait.permission().id(), wait.permission().action(),
					wait.permission().resource().orElse(null), wait.permission().approvalUrl().orElse(null),
					wait.since()))
			.toList();
	}

	/**
	 * A guarded method.
	 *
	 * @param bean the name of its bean
	 * @param method its class, name and parameter types
	 * @param action what it does
	 * @param resource the template of what it does it to, or {@code null}
	 * @param scope the expression of the limits asked for, or {@code null}
	 * @param check the expression over what was granted, or {@code null}
	 * @param advisors what stands before the body, the outermost first, with its order
	 */
	public record Guarded(String bean, String method, String action, @Nullable String resource, @Nullable String scope,
			@Nullable String check, List<String> advisors) {
	}

	/**
	 * A call that waits.
	 *
	 * @param permission the id of its permission
	 * @param action what it wants to do
	 * @param resource what to do it to, or {@code null}
	 * @param approvalUrl where a human decides, or {@code null}
	 * @param since since when it waits
	 */
	public record Waiting(String permission, String action, @Nullable String resource, @Nullable String approvalUrl,
			Instant since) {
	}

}
