package io.agentotp.spring.operation;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.Timestamp;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.text.Collator;
import java.text.Normalizer;
import java.text.Normalizer.Form;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Properties;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.Sensitive;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

import org.springframework.util.MimeType;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What is one call and what is another, field by field, from the Java value to the
 * digest.
 */
class CallDigestTableTests {

	private static final long LARGEST_EXACT = 9_007_199_254_740_992L;

	private static final String COMPOSED = "é";

	/** Each row: what differs, one value, another value. */
	static final List<Row> OTHER_CALLS = List.of(row("null and a text", null, "null"), row("null and 0", null, 0),
			row("null and an empty text", null, ""), row("null and an empty list", null, List.of()),
			row("missing and null", Map.of(), mapOf("a", null)), row("a number and its text", 1, "1"),
			row("true and its text", true, "true"), row("true and 1", true, 1), row("upper and lower case", "a", "A"),
			row("a space more", "a", "a "), row("an invisible character", "ab", "a\u200bb"),
			row("a control character", "a", "a\u0000"), row("a look-alike", "a", "а"),
			row("Unicode, composed and not", COMPOSED, Normalizer.normalize(COMPOSED, Form.NFD)),
			row("Unicode, compatible", "ﬁ", Normalizer.normalize("ﬁ", Form.NFKC)), row("the sign", 1, -1),
			row("a fraction", new BigDecimal("0.1"), new BigDecimal("0.10000000000000000001")),
			row("a set's element", Set.of("a", "b"), Set.of("a", "c")),
			row("order of a set that keeps one", new LinkedHashSet<>(List.of("a", "b")),
					new LinkedHashSet<>(List.of("b", "a"))),
			row("longs beyond doubles", LARGEST_EXACT, LARGEST_EXACT + 1),
			row("the largest longs", Long.MAX_VALUE, Long.MAX_VALUE - 1),
			row("integers beyond longs", BigInteger.TWO.pow(70), BigInteger.TWO.pow(70).add(BigInteger.ONE)),
			row("decimals beyond doubles", new BigDecimal("1E+400"), new BigDecimal("1E+401")),
			row("adjacent doubles", 0.1, Math.nextUp(0.1)), row("order of a list", List.of(1, 2), List.of(2, 1)),
			row("an element more", List.of(1), Arrays.asList(1, null)),
			row("one list or two", List.of(List.of(1), List.of(2)), List.of(List.of(1, 2))),
			row("a value and a list of it", 1, List.of(1)), row("one vararg and none", varargs("a"), varargs()),
			row("an empty vararg", varargs("a"), varargs("a", "")),
			row("joined varargs", varargs("a,b"), varargs("a", "b")), row("a key", Map.of("a", 1), Map.of("b", 1)),
			row("deep inside", nested(1), nested(2)),
			row("key and value exchanged", Map.of("a", "b"), Map.of("b", "a")),
			row("a patch that leaves and one that deletes", new Patch(null), new Patch(Optional.empty())),
			row("a JSON tree that is null and no tree", new Tree(null), new Tree(JsonNodeFactory.instance.nullNode())),
			row("order behind a view", Collections.unmodifiableSet(linked("a", "b")),
					Collections.unmodifiableSet(linked("b", "a"))),
			row("order behind a synchronized view", Collections.synchronizedSet(linked("a", "b")),
					Collections.synchronizedSet(linked("b", "a"))),
			row("order behind a checked view", Collections.checkedSet(linked("a", "b"), String.class),
					Collections.checkedSet(linked("b", "a"), String.class)),
			row("order of a set of copies", new CopyOnWriteArraySet<>(List.of("a", "b")),
					new CopyOnWriteArraySet<>(List.of("b", "a"))),
			row("order of a map's keys", mapOf("a", 1, "b", 1).keySet(), mapOf("b", 1, "a", 1).keySet()),
			row("values and a list", new Named(List.of(1)), new Named(mapOf("a", 1).values())),
			row("locales without a tag", Locale.ROOT, new Locale("", "", "POSIX")),
			row("locales with one text of parts", new Locale("x/", "c", ""), new Locale("x", "/c", "")),
			row("whole numbers and decimals of JSON", JsonNodeFactory.instance.numberNode(1),
					JsonNodeFactory.instance.numberNode(1.0)),
			row("whole numbers and decimals in JSON", JsonNodeFactory.instance.arrayNode().add(1),
					JsonNodeFactory.instance.arrayNode().add(new BigDecimal("1.0"))),
			row("order of a sequenced set and its reverse", linked("a", "b"), backwards(linked("a", "b"))),
			row("order of a sequenced map's keys and its reverse", mapOf("a", 1, "b", 1).keySet(),
					backwards(mapOf("a", 1, "b", 1).keySet())),
			row("order of the entries of a sorted map", new TreeMap<>(mapOf("a", 1, "b", 1)).entrySet(),
					reverse(mapOf("a", 1, "b", 1)).entrySet()),
			row("locales with one text", Locale.ROOT, Locale.forLanguageTag("und-Latn")),
			row("a text kind with more than its text", new Versioned(1), new Versioned(2)),
			row("large floats", 33_555_488f, 33_555_492f), row("an enum", DayOfWeek.MONDAY, DayOfWeek.TUESDAY),
			row("a record", new Payment("a", 1), new Payment("a", 2)),
			row("a record and one with null", new Payment("a", 1), new Payment(null, 1)),
			row("a date", LocalDate.of(2026, 1, 2), LocalDate.of(2026, 2, 1)),
			row("an instant", Instant.EPOCH, Instant.EPOCH.plusNanos(1)),
			row("a date and an instant", LocalDate.EPOCH, Instant.EPOCH),
			row("bytes", new byte[] { 1 }, new byte[] { 2 }), row("a map's number key", Map.of(1, "x"), Map.of(2, "x")),
			row("a field behind no getter", new HidesItsState(1), new HidesItsState(2)),
			row("a field that others must not see", new NotForOthers(1), new NotForOthers(2)),
			row("int and long", 1, 1L), row("1 and 1.0", 1, 1.0), row("float and double", 0.5f, 0.5),
			row("minus zero", -0.0, 0.0), row("an array and a list", new int[] { 1, 2 }, List.of(1, 2)),
			row("empty and null", Optional.empty(), null), row("present and the value", Optional.of(1), 1),
			row("nothing at all and nothing inside", Optional.empty(), Optional.of(Optional.empty())),
			row("nothing and nothing inside, declared", new Nick(Optional.empty()),
					new Nick(Optional.of(Optional.empty()))),
			row("nothing inside, once and twice, declared", new Open(Optional.of(Optional.empty())),
					new Open(Optional.of(Optional.of(Optional.empty())))),
			row("nothing and nothing inside, of any kind", new Open(Optional.empty()),
					new Open(Optional.of(Optional.empty()))),
			row("a map's number key and its text", Map.of(1, "x"), Map.of("1", "x")),
			row("a list and a set", List.of(1), Set.of(1)),
			row("a class and a map of its fields", new Payment("a", 1),
					Map.of("@type", Payment.class.getName(), "to", "a", "amount", 1)),
			row("a transient field", new Cached(1), new Cached(2)),
			row("a number of our own", new Amount(1), new Amount(2)), row("two empty classes", new Start(), new Stop()),
			row("equal fields", new Payment("a", 1), new Refund("a", 1)),
			row("equal fields in a list", List.of(new Payment("a", 1)), List.of(new Refund("a", 1))),
			row("equal fields in a map", Map.of("k", new Payment("a", 1)), Map.of("k", new Refund("a", 1))),
			row("a key with one text", Map.of(new Account("Alice", "DE11"), 10),
					Map.of(new Account("Alice", "DE99"), 10)),
			row("what an anonymous class captures", capturing("a"), capturing("b")),
			row("nanoseconds of a timestamp", timestamp(1), timestamp(2)),
			row("a list of a class of its own", new Tags(), new ArrayList<>()),
			row("a field of the superclass", new Special(1, 2), new Special(2, 2)),
			row("an order and its reverse", new TreeSet<>(), new TreeSet<>(Comparator.reverseOrder())),
			row("keys of any case", new TreeMap<>(), new TreeMap<>(String.CASE_INSENSITIVE_ORDER)),
			row("keys of any case, reversed", new TreeMap<>(String.CASE_INSENSITIVE_ORDER),
					new TreeMap<>(Collections.reverseOrder(String.CASE_INSENSITIVE_ORDER))),
			row("a map of keys of any case", new HashMap<>(),
					new ConcurrentSkipListMap<>(String.CASE_INSENSITIVE_ORDER)),
			row("an order's captured state", new TreeSet<>(new By("name")), new TreeSet<>(new By("id"))),
			row("an order's captured state, reversed", new TreeSet<>(Collections.reverseOrder(new By("name"))),
					new TreeSet<>(Collections.reverseOrder(new By("id")))),
			row("an order of our own and none", new ConcurrentSkipListSet<>(),
					new ConcurrentSkipListSet<>(new By("id"))),
			row("comparison behind a view", Collections.unmodifiableSet(ignoringCase()), Set.of("root")),
			row("comparison behind a map's view", Collections.unmodifiableMap(ignoringCaseMap()), Map.of("root", 1)),
			row("comparison of keys, reversed", new TreeMap<>(ignoringCaseMap()).descendingMap().keySet(),
					linked("root")),
			row("a queue's order", new PriorityQueue<>(), new PriorityQueue<>(Comparator.reverseOrder())),
			row("a blocking queue's order", new PriorityBlockingQueue<>(),
					new PriorityBlockingQueue<>(11, Comparator.reverseOrder())),
			row("a sorted map and a map that looks like one", ignoringCaseMap(),
					Map.of("@type", "java.util.Map", "@comparator",
							Map.of("@type", "java.util.Comparator", "@value", "CASE_INSENSITIVE_ORDER"), "@value",
							Map.of("root", 1))),
			row("a pattern", Pattern.compile("a"), Pattern.compile("b")),
			row("a pattern's flags", Pattern.compile("a"), Pattern.compile("a", Pattern.CASE_INSENSITIVE)),
			row("no int and 0", OptionalInt.empty(), OptionalInt.of(0)),
			row("an int and a long that may be missing", OptionalInt.of(1), OptionalLong.of(1)),
			row("longs beyond doubles that may be missing", OptionalLong.of(LARGEST_EXACT),
					OptionalLong.of(LARGEST_EXACT + 1)),
			row("a double that may be missing and minus zero", OptionalDouble.of(0.0), OptionalDouble.of(-0.0)),
			row("no double and 0", OptionalDouble.empty(), OptionalDouble.of(0)),
			row("an int that may be missing and the int", OptionalInt.of(1), 1),
			row("an address", address("", 1), address("", 2)),
			row("an address's name", address("a", 1), address("b", 1)),
			row("an address and its text", address("a", 1), "a/127.0.0.1"),
			row("a port", new InetSocketAddress(address("a", 1), 1), new InetSocketAddress(address("a", 1), 2)),
			row("a name that nobody has looked up", InetSocketAddress.createUnresolved("a", 1),
					new InetSocketAddress(address("a", 1), 1)),
			row("a time zone with the same offset", LocalDate.EPOCH.atStartOfDay(ZoneId.of("Europe/Berlin")),
					LocalDate.EPOCH.atStartOfDay(ZoneId.of("Europe/Paris"))));

	/** Each row: why there is no difference, one value, another value. */
	static final List<Row> SAME_CALLS = List.of(row("a decimal's zeros", new BigDecimal("1.50"), new BigDecimal("1.5")),
			row("a decimal's exponent", new BigDecimal("1E+2"), new BigDecimal("100")),
			row("a huge decimal's zeros", new BigDecimal("1E+400"), new BigDecimal("10E+399")),
			row("order of keys", mapOf("a", 1, "b", 2), mapOf("b", 2, "a", 1)),
			row("order of keys that are no texts", mapOf(1, 1, 2, 2), mapOf(2, 2, 1, 1)),
			row("two classes of the JDK's lists", List.of("a"), new ArrayList<>(List.of("a"))),
			row("the natural order, said", new TreeSet<>(List.of(1, 2)), natural(1, 2)),
			row("an order and a view of its reverse", reversed("a", "b"),
					new TreeSet<>(List.of("a", "b")).descendingSet()),
			row("the reverse of the reverse", ignoringCase(), ignoringCase().descendingSet().descendingSet()),
			row("a set and a sorted one", Set.of(9, 10), new TreeSet<>(List.of(9, 10))),
			row("an order and a view of it", linked("b", "a"), Collections.unmodifiableSet(linked("b", "a"))),
			row("values of a map without order", new HashMap<>(Map.of("a", 1, "b", 2)).values(),
					Collections.unmodifiableCollection(Map.of("b", 2, "a", 1).values())),
			row("order of a set", new HashSet<>(List.of("Aa", "BB")), new HashSet<>(List.of("BB", "Aa"))),
			row("order of a set of states", Set.copyOf(List.of(mapOf("a", 1), mapOf("b", 2), mapOf("c", 3))),
					new HashSet<>(List.of(mapOf("c", 3), mapOf("b", 2), mapOf("a", 1)))),
			row("order of keys, nested", List.of(mapOf("a", 1, "b", 2)), List.of(mapOf("b", 2, "a", 1))),
			row("varargs and their array", varargs("a", "b"), new String[] { "a", "b" }),
			row("one instant, two zones", Instant.EPOCH.atZone(ZoneOffset.UTC).toInstant(),
					Instant.EPOCH.atZone(ZoneId.of("Asia/Tokyo")).toInstant()),
			row("equal texts", "a".repeat(1000),
					new String("a".repeat(1000).getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)));

	/** Each row: why nobody could say which call it is, and the value. */
	static final List<Row> NO_CALLS = List.of(row("not a number", Double.NaN, null),
			row("infinite", Double.NEGATIVE_INFINITY, null), row("not a float", Float.NaN, null),
			row("deep inside", List.of(Map.of("a", Double.NaN)), null), row("half a character", "\ud83d", null),
			row("half a character as a key", Map.of("\ude00", 1), null),
			row("two keys with one text", new IdentityHashMap<>(mapOf("a", "x")), null),
			row("no data", new Object(), null), row("code", (Runnable) () -> {
			}, null), row("a map that has itself", loop(), null), row("a list with a field", new Recipients("b"), null),
			row("a map with a field", new Labels("b"), null),
			row("properties, written without defaults", new Properties(), null),
			row("an order that is code", new TreeSet<>(Comparator.comparing(String::length)), null),
			row("the reverse of an order that is code",
					new TreeSet<>(Collections.reverseOrder(Comparator.comparing(String::length))), null),
			row("an order of a language", new TreeSet<Object>(Collator.getInstance(Locale.ROOT)), null),
			row("a queue whose order is code", new PriorityQueue<>(Comparator.comparing(String::length)), null),
			row("comparison behind a view of the reverse", Collections.unmodifiableSet(ignoringCase().descendingSet()),
					null),
			row("comparison behind a view of the reverse of a part",
					Collections.unmodifiableSet(ignoringCase().tailSet("a", true).descendingSet()), null),
			row("code behind a map's view",
					Collections.unmodifiableMap(new TreeMap<>(Comparator.comparing(String::length))), null),
			row("identity behind a view", Collections.unmodifiableMap(new IdentityHashMap<>(Map.of("root", 1))), null),
			row("a set of identities", Collections.newSetFromMap(new IdentityHashMap<>()), null),
			row("a sensitive component", new Login("ann", "hunter2"), null),
			row("a tree that is too deep", deepTree(), null),
			row("too many parts", Collections.nCopies(300_000, 1), null),
			row("too many digits", BigDecimal.ONE.scaleByPowerOfTen(100_000).setScale(0), null),
			row("a cause's state that the JDK hides", new IllegalStateException("x"), null),
			row("a JSON tree with an object that is no JSON", JsonNodeFactory.instance.pojoNode(new Object()), null),
			row("a JSON tree with bytes, which would be text", JsonNodeFactory.instance.binaryNode(new byte[1]), null),
			row("a JSON tree that is not a number", JsonNodeFactory.instance.numberNode(Double.NaN), null),
			row("what an iterator gives only once", List.of(1).iterator(), null));

	private final ArgumentBinding binding = new ArgumentBinding("M.m()",
			List.of(new ArgumentBinding.Parameter(0, "value", Object.class, false)), BoundForms.NONE);

	@ParameterizedTest
	@FieldSource("OTHER_CALLS")
	void ofWhenAValueDiffersThenAnotherDigest(Row row) {
		assertThat(digest(row.one())).isNotEqualTo(digest(row.other()));
		assertThat(digest(row.one())).isEqualTo(digest(row.one()));
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void ofWhenASetIsReversedThenAnotherDigest() throws ReflectiveOperationException {
		Set<Integer> order = linked(1, 2);
		assertThat(digest(reversed(order))).isNotEqualTo(digest(order));
		assertThat(digest(reversed(order))).isEqualTo(digest(linked(2, 1)));
		assertThat(digest(reversed(linked(2, 1)))).isEqualTo(digest(order));
	}

	private static Object reversed(Collection<?> order) throws ReflectiveOperationException {
		return Class.forName("java.util.SequencedCollection").getMethod("reversed").invoke(order);
	}

	@ParameterizedTest
	@FieldSource("SAME_CALLS")
	void ofWhenOnlyTheSpellingDiffersThenTheSameDigest(Row row) {
		assertThat(digest(row.one())).isEqualTo(digest(row.other()));
	}

	@ParameterizedTest
	@FieldSource("NO_CALLS")
	void ofWhenAValueHasNoCanonicalFormThenRefused(Row row) {
		assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> digest(row.one()))
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("ARGUMENT_NOT_BINDABLE"));
	}

	@ParameterizedTest
	@MethodSource
	void ofWhenAnotherFieldDiffersThenAnotherDigest(String field, String digest) {
		assertThat(digest).as(field).isNotEqualTo(base(Map.of("max", 1), "r"));
	}

	static Stream<Object[]> ofWhenAnotherFieldDiffersThenAnotherDigest() {
		Map<String, Object> none = bind(new ArgumentBinding("M.m()", List.of(), BoundForms.NONE));
		Map<String, Object> one = bind(new ArgumentBinding("M.m()",
				List.of(new ArgumentBinding.Parameter(0, "b", int.class, false)), BoundForms.NONE), 1);
		Map<String, Object> scope = Map.of("max", 1);
		return Stream.of(new Object[] { "method", digest(Map.of("method", "M.m(int)"), "a", "r", scope, none) },
				new Object[] { "action", digest(Map.of("method", "M.m()"), "b", "r", scope, none) },
				new Object[] { "resource", base(scope, "s") }, new Object[] { "no resource", base(scope, null) },
				new Object[] { "empty resource", base(scope, "") },
				new Object[] { "scope's value", base(Map.of("max", 2), "r") },
				new Object[] { "scope's key", base(Map.of("min", 1), "r") },
				new Object[] { "no scope", base(Map.of(), "r") },
				new Object[] { "scope with more", base(Map.of("max", 1, "min", 1), "r") },
				new Object[] { "scope with a null more", base(mapOf("max", 1, "min", null), "r") },
				new Object[] { "an argument", digest(Map.of("method", "M.m()"), "a", "r", scope, one) },
				new Object[] { "fields run together", digest(Map.of("method", "M.m()a"), "", "r", scope, none) });
	}

	private static String base(Map<String, ?> scope, @Nullable String resource) {
		return digest(Map.of("method", "M.m()"), "a", resource, scope,
				bind(new ArgumentBinding("M.m()", List.of(), BoundForms.NONE)));
	}

	private String digest(@Nullable Object value) {
		return digest(Map.of("method", "M.m()"), "a", null, Map.of(), bind(this.binding, value));
	}

	private static Map<String, Object> bind(ArgumentBinding binding, @Nullable Object... arguments) {
		return binding.bind(arguments).values();
	}

	private static String digest(Map<String, ?> target, String action, @Nullable String resource, Map<String, ?> scope,
			Map<String, Object> arguments) {
		return CallDigest.of(action, resource, scope, Map.of("target", target, "arguments", arguments));
	}

	private static Row row(String what, @Nullable Object one, @Nullable Object other) {
		return new Row(what, one, other);
	}

	private static String[] varargs(String... values) {
		return values;
	}

	private static Object nested(Object value) {
		return Map.of("a", List.of(Map.of("b", Optional.of(List.of(new Payment("x", 1), value)))));
	}

	private static Map<String, Object> loop() {
		Map<String, Object> map = new LinkedHashMap<>();
		map.put("self", Collections.singletonList(map));
		return map;
	}

	@SuppressWarnings("unchecked")
	private static <K> Map<K, Object> mapOf(@Nullable Object... keysAndValues) {
		Map<Object, Object> map = new LinkedHashMap<>();
		for (int i = 0; i < keysAndValues.length; i += 2) {
			map.put(keysAndValues[i], keysAndValues[i + 1]);
		}
		return (Map<K, Object>) map;
	}

	/**
	 * A row of the table.
	 */
	record Row(String what, @Nullable Object one, @Nullable Object other) {

		@Override
		public String toString() {
			return this.what;
		}

	}

	static class Cached {

		private final int shown = 1;

		private final transient int hidden;

		Cached(int hidden) {
			this.hidden = hidden;
		}

		int sum() {
			return this.shown + this.hidden;
		}

	}

	static class Recipients extends ArrayList<String> {

		private final String hidden;

		Recipients(String hidden) {
			this.hidden = hidden;
		}

		String hidden() {
			return this.hidden;
		}

	}

	static class Labels extends LinkedHashMap<String, String> {

		private final String hidden;

		Labels(String hidden) {
			this.hidden = hidden;
		}

		String hidden() {
			return this.hidden;
		}

	}

	static class Amount extends Number {

		private final int value;

		Amount(int value) {
			this.value = value;
		}

		@Override
		public int intValue() {
			return this.value;
		}

		@Override
		public long longValue() {
			return this.value;
		}

		@Override
		public float floatValue() {
			return this.value;
		}

		@Override
		public double doubleValue() {
			return this.value;
		}

		@Override
		public String toString() {
			return "1";
		}

	}

	record Nick(Optional<Optional<String>> nick) {
	}

	record Open(Optional<Object> value) {
	}

	record Patch(@Nullable Optional<String> email) {
	}

	record Tree(@Nullable JsonNode content) {
	}

	record Named(Collection<?> values) {
	}

	record Login(String user, @Sensitive String password) {
	}

	static class Versioned extends MimeType {

		private final int version;

		Versioned(int version) {
			super("text", "plain");
			this.version = version;
		}

		int version() {
			return this.version;
		}

	}

	/** A view, from Java 21 on. */
	private static <T> Set<?> backwards(Set<T> set) {
		try {
			return (Set<?>) Set.class
				.cast(Class.forName("java.util.SequencedCollection").getMethod("reversed").invoke(set));
		}
		catch (ReflectiveOperationException ex) {
			List<T> values = new ArrayList<>(set);
			Collections.reverse(values);
			return new LinkedHashSet<>(values);
		}
	}

	private static Map<String, Object> reverse(Map<String, Object> map) {
		Map<String, Object> reversed = new TreeMap<>(Comparator.reverseOrder());
		reversed.putAll(map);
		return reversed;
	}

	@SafeVarargs
	private static <T> Set<T> linked(T... values) {
		return new LinkedHashSet<>(Arrays.asList(values));
	}

	private static TreeSet<String> ignoringCase() {
		TreeSet<String> set = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
		set.add("root");
		return set;
	}

	private static SortedMap<String, Integer> ignoringCaseMap() {
		SortedMap<String, Integer> map = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		map.put("root", 1);
		return map;
	}

	private static Set<Integer> natural(Integer... values) {
		Set<Integer> set = new TreeSet<>(Comparator.naturalOrder());
		set.addAll(List.of(values));
		return set;
	}

	private static Set<String> reversed(String... values) {
		Set<String> set = new TreeSet<>(Comparator.reverseOrder());
		set.addAll(List.of(values));
		return set;
	}

	private static InetAddress address(String name, int last) {
		try {
			return InetAddress.getByAddress(name, new byte[] { 127, 0, 0, (byte) last });
		}
		catch (UnknownHostException ex) {
			throw new IllegalArgumentException(ex);
		}
	}

	private static JsonNode deepTree() {
		JsonNode tree = JsonNodeFactory.instance.nullNode();
		for (int depth = 0; depth < 20_000; depth++) {
			tree = JsonNodeFactory.instance.arrayNode().add(tree);
		}
		return tree;
	}

	/** Nothing is compared here: what it is counts. */
	record By(String field) implements Comparator<Object> {

		@Override
		public int compare(Object one, Object other) {
			return this.field.compareTo(one.toString());
		}

	}

	record Payment(@Nullable String to, int amount) {
	}

	record Refund(@Nullable String to, int amount) {
	}

	record Start() {
	}

	record Stop() {
	}

	record Account(String name, String iban) {

		@Override
		public String toString() {
			return this.name;
		}

	}

	static class Tags extends ArrayList<String> {

	}

	static class General {

		private final int value;

		General(int value) {
			this.value = value;
		}

		int general() {
			return this.value;
		}

	}

	static class Special extends General {

		private final int value;

		Special(int general, int value) {
			super(general);
			this.value = value;
		}

		int special() {
			return this.value;
		}

	}

	private static Object capturing(String captured) {
		return new Object() {

			String get() {
				return captured;
			}

		};
	}

	private static Timestamp timestamp(int nanoseconds) {
		Timestamp timestamp = new Timestamp(0);
		timestamp.setNanos(nanoseconds);
		return timestamp;
	}

	static class HidesItsState {

		private final int amount;

		HidesItsState(int amount) {
			this.amount = amount;
		}

		String getLabel() {
			return "harmless " + (this.amount > 0);
		}

	}

	static class NotForOthers {

		@JsonIgnore
		private final int amount;

		NotForOthers(int amount) {
			this.amount = amount;
		}

		boolean isPositive() {
			return this.amount > 0;
		}

	}

}
