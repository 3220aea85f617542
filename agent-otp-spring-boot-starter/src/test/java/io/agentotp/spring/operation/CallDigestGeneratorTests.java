package io.agentotp.spring.operation;

import java.math.BigDecimal;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Random calls, small enough to meet each other often: what is equal has one digest, and
 * what differs anywhere, in type or value, never has.
 */
class CallDigestGeneratorTests {

	private static final int CALLS = Integer.getInteger("agentotp.test.tries", 20_000);

	private static final long SEED = Long.getLong("agentotp.test.seed", 12);

	private static final List<Object> SCALARS = List.of("", "1", "a", "@type", "true", 'a', true, false, (byte) 1,
			(short) 1, 0, 1, 2, 1L, 2L, 1.0, 1.0f, 0.1, -0.0, 0.0, new BigDecimal("1"), new BigDecimal("0.1"),
			DayOfWeek.MONDAY, Colour.RED, Mood.RED, Instant.EPOCH, LocalDate.EPOCH, new UUID(0, 1),
			new StringBuilder("a"), Long.MAX_VALUE, Long.MAX_VALUE - 1, String.class, Integer.class);

	private final Random random = new Random(SEED);

	private final ArgumentBinding undeclared = new ArgumentBinding("Any.call()",
			List.of(new ArgumentBinding.Parameter(0, "value", Object.class, false)), BoundForms.NONE);

	private final ArgumentBinding declared = new ArgumentBinding("Any.call()",
			List.of(new ArgumentBinding.Parameter(0, "value", Holder.class, false)), BoundForms.NONE);

	@Test
	void ofWhenCallsDifferAnywhereThenTheirDigestsDoAndOnlyThen() {
		Map<String, Form> byDigest = new HashMap<>();
		Map<Form, String> byForm = new HashMap<>();
		int met = 0;
		for (int i = 0; i < CALLS; i++) {
			Form form = form(3);
			String digest = digest(this.undeclared, form.make(this.random));
			Form same = byDigest.putIfAbsent(digest, form);
			assertThat(same == null || same.equals(form)).as(() -> "one digest: " + same + " and " + form).isTrue();
			String known = byForm.putIfAbsent(form, digest);
			assertThat(known == null || known.equals(digest)).as(() -> "two digests: " + form).isTrue();
			met += (known != null) ? 1 : 0;
		}
		// Otherwise nothing was compared.
		assertThat(met).isGreaterThan(CALLS / 10);
		assertThat(byForm).hasSizeGreaterThan(CALLS / 10);
	}

	@Test
	void ofWhenTypesAreDeclaredThenTheSame() {
		Map<String, Form> byDigest = new HashMap<>();
		for (int i = 0; i < CALLS / 5; i++) {
			Form text = text();
			Form number = scalar(1, 2, 3);
			List<Form> list = forms(2, this::text);
			Map<Form, Form> map = new LinkedHashMap<>();
			for (Form key : forms(2, () -> new State(List.of(Key.class), List.of(scalar("x", "y"), scalar(1, 2))))) {
				map.put(key, scalar(1L, 2L));
			}
			List<Form> shapes = forms(2,
					() -> this.random.nextBoolean() ? new State(List.of(Circle.class), List.of(scalar(1, 2)))
							: new State(List.of(Square.class), List.of(scalar(1, 2))));
			Form any = form(1);
			Form holder = new State(List.of(Holder.class), List.of(text, number, new Elements(ArrayList.class, list),
					new Entries(map), new Elements(ArrayList.class, shapes), any));
			String digest = digest(this.declared, holder.make(this.random));
			Form same = byDigest.putIfAbsent(digest, holder);
			assertThat(same == null || same.equals(holder)).as(() -> "one digest: " + same + " and " + holder).isTrue();
			assertThat(digest(this.declared, holder.make(this.random))).isEqualTo(digest);
		}
	}

	private static String digest(ArgumentBinding binding, @Nullable Object value) {
		return CallDigest.of("a", null, Map.of(), Map.of("target", Map.of("method", "Any.call()"), "arguments",
				binding.bind(new Object[] { value }).values()));
	}

	private Form form(int depth) {
		int kind = this.random.nextInt((depth > 0) ? 16 : 7);
		return switch (kind) {
			case 7, 8 -> new Elements(ArrayList.class, forms(2, () -> form(depth - 1)));
			case 9 -> new Elements(Object[].class, forms(2, () -> form(depth - 1)));
			case 10 -> new Elements(ArrayDeque.class, forms(2, this::notNull));
			case 11 -> new Members(Set.copyOf(forms(2, this::notNull)));
			case 12, 13 -> {
				Map<Form, Form> map = new LinkedHashMap<>();
				forms(2, () -> (this.random.nextInt(3) > 0) ? text() : notNull())
					.forEach((key) -> map.put(key, form(depth - 1)));
				yield new Entries(map);
			}
			case 14 -> new State(List.of(pick(Circle.class, Square.class, Open.class, Special.class)),
					List.of(form(depth - 1)));
			case 15 -> new State(List.of(pick(Optional.class, Captured.class, Empty.class, Nothing.class)),
					List.of(notNull()));
			default ->
				new Scalar((this.random.nextInt(20) == 0) ? null : SCALARS.get(this.random.nextInt(SCALARS.size())));
		};
	}

	private Form notNull() {
		return new Scalar(SCALARS.get(this.random.nextInt(SCALARS.size() - 6)));
	}

	private Form text() {
		return scalar("", "a", "b", "@type", "$type");
	}

	private Form scalar(Object... values) {
		return new Scalar(pick(values));
	}

	@SafeVarargs
	private <T> T pick(T... values) {
		return values[this.random.nextInt(values.length)];
	}

	private List<Form> forms(int atMost, Supplier<Form> form) {
		List<Form> forms = new ArrayList<>();
		for (int i = this.random.nextInt(atMost + 1); i > 0; i--) {
			forms.add(form.get());
		}
		return forms;
	}

	/**
	 * What a value is, apart from how it is made: two forms are equal if no body can tell
	 * their values apart.
	 */
	sealed interface Form {

		@Nullable Object make(Random random);

	}

	record Scalar(@Nullable Class<?> type, @Nullable String text, @Nullable Object value) implements Form {

		Scalar(@Nullable Object value) {
			this((value != null) ? value.getClass() : null, String.valueOf(value), value);
		}

		@Override
		public boolean equals(@Nullable Object other) {
			return other instanceof Scalar scalar && this.type == scalar.type && this.text.equals(scalar.text);
		}

		@Override
		public int hashCode() {
			return this.text.hashCode();
		}

		@Override
		public @Nullable Object make(Random random) {
			return (this.value instanceof BigDecimal decimal) ? decimal.setScale(decimal.scale() + random.nextInt(3))
					: (this.value instanceof StringBuilder text) ? new StringBuilder(text) : this.value;
		}

	}

	record Elements(Class<?> kind, List<Form> elements) implements Form {

		@Override
		public Object make(Random random) {
			Object[] made = this.elements.stream().map((element) -> element.make(random)).toArray();
			if (this.kind == Object[].class) {
				return made;
			}
			if (this.kind == ArrayDeque.class) {
				return new ArrayDeque<>(Arrays.asList(made));
			}
			return switch (random.nextInt(4)) {
				case 0 -> new LinkedList<>(Arrays.asList(made));
				case 1 -> Arrays.asList(made);
				case 2 -> Collections.unmodifiableList(Arrays.asList(made));
				default -> new ArrayList<>(Arrays.asList(made));
			};
		}

	}

	record Members(Set<Form> elements) implements Form {

		@Override
		public Object make(Random random) {
			List<Object> made = new ArrayList<>(this.elements.stream().map((element) -> element.make(random)).toList());
			Collections.shuffle(made, random);
			return random.nextBoolean() ? new HashSet<>(made) : Collections.unmodifiableSet(new HashSet<>(made));
		}

	}

	record Entries(Map<Form, Form> entries) implements Form {

		@Override
		public Object make(Random random) {
			List<Form> keys = new ArrayList<>(this.entries.keySet());
			Collections.shuffle(keys, random);
			Map<Object, Object> made = random.nextBoolean() ? new HashMap<>() : new LinkedHashMap<>();
			keys.forEach((key) -> made.put(key.make(random), this.entries.get(key).make(random)));
			return (random.nextInt(3) == 0 && !made.containsValue(null)) ? new ConcurrentHashMap<>(made) : made;
		}

	}

	record State(List<Class<?>> type, List<Form> fields) implements Form {

		@Override
		public boolean equals(@Nullable Object other) {
			return other instanceof State state && this.type.equals(state.type)
					&& (isEmpty() || this.fields.equals(state.fields));
		}

		@Override
		public int hashCode() {
			return this.type.hashCode() + (isEmpty() ? 0 : this.fields.hashCode());
		}

		private boolean isEmpty() {
			return this.type.get(0) == Empty.class || this.type.get(0) == Nothing.class;
		}

		@Override
		@SuppressWarnings("unchecked")
		public Object make(Random random) {
			@Nullable Object[] made = this.fields.stream().map((field) -> field.make(random)).toArray();
			Class<?> made0 = this.type.get(0);
			return (made0 == Circle.class) ? new Circle(made[0]) : (made0 == Square.class) ? new Square(made[0])
					: (made0 == Open.class) ? new Open(made[0]) : (made0 == Special.class) ? new Special(made[0])
							: (made0 == Optional.class) ? Optional.of(made[0]) : (made0 == Captured.class)
									? Captured.of(made[0])
									: (made0 == Empty.class) ? new Empty()
											: (made0 == Nothing.class) ? new Nothing()
													: (made0 == Key.class) ? new Key((String) made[0], (int) made[1])
															: new Holder((String) made[0], (int) made[1],
																	(List<String>) made[2], (Map<Key, Long>) made[3],
																	(List<Shape>) made[4], made[5]);
		}

	}

	enum Colour {

		RED

	}

	enum Mood {

		RED

	}

	sealed interface Shape {

	}

	record Circle(@Nullable Object size) implements Shape {
	}

	record Square(@Nullable Object size) implements Shape {
	}

	record Empty() {
	}

	record Nothing() {
	}

	record Key(String name, int number) {

		@Override
		public String toString() {
			return this.name;
		}

	}

	record Holder(String text, int number, List<String> list, Map<Key, Long> map, List<? extends Shape> shapes,
			@Nullable Object any) {
	}

	static class Open {

		private final @Nullable Object size;

		Open(@Nullable Object size) {
			this.size = size;
		}

		@Nullable Object size() {
			return this.size;
		}

	}

	static class Special extends Open {

		private transient @Nullable Object size;

		Special(@Nullable Object size) {
			super(null);
			this.size = size;
		}

		@Override
		@Nullable Object size() {
			return this.size;
		}

	}

	interface Captured {

		Object get();

		static Captured of(Object captured) {
			return new Captured() {

				@Override
				public Object get() {
					return captured;
				}

			};
		}

	}

}
