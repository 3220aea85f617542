package io.agentotp.spring.operation;

import java.io.InputStream;
import java.io.Reader;
import java.io.Serializable;
import java.lang.constant.Constable;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.nio.Buffer;
import java.nio.file.CopyOption;
import java.security.Principal;
import java.time.InstantSource;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalAmount;
import java.time.temporal.TemporalField;
import java.time.temporal.TemporalUnit;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Calendar;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.RandomAccess;
import java.util.Set;
import java.util.TimeZone;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.BaseStream;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import org.springframework.core.ResolvableType;

/**
 * Tells at the start which parameters no call could bind, so that the first call does not
 * have to. A declared type that leaves it open, such as an interface of the application,
 * is decided by the value.
 */
final class DeclaredType {

	/** What the JDK declares of data. Its other interfaces are code, or hide state. */
	private static final Set<Class<?>> DATA = Set.of(Number.class, CharSequence.class, Comparable.class,
			Serializable.class, Cloneable.class, Constable.class, RandomAccess.class, Record.class, Enum.class,
			Iterable.class, Principal.class);

	private static final List<Class<?>> KINDS = List.of(CopyOption.class, TemporalUnit.class, TemporalField.class,
			Collection.class, Map.class, TemporalAccessor.class, TemporalAmount.class);

	/** What frameworks pass, and what gives other content each time or none. */
	private static final Set<String> NO_DATA = Set.of("jakarta.servlet.ServletRequest",
			"jakarta.servlet.ServletResponse", "jakarta.servlet.http.HttpSession",
			"org.springframework.web.context.request.RequestAttributes",
			"org.springframework.web.server.ServerWebExchange", "org.springframework.http.HttpMessage",
			"org.springframework.validation.Errors", "org.springframework.validation.DataBinder",
			"org.springframework.boot.ApplicationArguments", "org.slf4j.Logger", "org.apache.commons.logging.Log",
			"org.springframework.ui.Model", "org.springframework.beans.factory.BeanFactory",
			"org.springframework.core.env.Environment", "org.reactivestreams.Publisher", "kotlin.Function",
			"kotlin.sequences.Sequence");

	private static final Set<String> CONTENT = Set.of("jakarta.servlet.http.Part",
			"org.springframework.core.io.InputStreamSource");

	private static final String HELD = "the value that it holds";

	private static final Map<Class<?>, String> SUBSTITUTES = Map.ofEntries(Map.entry(InstantSource.class, "an Instant"),
			Map.entry(Calendar.class, "a ZonedDateTime"), Map.entry(TimeZone.class, "a ZoneId"),
			Map.entry(URL.class, "a URI"), Map.entry(InputStream.class, "its content as byte[]"),
			Map.entry(Reader.class, "its content as text"), Map.entry(Buffer.class, "its content as byte[]"),
			Map.entry(AtomicBoolean.class, HELD), Map.entry(AtomicInteger.class, HELD),
			Map.entry(AtomicLong.class, HELD), Map.entry(AtomicReference.class, HELD), Map.entry(BitSet.class, HELD),
			Map.entry(RandomGenerator.class, "the number"), Map.entry(BaseStream.class, "a list"),
			Map.entry(Iterator.class, "a list"), Map.entry(Throwable.class, "its message"),
			Map.entry(Runnable.class, "a record that says what to do"),
			Map.entry(Supplier.class, "the value that it gives"), Map.entry(Future.class, "its result"));

	private static final int MAX_DEPTH = 16;

	private static final int MAX_LOOKS = 1000;

	private final BoundForms forms;

	private final boolean masked;

	private int looks;

	private final Set<Class<?>> seen = new HashSet<>();

	private DeclaredType(BoundForms forms, boolean masked) {
		this.forms = forms;
		this.masked = masked;
	}

	/**
	 * Return why no value of a type can be written, with the place in it, or {@code null}
	 * if it depends on the value.
	 */
	static @Nullable String problem(String name, ResolvableType type, BoundForms forms, boolean masked) {
		return new DeclaredType(forms, masked).problem(name, type, 0);
	}

	private @Nullable String problem(String path, ResolvableType declared, int depth) {
		Class<?> type = declared.resolve(Object.class);
		if (depth > MAX_DEPTH || ++this.looks > MAX_LOOKS || type.isPrimitive()
				|| (StateWriter.isScalar(type) && type != char[].class) || this.forms.cover(type)) {
			return null;
		}
		if (type.isArray() && type != char[].class) {
			return problem(path + "[]", declared.getComponentType(), depth + 1);
		}
		if (StateWriter.isEntry(type)) {
			ResolvableType entry = declared.as(Map.Entry.class);
			String key = problem(path + ".key", entry.getGeneric(0), depth + 1);
			return (key != null) ? key : problem(path + ".value", entry.getGeneric(1), depth + 1);
		}
		String reason = reason(type, this.masked);
		boolean isOpen = type.isInterface() || Modifier.isAbstract(type.getModifiers());
		if (reason != null && !(isOpen && this.forms.coverPartOf(type))) {
			return path + " is of class " + type.getTypeName() + ", and " + reason;
		}
		if (Iterable.class.isAssignableFrom(type) && CollectionKind.isJdk(type)) {
			return problem(path + "[]", declared.as(Iterable.class).getGeneric(), depth + 1);
		}
		if (Optional.class == type) {
			return problem(path, declared.getGeneric(), depth + 1);
		}
		if (Map.class.isAssignableFrom(type) && CollectionKind.isJdk(type)) {
			String key = problem(path + "[].key", declared.asMap().getGeneric(0), depth + 1);
			return (key != null) ? key : problem(path + "[]", declared.asMap().getGeneric(1), depth + 1);
		}
		return (type.isInterface() || !this.seen.add(type)) ? null : fields(path, type, depth);
	}

	/** Fields that are not final may hold nothing. */
	private @Nullable String fields(String path, Class<?> type, int depth) {
		for (Class<?> owner = type; owner != null && !CollectionKind.isJdk(owner); owner = owner.getSuperclass()) {
			for (Field field : StateWriter.instanceFields(owner).toList()) {
				String problem = isAlwaysSet(field)
						? problem(path + "." + field.getName(), ResolvableType.forField(field), depth + 1) : null;
				if (problem != null) {
					return problem;
				}
			}
		}
		return null;
	}

	private static boolean isAlwaysSet(Field field) {
		return Modifier.isFinal(field.getModifiers()) && !field.isSynthetic()
				&& Stream.of(field.getAnnotations(), field.getAnnotatedType().getAnnotations())
					.flatMap(Arrays::stream)
					.noneMatch((annotation) -> annotation.annotationType().getSimpleName().equals("Nullable"));
	}

	/**
	 * Return whether values of a type are what frameworks pass, and no data.
	 */
	static boolean isNoData(Class<?> type) {
		return isAny(NO_DATA, type) || isAny(CONTENT, type);
	}

	private static boolean isAny(Set<String> names, Class<?> type) {
		return names.contains(type.getName())
				|| Arrays.stream(type.getInterfaces()).anyMatch((contract) -> isAny(names, contract))
				|| (type.getSuperclass() != null && isAny(names, type.getSuperclass()));
	}

	private static @Nullable String reason(Class<?> type, boolean masked) {
		if (isNoData(type)) {
			return "it is no data" + (isAny(CONTENT, type) ? ": pass its name and its content instead" : "");
		}
		if (Identities.mayBe(type) || (masked && type == char[].class)) {
			return null;
		}
		String credentials = masked ? null : Credentials.problem(type);
		if (credentials != null) {
			return credentials;
		}
		if (!CollectionKind.isJdk(type)) {
			return type.isInterface() ? null : StateWriter.refusal(type);
		}
		boolean isOpen = type.isInterface() || Modifier.isAbstract(type.getModifiers());
		if (type == Object.class || type == Optional.class || (isOpen && DATA.contains(type))
				|| KINDS.stream().anyMatch((kind) -> kind.isAssignableFrom(type))) {
			return CollectionKind.hasMoreThanElements(type)
					? "it has more than its elements: pass a list, set or map of another class instead" : null;
		}
		return (type.isInterface() ? "it is code, or hides its state" : "the JDK hides its state")
				+ SUBSTITUTES.entrySet()
					.stream()
					.filter((known) -> known.getKey().isAssignableFrom(type))
					.findFirst()
					.map((known) -> ": pass " + known.getValue() + " instead")
					.orElse("");
	}

}
