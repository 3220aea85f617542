package io.agentotp.spring.token;

import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

import io.agentotp.spring.RequiresToken;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.support.AopUtils;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.core.MethodClassKey;
import org.springframework.core.annotation.MergedAnnotation;
import org.springframework.core.annotation.MergedAnnotations;
import org.springframework.core.annotation.MergedAnnotations.SearchStrategy;
import org.springframework.util.ClassUtils;

/**
 * Tells what a handler demands. The one place where the annotation is looked up, so that
 * interceptors and verifier cannot disagree.
 */
public final class RequiredTokens {

	private final ConfigurableBeanFactory beanFactory;

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
	 * @throws InvalidTokenRequirementException if its annotation cannot be honoured
	 */
	@Nullable RequiredToken find(Method method, Class<?> beanType) {
		return this.cache.computeIfAbsent(new MethodClassKey(method, beanType), (key) -> {
			RequiresToken annotation = onMethod(method, beanType);
			if (annotation == null) {
				annotation = onClass(beanType);
			}
			return Optional.ofNullable((annotation != null) ? parse(method, annotation) : null);
		}).orElse(null);
	}

	/**
	 * Return the annotation of a method itself, also one on the interface that it
	 * implements.
	 */
	static @Nullable RequiresToken onMethod(Method method, Class<?> beanType) {
		Method specific = AopUtils.getMostSpecificMethod(method, beanType);
		RequiresToken found = only(specific, specific);
		if (found == null) {
			found = only(method, method);
		}
		if (found == null) {
			for (Class<?> type : ClassUtils.getAllInterfacesForClassAsSet(beanType)) {
				Method declared = ClassUtils.getMethodIfAvailable(type, method.getName(), method.getParameterTypes());
				found = (declared != null && found == null) ? only(declared, method) : found;
			}
		}
		return found;
	}

	/**
	 * Return the annotation of a class, also an inherited one.
	 */
	static @Nullable RequiresToken onClass(Class<?> beanType) {
		return only(beanType, beanType);
	}

	private static @Nullable RequiresToken only(AnnotatedElement element, Object place) {
		List<MergedAnnotation<RequiresToken>> all = MergedAnnotations.from(element, SearchStrategy.TYPE_HIERARCHY)
			.stream(RequiresToken.class)
			.toList();
		boolean direct = all.stream().anyMatch((annotation) -> annotation.getAggregateIndex() == 0);
		List<RequiresToken> found = all.stream()
			.filter((annotation) -> !direct || annotation.getAggregateIndex() == 0)
			.map(MergedAnnotation::synthesize)
			.distinct()
			.toList();
		if (found.size() > 1) {
			throw new InvalidTokenRequirementException(place, "there are two competing annotations",
					"Put the one that is meant on it directly.");
		}
		return found.isEmpty() ? null : found.get(0);
	}

	private RequiredToken parse(Method method, RequiresToken annotation) {
		String action = text(method, annotation.action());
		if (action.isBlank()) {
			throw new InvalidTokenRequirementException(method, "action is empty",
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
			throw new InvalidTokenRequirementException(method, "a placeholder cannot be resolved: " + text,
					"Set the property.");
		}
		return resolved;
	}

}
