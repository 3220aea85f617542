package io.agentotp.spring.token;

import java.lang.reflect.Method;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

import io.agentotp.spring.RequiresToken;
import io.agentotp.spring.method.UniqueAnnotation;
import io.agentotp.spring.operation.InvalidAnnotationException;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.core.MethodClassKey;

/**
 * Tells what a handler demands. The one place where the annotation is looked up, so that
 * interceptors and verifier cannot disagree.
 */
public final class RequiredTokens {

	private final ConfigurableBeanFactory beanFactory;

	private final UniqueAnnotation<RequiresToken> search = new UniqueAnnotation<>(RequiresToken.class,
			RequiresToken::action);

	private final ConcurrentMap<MethodClassKey, Optional<RequiredToken>> cache = new ConcurrentHashMap<>();

	/**
	 * Creates the look-up.
	 * @param beanFactory resolves placeholders
	 */
	public RequiredTokens(ConfigurableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	/**
	 * Finds what a handler method demands: the annotation on the method wins over the one
	 * on the class.
	 * @throws InvalidAnnotationException if its annotation cannot be honoured
	 */
	@Nullable RequiredToken find(Method method, Class<?> beanType) {
		return this.cache
			.computeIfAbsent(new MethodClassKey(method, beanType),
					(key) -> this.search.onMethod(method, beanType)
						.or(() -> this.search.onClass(beanType, beanType))
						.map((annotation) -> parse(method, annotation)))
			.orElse(null);
	}

	/**
	 * Return the search for the annotation itself.
	 */
	UniqueAnnotation<RequiresToken> search() {
		return this.search;
	}

	private RequiredToken parse(Method method, RequiresToken annotation) {
		String action = text(method, annotation.action());
		if (action.isBlank()) {
			throw new InvalidAnnotationException(RequiresToken.class, method, "action is empty",
					"Name the action, such as email.send.");
		}
		String resource = text(method, annotation.resource());
		return new RequiredToken(action, resource.isEmpty() ? null : resource, annotation.consume());
	}

	private String text(Method method, String text) {
		String resolved;
		try {
			resolved = this.beanFactory.resolveEmbeddedValue(text);
		}
		catch (IllegalArgumentException ex) {
			resolved = null;
		}
		if (resolved == null || resolved.contains("${")) {
			// A lenient resolver leaves what it does not know as it stands.
			throw new InvalidAnnotationException(RequiresToken.class, method,
					"a placeholder cannot be resolved: " + text, "Set the property. For a path variable write {name}.");
		}
		return resolved;
	}

}
