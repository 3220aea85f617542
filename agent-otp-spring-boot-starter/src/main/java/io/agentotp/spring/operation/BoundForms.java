package io.agentotp.spring.operation;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

import io.agentotp.spring.BoundForm;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.core.ResolvableType;
import org.springframework.util.ObjectUtils;

/**
 * Finds the application's {@link BoundForm} of a class: that of the class itself, else of
 * the nearest superclass, else of an interface.
 */
public final class BoundForms {

	/** No class has a form of its own. */
	public static final BoundForms NONE = new BoundForms(null);

	private final @Nullable ListableBeanFactory beanFactory;

	private volatile boolean none;

	private volatile boolean verified;

	/** An empty text for a class that has no form. */
	private final Map<Class<?>, String> names = new ConcurrentHashMap<>();

	private BoundForms(@Nullable ListableBeanFactory beanFactory) {
		this.beanFactory = beanFactory;
	}

	/**
	 * Return the forms that are beans.
	 */
	public static BoundForms of(BeanFactory beanFactory) {
		return (beanFactory instanceof ListableBeanFactory listable) ? new BoundForms(listable) : NONE;
	}

	/**
	 * Makes sure that each form is one of a class, once.
	 * @throws InvalidAnnotationException if one would never apply
	 */
	void verify() {
		if (this.beanFactory == null || this.verified) {
			return;
		}
		for (String name : BeanFactoryUtils.beanNamesForTypeIncludingAncestors(this.beanFactory, BoundForm.class, true,
				false)) {
			ResolvableType covered = coveredType(name);
			Type type = (covered != null) ? covered.getType() : null;
			boolean isOne = covered == null || covered.equals(ResolvableType.NONE) || type instanceof ParameterizedType
					|| (type instanceof Class<?> real && real != Object.class && !real.isArray());
			if (!isOne) {
				throw new InvalidAnnotationException("The bean '" + name + "'",
						"its type, BoundForm<" + covered + ">, is for no class, so that it would never apply",
						"Declare it as the form of one class, such as BoundForm<Account>. Arrays have no form.", null);
			}
		}
		this.verified = true;
	}

	/**
	 * Return whether values of a class are written in a form of their own.
	 */
	boolean cover(Class<?> type) {
		return !name(type).isEmpty();
	}

	/**
	 * Return whether a class of this type may have a form of its own.
	 */
	boolean coverPartOf(Class<?> type) {
		return this.beanFactory != null && Arrays
			.stream(BeanFactoryUtils.beanNamesForTypeIncludingAncestors(this.beanFactory, BoundForm.class, true, false))
			.map(this::covered)
			.anyMatch((covered) -> covered == null || type.isAssignableFrom(covered));
	}

	private @Nullable Class<?> covered(String name) {
		ResolvableType covered = coveredType(name);
		return (covered != null) ? covered.resolve() : null;
	}

	private @Nullable ResolvableType coveredType(String name) {
		return (this.beanFactory instanceof ConfigurableListableBeanFactory factory
				&& factory.containsBeanDefinition(name))
						? factory.getMergedBeanDefinition(name).getResolvableType().as(BoundForm.class).getGeneric()
						: null;
	}

	/**
	 * Return the form of a class, or {@code null} if it has none.
	 * @throws UnwritableStateException if it has several
	 */
	@Nullable Named of(Class<?> type) {
		String name = name(type);
		return (this.beanFactory == null || name.isEmpty()) ? null
				: new Named(name, this.beanFactory.getBean(name, BoundForm.class));
	}

	/**
	 * Return whether a class has the form of this name.
	 */
	boolean has(Class<?> type, String name) {
		return name(type).equals(name);
	}

	private String name(Class<?> type) {
		if (this.beanFactory == null || this.none) {
			return "";
		}
		String known = this.names.get(type);
		if (known == null) {
			// Looked at once for all classes, since most applications have no form.
			this.none = this.names.isEmpty() && !coverPartOf(Object.class);
			known = this.none ? "" : find(type);
			this.names.put(type, known);
		}
		return known;
	}

	private String find(Class<?> type) {
		for (Class<?> owner = type; owner != null && owner != Object.class; owner = owner.getSuperclass()) {
			List<String> found = names(owner);
			// The nearest of its interfaces, else what these extend.
			List<Class<?>> kinds = List.of(owner.getInterfaces());
			while (found.isEmpty() && !kinds.isEmpty()) {
				kinds.forEach((kind) -> found.addAll(names(kind)));
				kinds = kinds.stream().<Class<?>>flatMap((kind) -> Stream.of(kind.getInterfaces())).distinct().toList();
			}
			if (found.stream().distinct().count() > 1) {
				throw new UnwritableStateException(type, "it has more than one form: the beans " + found);
			}
			if (!found.isEmpty()) {
				requirePlain(found.get(0), type);
				return found.get(0);
			}
		}
		return "";
	}

	/** A value does not know its type arguments. */
	private void requirePlain(String name, Class<?> type) {
		ResolvableType covered = coveredType(name);
		if (covered != null
				&& Arrays.stream(covered.getGenerics()).anyMatch((argument) -> argument.resolve() != null)) {
			throw new UnwritableStateException(type, "its form, the bean '" + name + "', is for " + covered
					+ ": a form is for a class without type arguments");
		}
	}

	private List<String> names(Class<?> type) {
		return (this.beanFactory == null) ? List.of()
				: new ArrayList<>(List.of(BeanFactoryUtils.beanNamesForTypeIncludingAncestors(this.beanFactory,
						ResolvableType.forClassWithGenerics(BoundForm.class, type), true, false)));
	}

	/**
	 * A form and the name of its bean.
	 *
	 * @param name the name that the approver sees
	 * @param form the form
	 */
	record Named(String name, BoundForm<?> form) {

		/**
		 * Return the form of a value, which says something of it.
		 * @throws UnwritableStateException if there is none
		 */
		@SuppressWarnings("unchecked") // found by its type
		Object write(Object value) {
			Object written;
			try {
				written = ((BoundForm<Object>) this.form).write(value);
			}
			catch (RuntimeException | StackOverflowError ex) {
				// Its message can hold what the value holds.
				throw problem(value, "failed with " + ex.getClass().getSimpleName());
			}
			if (ObjectUtils.unwrapOptional(written) == null
					|| (written instanceof JsonNode json && (json.isNull() || json.isMissingNode()))) {
				throw problem(value, "gives nothing for it, which would be the same for other values");
			}
			return written;
		}

		private UnwritableStateException problem(Object value, String problem) {
			return new UnwritableStateException(value.getClass(), "its form, the bean '" + this.name + "', " + problem,
					"Mend that form, or annotate the parameter with @NotBound to leave it out of the approval");
		}

	}

}
