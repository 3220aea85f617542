package io.agentotp.spring.operation;

import java.io.File;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.Parameter;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Currency;
import java.util.Date;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.BaseStream;
import java.util.stream.Stream;

import io.agentotp.OtpToken;
import io.agentotp.Permission;
import io.agentotp.spring.Sensitive;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;
import org.springframework.util.MimeType;

/**
 * Writes a value down exactly, or refuses it: two values that a body could tell apart are
 * never written alike. What can be written is a closed list: scalars, JDK collections,
 * records and plain classes with all their fields, also those that others must not see
 * and those that a class captures from its surroundings.
 * <p>
 * Where the declared type does not say which class a value has, the class stands in front
 * of it: {@code {"@type": "app.Refund", "id": 7}}, and {@code {"@type": "long", "@value":
 * 7}} for what is no object in JSON. Without it a JSON text, a truth value, an integer,
 * an array or an object is a {@link String}, {@link Boolean}, {@link Integer},
 * {@link List} or {@link Map}. A map's key that begins with {@code @} begins with one
 * more, and keys that are no texts make the map a list of pairs.
 */
@SuppressWarnings("JavaUtilDate") // applications pass it
final class StateWriter {

	/** Deeper than any data that a person could approve, and no danger for the stack. */
	private static final int MAX_DEPTH = 200;

	/** More than that would take long to write, and is not looked at by anybody. */
	private static final int MAX_PARTS = 200_000;

	private static final Set<Class<?>> NATURAL = Set.of(String.class, Boolean.class, Integer.class, List.class,
			Map.class);

	private static final Class<?> REVERSED = Collections.reverseOrder(String.CASE_INSENSITIVE_ORDER).getClass();

	private static final Set<String> LOGGERS = Set.of("org.slf4j.Logger", "org.apache.commons.logging.Log");

	private static final String TYPE = "@type";

	private static final ResolvableType ANY = ResolvableType.forClass(Object.class);

	private static final Map<Class<?>, Function<Object, @Nullable Object>> SCALARS = new HashMap<>();

	private static final ClassValue<State> STATES = new ClassValue<>() {

		@Override
		protected State computeValue(Class<?> type) {
			return State.of(type);
		}

	};

	static {
		scalar(Boolean.class, (value) -> value);
		scalar(Byte.class, (value) -> (int) value);
		scalar(Short.class, (value) -> (int) value);
		scalar(Integer.class, (value) -> value);
		scalar(Long.class, (value) -> value);
		scalar(BigInteger.class, WireNumbers::exact);
		scalar(BigDecimal.class, WireNumbers::exact);
		scalar(Date.class, (value) -> Instant.ofEpochMilli(value.getTime()).toString());
		scalar(byte[].class, (value) -> Base64.getEncoder().encodeToString(value));
		scalar(char[].class, (value) -> new String(value));
		scalar(File.class, (value) -> value.getPath());
		scalar(Locale.class, StateWriter::locale);
		scalar(Class.class, (value) -> value.getName());
		scalar(Pattern.class, (value) -> Map.of("pattern", value.pattern(), "flags", value.flags()));
		scalar(OptionalInt.class, StateWriter::number);
		scalar(OptionalLong.class, StateWriter::number);
		scalar(OptionalDouble.class, (value) -> value.isPresent() ? exact(value.getAsDouble()) : null);
		for (Class<?> type : List.of(String.class, Character.class, StringBuilder.class, StringBuffer.class, UUID.class,
				URI.class, Currency.class, Duration.class, Instant.class, LocalDate.class, LocalDateTime.class,
				LocalTime.class, MonthDay.class, OffsetDateTime.class, OffsetTime.class, Period.class, Year.class,
				YearMonth.class, ZonedDateTime.class, Inet4Address.class, Inet6Address.class,
				InetSocketAddress.class)) {
			scalar(type, (value) -> value.toString());
		}
	}

	private final BoundForms forms;

	private final boolean masked;

	/**
	 * A form does not apply to the same value again within what it gives, which would go
	 * on forever.
	 */
	private final Set<Object> writing = Collections.newSetFromMap(new IdentityHashMap<>(2));

	private @Nullable Ancestor parent;

	private int parts;

	private StateWriter(BoundForms forms, boolean masked) {
		this.forms = forms;
		this.masked = masked;
	}

	@SuppressWarnings("unchecked")
	private static <T> void scalar(Class<T> type, Function<T, @Nullable Object> form) {
		SCALARS.put(type, (Function<Object, @Nullable Object>) form);
	}

	/**
	 * Writes a value.
	 * @param value the value
	 * @param declared the type of the place where it stands
	 * @param forms the application's own forms
	 * @param masked whether nobody sees it, so that it may hold credentials
	 * @return its JSON: maps, lists, texts, numbers and truth values that nobody else
	 * holds
	 * @throws UnwritableStateException if it cannot be written exactly
	 */
	static @Nullable Object write(@Nullable Object value, ResolvableType declared, BoundForms forms, boolean masked) {
		return new StateWriter(forms, masked).write(value, declared);
	}

	/**
	 * Return whether all values of a type can be written, whatever they are: as one text,
	 * number or truth value, or as the JSON tree that they are.
	 */
	static boolean isScalar(Class<?> type) {
		return SCALARS.containsKey(ClassUtils.resolvePrimitiveIfNecessary(type)) || type == Double.class
				|| type == Float.class || (Enum.class.isAssignableFrom(type) && type != Enum.class)
				|| JsonNode.class.isAssignableFrom(type) || type == Path.class || ZoneId.class.isAssignableFrom(type)
				|| type == Charset.class || type == InetAddress.class || isKnown(type)
				|| (Date.class.isAssignableFrom(type) && CollectionKind.isJdk(type));
	}

	/**
	 * Return the text of a value that is written as text in whatever place, or
	 * {@code null}.
	 */
	static @Nullable String text(Object value) {
		if (value instanceof Number || !(isScalar(value.getClass()) || value instanceof Path || value instanceof ZoneId
				|| value instanceof Charset || value instanceof Enum<?>)) {
			return null;
		}
		Object written = write(value, ANY, BoundForms.NONE, false);
		Object text = (written instanceof Map<?, ?> typed) ? typed.get("@value") : written;
		return (text instanceof String string) ? string : null;
	}

	/**
	 * Return the number that may be there, or {@code null} if there is none.
	 */
	static @Nullable Number number(Object optional) {
		if (optional instanceof OptionalInt number) {
			return number.isPresent() ? (Number) number.getAsInt() : null;
		}
		if (optional instanceof OptionalLong number) {
			return number.isPresent() ? (Number) number.getAsLong() : null;
		}
		OptionalDouble number = (OptionalDouble) optional;
		return number.isPresent() ? (Number) number.getAsDouble() : null;
	}

	private @Nullable Object write(@Nullable Object value, ResolvableType declared) {
		if (value == null) {
			return null;
		}
		Class<?> type = value.getClass();
		if (++this.parts > MAX_PARTS) {
			throw new UnwritableStateException(type, "it has more than " + MAX_PARTS + " parts");
		}
		BoundForms.Named form = this.forms.of(type);
		if (form != null && this.writing.add(value)) {
			try {
				return form(formed(form, value, type), type, form.name());
			}
			finally {
				this.writing.remove(value);
			}
		}
		Class<?> expected = ClassUtils.resolvePrimitiveIfNecessary(declared.resolve(Object.class));
		if (value instanceof CharSequence text && !CanonicalJson.isUnicode(text)) {
			throw new UnwritableStateException(type, "it is not valid Unicode");
		}
		Function<Object, @Nullable Object> scalar = SCALARS.get(type);
		if (scalar != null) {
			if (type == char[].class) {
				requireUnseen(type);
			}
			if (type == URI.class && !this.masked) {
				requireNone(type, Credentials.problemOf(value));
			}
			return typed(scalar.apply(value), type, expected);
		}
		if (value instanceof Number number && (type == Double.class || type == Float.class)) {
			return decimal(number, type, expected);
		}
		if (value instanceof Enum<?> constant) {
			return typed(constant.name(), constant.getDeclaringClass(), expected);
		}
		if (value instanceof JsonNode json) {
			return typed(JsonTrees.values(json, StateWriter::escaped),
					JsonNode.class.isAssignableFrom(expected) ? expected : JsonNode.class, expected);
		}
		if (CollectionKind.isJdk(type) && (value instanceof ZoneId || value instanceof Charset)) {
			return typed(value.toString(), (value instanceof ZoneId) ? ZoneId.class : Charset.class, expected);
		}
		if (value instanceof Path path && CollectionKind.isJdk(type)
				&& path.getFileSystem() == FileSystems.getDefault()) {
			return typed(path.toString(), Path.class, expected);
		}
		if (value instanceof MimeType mimeType && isKnown(type)) {
			// Its text has all of it, and it keeps more than that for itself.
			return typed(mimeType.toString(), type, expected);
		}
		if (type.getName().startsWith("java.sql.") && value instanceof Date date) {
			return typed(sqlTime(date), type, expected);
		}
		if (value instanceof Comparator<?> comparator && CollectionKind.isJdk(type)) {
			Object order = order(comparator);
			if (order != null) {
				return wrapped(order, Comparator.class);
			}
		}
		return parts(value, type, declared, expected);
	}

	private @Nullable Object formed(BoundForms.Named form, Object value, Class<?> type) {
		if (this.writing.size() > MAX_DEPTH) {
			throw tooDeep(type);
		}
		Object given = form.write(value);
		// A form may give a plainer value of the same class, whose fields are written.
		boolean isPlainer = this.forms.has(given.getClass(), form.name()) && this.writing.add(given);
		try {
			return write(given, ANY);
		}
		finally {
			if (isPlainer) {
				this.writing.remove(given);
			}
		}
	}

	private static UnwritableStateException tooDeep(Class<?> type) {
		return new UnwritableStateException(type, "it is nested more than " + MAX_DEPTH + " deep");
	}

	/** The JDK hides what its comparators are. */
	private @Nullable Object order(Comparator<?> comparator) {
		if (comparator.equals(String.CASE_INSENSITIVE_ORDER)) {
			return "CASE_INSENSITIVE_ORDER";
		}
		if (comparator.equals(Collections.reverseOrder())) {
			return "reverseOrder";
		}
		if (comparator.getClass() == REVERSED) {
			Map<String, @Nullable Object> reversed = new HashMap<>(2);
			// The reverse of the reverse is the comparator itself.
			reversed.put("reverseOrder", part(".reversed()", Collections.reverseOrder(comparator), ANY));
			return reversed;
		}
		return null;
	}

	/** A subclass may have more than its text. */
	private static boolean isKnown(Class<?> mimeType) {
		return mimeType == MimeType.class || mimeType.getName().equals("org.springframework.http.MediaType");
	}

	private void requireUnseen(Class<?> type) {
		requireNone(type, this.masked ? null : Credentials.problem(type));
	}

	private static void requireNone(Class<?> type, @Nullable String credentials) {
		if (credentials != null) {
			throw new UnwritableStateException(type, credentials);
		}
	}

	private @Nullable Object parts(Object value, Class<?> type, ResolvableType declared, Class<?> expected) {
		Ancestor parent = this.parent;
		for (Ancestor ancestor = parent; ancestor != null; ancestor = ancestor.parent()) {
			if (ancestor.value() == value) {
				throw new UnwritableStateException(type, "it contains itself");
			}
		}
		int depth = (parent != null) ? parent.depth() + 1 : 1;
		if (depth > MAX_DEPTH) {
			throw tooDeep(type);
		}
		this.parent = new Ancestor(value, depth, parent);
		try {
			if (type.isArray()) {
				return typed(array(value, type, declared), type, expected);
			}
			if (value instanceof Optional<?> optional) {
				Object inside = optional.orElse(null);
				Object content = write(inside, declared.as(Optional.class).getGeneric());
				// Otherwise empty would be like nothing, or empty within present like
				// empty.
				return (expected == Optional.class && content != null && !(inside instanceof Optional<?>)) ? content
						: wrapped(content, Optional.class);
			}
			if (value instanceof Map.Entry<?, ?> entry && isEntry(type)) {
				ResolvableType types = declared.as(Map.Entry.class);
				return typed(Arrays.asList(part(".key", entry.getKey(), types.getGeneric(0)),
						part(".value", entry.getValue(), types.getGeneric(1))), Map.Entry.class, expected);
			}
			if (value instanceof Collection<?> || value instanceof Map<?, ?>) {
				requireUnseen(type);
				Class<?> kind = CollectionKind.of(value, type);
				if (kind != null) {
					Object content = (value instanceof Map<?, ?> map) ? entries(map, declared.asMap())
							: elements((Collection<?>) value, declared.asCollection());
					Comparator<?> comparator = CollectionKind.comparator(value);
					if (comparator != null) {
						return sorted(content, kind, part(".comparator()", comparator, ANY));
					}
					boolean isPairs = value instanceof Map<?, ?> && content instanceof List<?>;
					return (isPairs && isOpen(expected) && expected != Map.class) ? wrapped(content, kind)
							: typed(content, kind, expected);
				}
			}
			Map<String, @Nullable Object> identity = Identities.of(value);
			if (identity != null) {
				return identity(identity, type);
			}
			requireUnseen(type);
			return fields(value, type, expected);
		}
		finally {
			this.parent = parent;
		}
	}

	/** What the declared type says, or the kind of JSON, need not be said again. */
	private static @Nullable Object typed(@Nullable Object written, Class<?> type, Class<?> expected) {
		boolean isSaid = (type == expected && type != Collection.class) || (NATURAL.contains(type) && isOpen(expected))
				|| CollectionKind.isSaidBy(type, expected);
		// Otherwise what is there would be like nothing.
		return (isSaid && written != null) ? written : wrapped(written, type);
	}

	private static Map<String, @Nullable Object> wrapped(@Nullable Object written, Class<?> type) {
		Map<String, @Nullable Object> wrapped = new LinkedHashMap<>(4);
		wrapped.put(TYPE, type.getTypeName());
		wrapped.put("@value", written);
		return wrapped;
	}

	private static Map<String, @Nullable Object> sorted(Object content, Class<?> kind, @Nullable Object comparator) {
		Map<String, @Nullable Object> sorted = new LinkedHashMap<>(6);
		sorted.put(TYPE, kind.getTypeName());
		sorted.put("@comparator", comparator);
		sorted.put("@value", content);
		return sorted;
	}

	private static boolean isOpen(Class<?> expected) {
		return expected.isInterface() || expected == Object.class || expected == Number.class;
	}

	private static @Nullable Object decimal(Number number, Class<?> type, Class<?> expected) {
		return isMinusZero(number) ? wrapped("-0.0", type) : typed(exact(number), type, expected);
	}

	/** JSON's minus zero is zero. */
	private static boolean isMinusZero(Number number) {
		return number.doubleValue() == 0 && 1 / number.doubleValue() < 0;
	}

	private static Object exact(Number number) {
		return isMinusZero(number) ? "-0.0" : WireNumbers.exact(WireNumbers.shortest(number));
	}

	/** Not each has a tag of its own. */
	private static Object locale(Locale locale) {
		String tag = locale.toLanguageTag();
		List<String> parts = List.of(locale.getLanguage(), locale.getScript(), locale.getCountry(), locale.getVariant(),
				tag);
		return Locale.forLanguageTag(tag).equals(locale) ? tag
				: parts.stream().anyMatch((part) -> part.contains("/")) ? parts : String.join("/", parts);
	}

	private static String sqlTime(Date date) {
		boolean isPrecise = date.getClass().getSimpleName().equals("Timestamp");
		return (isPrecise ? date.toInstant() : Instant.ofEpochMilli(date.getTime())).toString();
	}

	private List<@Nullable Object> array(Object value, Class<?> type, ResolvableType declared) {
		ResolvableType component = declared.isArray() ? declared.getComponentType()
				: ResolvableType.forClass(type.getComponentType());
		// A String[] can stand where an Object[] is declared, and its class is written
		// then.
		if (component.resolve(Object.class) != type.getComponentType()) {
			component = ResolvableType.forClass(type.getComponentType());
		}
		List<@Nullable Object> array = new ArrayList<>(Array.getLength(value));
		for (int index = 0; index < Array.getLength(value); index++) {
			array.add(part("[" + index + "]", Array.get(value, index), component));
		}
		return array;
	}

	private List<@Nullable Object> elements(Collection<?> collection, ResolvableType declared) {
		ResolvableType element = declared.getGeneric();
		List<@Nullable Object> written = new ArrayList<>(collection.size());
		for (Object value : collection) {
			written.add(part("[" + written.size() + "]", value, element));
		}
		if (!CollectionKind.isOrdered(collection)) {
			sort(written);
		}
		return written;
	}

	private Object entries(Map<?, ?> map, ResolvableType declared) {
		List<@Nullable Object> keys = new ArrayList<>(map.size());
		List<@Nullable Object> values = new ArrayList<>(map.size());
		for (Map.Entry<?, ?> entry : map.entrySet()) {
			// A key is content, and no message repeats what an argument holds.
			String place = "[" + keys.size() + "]";
			keys.add(part(place + ".key", entry.getKey(), declared.getGeneric(0)));
			values.add(part(place, entry.getValue(), declared.getGeneric(1)));
		}
		if (keys.stream().allMatch(String.class::isInstance)) {
			Map<String, @Nullable Object> object = new TreeMap<>();
			for (int index = 0; index < keys.size(); index++) {
				object.put(escaped((String) keys.get(index)), values.get(index));
			}
			requireNoMark(object, map.getClass());
			if (object.size() < keys.size()) {
				throw new UnwritableStateException(map.getClass(), "two of its keys have the same text");
			}
			return object;
		}
		List<@Nullable Object> pairs = new ArrayList<>(keys.size());
		for (int index = 0; index < keys.size(); index++) {
			pairs.add(Arrays.asList(keys.get(index), values.get(index)));
		}
		sort(pairs);
		return pairs;
	}

	private static void requireNoMark(Map<String, ?> object, Class<?> type) {
		if (object.containsKey(CanonicalJson.NUMBER)) {
			throw new UnwritableStateException(type, CanonicalJson.RESERVED);
		}
	}

	/** Other languages than Java allow fields with such names, too. */
	private static String escaped(String name) {
		return name.startsWith("@") ? "@" + name : name;
	}

	private static void sort(List<@Nullable Object> written) {
		IdentityHashMap<@Nullable Object, String> texts = new IdentityHashMap<>();
		written.forEach((element) -> texts.computeIfAbsent(element, CanonicalJson::text));
		written.sort(Comparator.comparing(texts::get));
	}

	private Map<String, @Nullable Object> identity(Map<String, @Nullable Object> identity, Class<?> type) {
		identity.computeIfPresent("principal", (name, principal) -> part("." + name, principal, ANY));
		return form(identity, type, Identities.FORM);
	}

	private static Map<String, @Nullable Object> form(@Nullable Object written, Class<?> type, String name) {
		Map<String, @Nullable Object> form = new LinkedHashMap<>(6);
		form.put(TYPE, type.getTypeName());
		form.put("@form", name);
		form.put("@value", written);
		return form;
	}

	private Map<String, @Nullable Object> fields(Object value, Class<?> type, Class<?> expected) {
		State state = STATES.get(type);
		if (state.refusal() != null) {
			throw new UnwritableStateException(type, state.refusal());
		}
		Map<String, @Nullable Object> object = new Fields();
		if (type != expected) {
			object.put(TYPE, type.getName());
		}
		for (Member member : state.members()) {
			object.put(escaped(member.name()),
					part("." + member.name(), Metadata.bound(member.field(), member.get(value)), member.type()));
		}
		requireNoMark(object, type);
		return object;
	}

	private @Nullable Object part(String segment, @Nullable Object value, ResolvableType declared) {
		try {
			return write(value, declared);
		}
		catch (UnwritableStateException ex) {
			throw ex.within(segment);
		}
	}

	/**
	 * Return why no value of a class or its subclasses can be written by its fields, or
	 * {@code null}.
	 */
	static @Nullable String refusal(Class<?> type) {
		return State.refusal(type);
	}

	/** The JDK's entries hold a key and a value, and nothing else. */
	static boolean isEntry(Class<?> type) {
		return Map.Entry.class.isAssignableFrom(type) && type.getName().startsWith("java.util.")
				&& CollectionKind.isJdk(type);
	}

	/**
	 * Return the fields that are content: a logger is none.
	 */
	static Stream<Field> instanceFields(Class<?> owner) {
		return Arrays.stream(owner.getDeclaredFields())
			.filter((field) -> !Modifier.isStatic(field.getModifiers())
					&& !LOGGERS.contains(field.getType().getName()));
	}

	/**
	 * Return the path to the first place where two values of one declared type differ, as
	 * far as it says nothing of what they hold: fields by their names, but no keys.
	 */
	static String difference(@Nullable Object one, @Nullable Object other) {
		if (one instanceof List<?> list && other instanceof List<?> others && list.size() == others.size()) {
			int index = 0;
			while (index < list.size() - 1 && Objects.equals(list.get(index), others.get(index))) {
				index++;
			}
			return list.isEmpty() ? "" : "[" + index + "]" + difference(list.get(index), others.get(index));
		}
		if (one instanceof Map<?, ?> map && other instanceof Map<?, ?> others && map.keySet().equals(others.keySet())) {
			for (Map.Entry<?, ?> entry : map.entrySet()) {
				String name = (String) entry.getKey();
				if (!Objects.equals(entry.getValue(), others.get(name))) {
					boolean isOfWriter = name.startsWith("@") && !name.startsWith("@@");
					String segment = isOfWriter ? "" : (one instanceof Fields) ? "." + name : "[]";
					return segment + difference(entry.getValue(), others.get(name));
				}
			}
		}
		return "";
	}

	/** The fields of a value, which are no content. */
	private static final class Fields extends LinkedHashMap<String, @Nullable Object> {

	}

	/** What is being written around a part. */
	private record Ancestor(Object value, int depth, @Nullable Ancestor parent) {
	}

	/**
	 * A field of a class.
	 *
	 * @param name its name, with the name of its class where a subclass has one, too
	 * @param field the field
	 * @param type its declared type
	 */
	private record Member(String name, Field field, ResolvableType type) {

		@Nullable Object get(Object owner) {
			try {
				return this.field.get(owner);
			}
			catch (IllegalAccessException ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

	/**
	 * What a class adds to its values.
	 *
	 * @param members its fields, with those that it inherits
	 * @param refusal why its values cannot be written, or {@code null}
	 */
	private record State(List<Member> members, @Nullable String refusal) {

		static State of(Class<?> type) {
			String refusal = refusal(type);
			if (refusal != null) {
				return new State(List.of(), refusal);
			}
			Map<String, Member> members = new TreeMap<>();
			for (Class<?> owner = type; !CollectionKind.isJdk(owner); owner = owner.getSuperclass()) {
				for (Field field : instanceFields(owner).toList()) {
					if (!field.trySetAccessible()) {
						return new State(List.of(), "its module does not open its package");
					}
					String name = members.containsKey(field.getName()) ? owner.getName() + "." + field.getName()
							: field.getName();
					members.put(name, new Member(name, field, ResolvableType.forField(field)));
				}
			}
			return new State(List.copyOf(members.values()), null);
		}

		/** That of a record's component stands there, too. */
		private static @Nullable String sensitive(Class<?> type) {
			return Stream
				.<Class<?>>iterate(type, (owner) -> owner != null && !CollectionKind.isJdk(owner), Class::getSuperclass)
				.flatMap((owner) -> Arrays.stream(owner.getDeclaredConstructors()))
				.flatMap((constructor) -> Arrays.stream(constructor.getParameters()))
				.filter((parameter) -> parameter.isAnnotationPresent(Sensitive.class))
				.map(Parameter::getName)
				.findFirst()
				.orElse(null);
		}

		private static boolean isProtobuf(@Nullable Class<?> type) {
			return type != null && (type.getName().equals("com.google.protobuf.AbstractMessageLite")
					|| isProtobuf(type.getSuperclass()));
		}

		private static @Nullable String refusal(Class<?> type) {
			String sensitive = sensitive(type);
			if (sensitive != null) {
				return "its part " + sensitive
						+ " is @Sensitive, which only a parameter can be: put @Sensitive on the whole parameter of the method, or pass it as one of its own";
			}
			if (DeclaredType.isNoData(type)) {
				return "it is no data";
			}
			if (type == Permission.class || type == OtpToken.class) {
				return "it holds a token";
			}
			if (type.isHidden() || Proxy.isProxyClass(type)) {
				return "it is code, such as a lambda or a proxy";
			}
			if (type.getName().contains("$$SpringCGLIB$$")) {
				return "it is a proxy, which stands for something else: pass what it stands for";
			}
			if (Iterator.class.isAssignableFrom(type) || BaseStream.class.isAssignableFrom(type)) {
				return "it is used up by reading it";
			}
			if (isProtobuf(type)) {
				return "equal messages of Protocol Buffers hold different caches: name their form by a bean of type BoundForm<Message>, such as what JsonFormat prints";
			}
			Class<?> inherited = CollectionKind.inherited(type);
			if (inherited == type) {
				return "the JDK hides its state";
			}
			return CollectionKind.isStateless(inherited) ? null : "it inherits state that the JDK hides";
		}

	}

}
