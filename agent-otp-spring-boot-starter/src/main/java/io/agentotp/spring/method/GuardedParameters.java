package io.agentotp.spring.method;

import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
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
import org.springframework.core.annotation.MergedAnnotations;

/**
 * The parameters of a guarded method: which are bound, which are masked, which takes the
 * grant.
 */
final class GuardedParameters implements AttributeParser.Variables {

	private static final ParameterNameDiscoverer NAMES = new DefaultParameterNameDiscoverer();

	private static final Set<String> ROOT = Set.of("this", "root");

	private final Method place;

	/** What a framework for tools fills in for its own use. */
	private static final Set<String> FRAMEWORKS = Set.of("io.modelcontextprotocol.server.McpSyncServerExchange",
			"io.modelcontextprotocol.server.McpAsyncServerExchange",
			"org.springframework.ai.mcp.annotation.McpProgressToken");

	private final List<ArgumentBinding.Parameter> bound = new ArrayList<>();

	private final List<String> notBound = new ArrayList<>();

	private final Set<Integer> sensitive = new HashSet<>();

	private final Class<?>[] types;

	private final Set<String> names;

	private final Class<?> root;

	private final Set<String> guarded;

	private final Map<String, Integer> variables = new HashMap<>();

	private int permissionIndex = -1;

	/**
	 * Looks at the parameters of a method. They are called as where the annotation
	 * stands; expressions may use the names of the implementation, too.
	 * @param annotation the annotation that counts for the method
	 * @param type the class of the bean, whose interfaces and superclasses may declare
	 * the method with annotations of its own and of its parameters
	 * @param guarded the names of its guarded methods
	 */
	GuardedParameters(Method method, RequiresPermission annotation, Class<?> type, Set<String> guarded) {
		this.guarded = guarded;
		List<Method> declared = declared(method, type);
		this.place = place(declared, annotation);
		this.types = IntStream.range(0, method.getParameterCount())
			.mapToObj((index) -> ResolvableType.forMethodParameter(method, index, type).resolve(Object.class))
			.toArray(Class<?>[]::new);
		// The last one of a suspending function is its continuation.
		int count = KotlinDetector.isSuspendingFunction(method) ? this.types.length - 1 : this.types.length;
		@Nullable String[] own = names(method, count);
		@Nullable String[] names = names(this.place, count);
		for (int index = 0; index < count; index++) {
			String name = (names[index] != null) ? names[index] : own[index];
			if (name == null) {
				throw new InvalidAnnotationException(RequiresPermission.class, method,
						"the names of its parameters are not known",
						method.getDeclaringClass().getName().startsWith("java.")
								? "It is the JDK's: override it in a class or interface of your own."
								: "Compile with -parameters, as Spring Boot's build plugins do.");
			}
			this.variables.put(name, index);
			add(method, type, annotations(declared, index), index, name);
		}
		for (int index = 0; index < count; index++) {
			if (own[index] != null) {
				this.variables.putIfAbsent(own[index], index);
			}
		}
		this.names = Set.copyOf(this.variables.keySet());
		this.root = type;
		for (int index = 0; index < count; index++) {
			this.variables.putIfAbsent("a" + index, index);
			this.variables.putIfAbsent("p" + index, index);
		}
	}

	/** The declaration that the author of the annotation sees. */
	private static Method place(List<Method> declared, RequiresPermission annotation) {
		return declared.stream()
			.filter((method) -> has(method, annotation))
			.findFirst()
			.or(() -> declared.stream().filter((method) -> has(method.getDeclaringClass(), annotation)).findFirst())
			.orElse(declared.get(0));
	}

	private static boolean has(AnnotatedElement element, RequiresPermission annotation) {
		return MergedAnnotations.from(element)
			.stream(RequiresPermission.class)
			.anyMatch((found) -> found.synthesize().equals(annotation));
	}

	private static @Nullable String[] names(Method method, int count) {
		@Nullable String @Nullable [] names = NAMES.getParameterNames(method);
		return (names != null) ? names : new @Nullable String[count];
	}

	/** The method and all that it overrides or implements. */
	private static List<Method> declared(Method method, Class<?> type) {
		List<Class<?>> owners = new ArrayList<>(Contracts.of(type));
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
		if (!canBeOverridden(other, method) || other.isBridge() || !other.getName().equals(method.getName())
				|| other.getParameterCount() != method.getParameterCount()) {
			return false;
		}
		Class<?>[] types = method.getParameterTypes();
		return IntStream.range(0, types.length)
			.allMatch((index) -> other.getParameterTypes()[index] == types[index]
					|| ResolvableType.forMethodParameter(other, index, type).resolve(Object.class) == types[index]);
	}

	private static boolean canBeOverridden(Method other, Method method) {
		int modifiers = other.getModifiers();
		return !Modifier.isPrivate(modifiers) && !Modifier.isStatic(modifiers)
				&& (Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers)
						|| other.getDeclaringClass().getPackage().equals(method.getDeclaringClass().getPackage()));
	}

	private static Set<Class<?>> annotations(List<Method> declared, int index) {
		return declared.stream()
			.flatMap((method) -> Arrays.stream(method.getParameterAnnotations()[index]))
			.map(Annotation::annotationType)
			.collect(Collectors.toSet());
	}

	private void add(Method method, Class<?> owner, Set<Class<?>> annotations, int index, String name) {
		// By its type it is a password.
		boolean masked = annotations.contains(Sensitive.class)
				|| (this.types[index] == char[].class && !annotations.contains(NotBound.class));
		if (masked) {
			this.sensitive.add(index);
		}
		if (this.types[index] == Permission.class) {
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
		else if (FRAMEWORKS.contains(this.types[index].getName())
				|| annotations.stream().map(Class::getName).anyMatch(FRAMEWORKS::contains)) {
			this.notBound.add(name);
		}
		else {
			this.bound.add(new ArgumentBinding.Parameter(index, name,
					ResolvableType.forMethodParameter(method, index, owner), masked));
		}
	}

	/**
	 * Return the method that the annotation stands on, or that its class declares: the
	 * guarded one, or one that it implements or overrides.
	 */
	Method place() {
		return this.place;
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

	/**
	 * Return the index of the argument that a variable stands for, or {@code null} if
	 * none.
	 */
	@Nullable Integer index(String variable) {
		return this.variables.get(variable);
	}

	@Override
	public Set<String> names() {
		return this.names;
	}

	@Override
	public @Nullable Class<?> type(String variable) {
		Integer index = index(variable);
		return (index != null) ? this.types[index] : null;
	}

	@Override
	public boolean hasProperty(String name) {
		return AttributeParser.hasMember(this.root, name);
	}

	@Override
	public boolean isGuarded(String name) {
		return this.guarded.contains(name);
	}

	@Override
	public boolean isKnown(String variable) {
		return ROOT.contains(variable) || this.variables.containsKey(variable);
	}

	@Override
	public boolean isSensitive(String variable) {
		Integer index = index(variable);
		return index != null && this.sensitive.contains(index);
	}

}
