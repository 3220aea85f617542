package io.agentotp.spring.method;

import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.agentotp.Permission;
import io.agentotp.spring.NotBound;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.Sensitive;
import io.agentotp.spring.operation.ArgumentBinding;
import io.agentotp.spring.operation.AttributeParser;
import io.agentotp.spring.operation.InvalidAnnotationException;
import org.jspecify.annotations.Nullable;

import org.springframework.core.DefaultParameterNameDiscoverer;
import org.springframework.core.KotlinDetector;
import org.springframework.core.ParameterNameDiscoverer;
import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;

/**
 * The parameters of a guarded method: which are bound, which are masked, which takes the
 * grant.
 */
final class GuardedParameters implements AttributeParser.Variables {

	static final ParameterNameDiscoverer NAMES = new DefaultParameterNameDiscoverer();

	private final List<ArgumentBinding.Parameter> bound = new ArrayList<>();

	private final List<String> notBound = new ArrayList<>();

	private final Set<String> sensitive = new HashSet<>();

	private final Map<String, Class<?>> types = new HashMap<>();

	private final Set<String> variables = new HashSet<>(Set.of("this", "root"));

	private int permissionIndex = -1;

	/**
	 * Looks at the parameters of a method.
	 * @param type the class of the bean, whose interfaces and superclasses may declare
	 * the method with annotations of its parameters
	 */
	GuardedParameters(Method method, Class<?> type) {
		Parameter[] parameters = method.getParameters();
		List<Method> declared = declared(method, type);
		@Nullable String @Nullable [] names = NAMES.getParameterNames(method);
		// The last one of a suspending function is its continuation.
		int count = KotlinDetector.isSuspendingFunction(method) ? parameters.length - 1 : parameters.length;
		for (int index = 0; index < count; index++) {
			String name = (names != null) ? names[index] : null;
			if (name == null) {
				throw new InvalidAnnotationException(RequiresPermission.class, method,
						"the names of its parameters are not known",
						"Compile with -parameters, as Spring Boot's build plugins do.");
			}
			add(method, parameters[index], annotations(declared, index), index, name);
		}
	}

	/** The method and all that it overrides or implements. */
	private static List<Method> declared(Method method, Class<?> type) {
		List<Class<?>> owners = new ArrayList<>(ClassUtils.getAllInterfacesForClassAsSet(type));
		for (Class<?> owner = type; owner != null; owner = owner.getSuperclass()) {
			owners.add(owner);
		}
		return Stream
			.concat(Stream.of(method),
					owners.stream()
						.flatMap((owner) -> Arrays.stream(owner.getDeclaredMethods()))
						.filter((other) -> isSame(method, other, type)))
			.toList();
	}

	private static boolean isSame(Method method, Method other, Class<?> type) {
		if (!other.getName().equals(method.getName()) || other.getParameterCount() != method.getParameterCount()) {
			return false;
		}
		Class<?>[] types = method.getParameterTypes();
		return IntStream.range(0, types.length)
			.allMatch((index) -> other.getParameterTypes()[index] == types[index]
					|| ResolvableType.forMethodParameter(other, index, type).resolve(Object.class) == types[index]);
	}

	private static Set<Class<?>> annotations(List<Method> declared, int index) {
		return declared.stream()
			.flatMap((method) -> Arrays.stream(method.getParameterAnnotations()[index]))
			.map(Annotation::annotationType)
			.collect(Collectors.toSet());
	}

	private void add(Method method, Parameter parameter, Set<Class<?>> annotations, int index, String name) {
		List<String> names = List.of(name, "a" + index, "p" + index);
		this.variables.addAll(names);
		names.forEach((variable) -> this.types.put(variable, parameter.getType()));
		boolean masked = annotations.contains(Sensitive.class);
		if (masked) {
			this.sensitive.addAll(names);
		}
		if (parameter.getType() == Permission.class) {
			if (this.permissionIndex >= 0) {
				throw new InvalidAnnotationException(RequiresPermission.class, method,
						"it has two parameters of type Permission", "Keep one: there is one grant.");
			}
			this.permissionIndex = index;
		}
		else if (annotations.contains(NotBound.class)) {
			if (masked) {
				throw new InvalidAnnotationException(RequiresPermission.class, method,
						"the parameter " + name + " is @NotBound and @Sensitive",
						"Keep one: what is not bound is not shown either.");
			}
			this.notBound.add(name);
		}
		else {
			this.bound.add(new ArgumentBinding.Parameter(index, name, parameter.getParameterizedType(), masked));
		}
	}

	List<ArgumentBinding.Parameter> bound() {
		return this.bound;
	}

	List<String> notBound() {
		return this.notBound;
	}

	/**
	 * Return the index of the parameter that takes the grant, or -1.
	 */
	int permissionIndex() {
		return this.permissionIndex;
	}

	@Override
	public Set<String> names() {
		return this.variables;
	}

	@Override
	public @Nullable Class<?> type(String variable) {
		return this.types.get(variable);
	}

	@Override
	public boolean isKnown(String variable) {
		return this.variables.contains(variable);
	}

	@Override
	public boolean isSensitive(String variable) {
		return this.sensitive.contains(variable);
	}

}
