package io.agentotp.spring.boot.autoconfigure;

import java.lang.reflect.Proxy;
import java.util.Set;

import io.agentotp.spring.method.Contracts;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.BeansException;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanNotOfRequiredTypeException;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.NoSuchBeanDefinitionException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.ResolvableType;
import org.springframework.core.annotation.Order;

/**
 * Says why a bean that offers tools cannot be injected by its class: the guard stands
 * before it, and cannot extend the class. Spring's message does not know that.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class FinalToolFailureAnalyzer extends AbstractFailureAnalyzer<BeansException> {

	private static final Set<String> CONTRACTS = Set.of("org.springframework.ai.tool.ToolCallback",
			"org.springframework.ai.tool.ToolCallbackProvider",
			"org.springframework.ai.tool.resolution.ToolCallbackResolver",
			"org.springframework.ai.model.tool.ToolCallingManager",
			"org.springframework.ai.tool.execution.ToolExecutionExceptionProcessor",
			"dev.langchain4j.service.tool.ToolProvider");

	private final @Nullable BeanFactory beanFactory;

	FinalToolFailureAnalyzer(@Nullable BeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure, BeansException cause) {
		for (Throwable failure = cause; failure != null; failure = failure.getCause()) {
			Class<?> required = required(failure);
			Class<?> contract = (required != null) ? contract(required) : null;
			if (required != null && contract != null && isDefined(failure, required)) {
				String name = contract.getSimpleName();
				return new FailureAnalysis(
						"A bean of class " + required.getName() + " is injected by its class, but the guard of "
								+ "agents' tools stands before it as " + name
								+ ": it cannot extend the class, which or whose methods are final.",
						"Inject it as " + name + ", also where the type of a @Bean method or a field names the class.",
						cause);
			}
		}
		return null;
	}

	private static @Nullable Class<?> required(Throwable failure) {
		if (failure instanceof BeanNotOfRequiredTypeException other) {
			return other.getRequiredType();
		}
		ResolvableType missing = (failure instanceof NoSuchBeanDefinitionException none) ? none.getResolvableType()
				: null;
		return (missing != null) ? missing.resolve() : null;
	}

	private static @Nullable Class<?> contract(Class<?> required) {
		return required.isInterface() ? null
				: Contracts.of(required)
					.stream()
					.filter((contract) -> CONTRACTS.contains(contract.getName()))
					.findFirst()
					.orElse(null);
	}

	/** The beans themselves are gone after the failure. */
	private boolean isDefined(Throwable failure, Class<?> required) {
		return (failure instanceof BeanNotOfRequiredTypeException other) ? Proxy.isProxyClass(other.getActualType())
				: this.beanFactory instanceof ListableBeanFactory beans
						&& beans.getBeanNamesForType(required, true, false).length > 0;
	}

}
