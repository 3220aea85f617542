package io.agentotp.spring.operation;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.io.StringReader;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Clock;
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
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.BitSet;
import java.util.Calendar;
import java.util.Currency;
import java.util.Date;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Properties;
import java.util.Set;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.WeakHashMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.spring.CallRefusedException;
import org.jspecify.annotations.Nullable;
import jakarta.servlet.http.Part;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

import org.springframework.core.ResolvableType;
import org.springframework.core.io.InputStreamResource;
import org.springframework.core.io.Resource;
import org.springframework.http.MediaType;
import org.springframework.util.MimeType;
import org.springframework.web.multipart.MultipartFile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Sees to it that {@code docs/guard.md} says of each of these types whether its values
 * can be bound, and of no other one.
 */
class BoundTypesPageTests {

	static final List<Type> BOUND = List.of(type(byte[].class, new byte[] { 1 }),
			type(StringBuilder.class, new StringBuilder("a")), type(StringBuffer.class, new StringBuffer("a")),
			type(BigDecimal.class, BigDecimal.ONE), type(Instant.class, Instant.EPOCH),
			type(LocalDate.class, LocalDate.EPOCH), type(LocalTime.class, LocalTime.NOON),
			type(LocalDateTime.class, LocalDateTime.MIN), type(OffsetTime.class, OffsetTime.MIN),
			type(OffsetDateTime.class, OffsetDateTime.MIN),
			type(ZonedDateTime.class, Instant.EPOCH.atZone(ZoneOffset.UTC)), type(Year.class, Year.of(1)),
			type(YearMonth.class, YearMonth.of(1, 1)), type(MonthDay.class, MonthDay.of(1, 1)),
			type(Duration.class, Duration.ZERO), type(Period.class, Period.ZERO),
			type(ZoneId.class, ZoneId.of("Europe/Berlin")), type(ZoneOffset.class, ZoneOffset.UTC),
			type(Date.class, new Date(0)), type(Timestamp.class, new Timestamp(0)),
			type(java.sql.Date.class, new java.sql.Date(0)), type(java.sql.Time.class, new java.sql.Time(0)),
			type(UUID.class, new UUID(0, 0)), type(URI.class, URI.create("a:b")), type(Locale.class, Locale.ROOT),
			type(Currency.class, Currency.getInstance("EUR")),
			type(java.nio.charset.Charset.class, StandardCharsets.UTF_8), type(Class.class, String.class),
			type(File.class, new File("a")), type(Path.class, Path.of("a")),
			type(MimeType.class, new MimeType("a", "b")), type(MediaType.class, MediaType.TEXT_PLAIN),
			type(InetAddress.class, InetAddress.getLoopbackAddress()),
			type(InetSocketAddress.class, InetSocketAddress.createUnresolved("a", 1)),
			type(Pattern.class, Pattern.compile("a")), type(Optional.class, Optional.empty()),
			type(OptionalInt.class, OptionalInt.empty()), type(OptionalLong.class, OptionalLong.of(1)),
			type(OptionalDouble.class, OptionalDouble.of(0.5)), type(TreeSet.class, new TreeSet<>()),
			type(TreeMap.class, new TreeMap<>()), type(ConcurrentSkipListSet.class, new ConcurrentSkipListSet<>()),
			type(ConcurrentSkipListMap.class, new ConcurrentSkipListMap<>()),
			type(PriorityQueue.class, new PriorityQueue<>()),
			type(PriorityBlockingQueue.class, new PriorityBlockingQueue<>()));

	static final List<Type> REFUSED = List.of(type(Calendar.class, Calendar.getInstance()),
			type(TimeZone.class, TimeZone.getDefault()), type(Clock.class, Clock.systemUTC()),
			type(java.net.URL.class, BoundTypesPageTests.class.getResource("/")),
			type(InputStream.class, InputStream.nullInputStream()), type(Reader.class, new StringReader("")),
			type(MultipartFile.class, null),
			type(Resource.class, new InputStreamResource(InputStream.nullInputStream())),
			type(AtomicInteger.class, new AtomicInteger()), type(AtomicLong.class, new AtomicLong()),
			type(AtomicReference.class, new AtomicReference<>()), type(BitSet.class, new BitSet()),
			type(ByteBuffer.class, ByteBuffer.allocate(1)), type(Part.class, null),
			type(Properties.class, new Properties()), type(IdentityHashMap.class, new IdentityHashMap<>()),
			type(WeakHashMap.class, new WeakHashMap<>()), type(Iterator.class, List.of().iterator()),
			type(Stream.class, Stream.of()), type(Exception.class, new Exception()),
			type(Runnable.class, (Runnable) () -> {
			}), type(Supplier.class, (Supplier<String>) () -> ""),
			type(CompletableFuture.class, new CompletableFuture<>()));

	/** These are said in words, or say how. */
	private static final Set<String> OTHERS = Set.of("JsonNode", "Authentication", "UserDetails", "Comparator",
			"Object", "BoundForm", "CASE_INSENSITIVE_ORDER");

	private static Type type(Class<?> declared, @Nullable Object value) {
		return new Type(declared, value);
	}

	@ParameterizedTest
	@FieldSource("BOUND")
	void bindWhenThePageSaysThatItCanBeWrittenThenBound(Type type) {
		assertThat(DeclaredType.problem("value", ResolvableType.forType(type.declared()), BoundForms.NONE, false))
			.isNull();
		for (Class<?> declared : List.of(type.declared(), Object.class)) {
			assertThat(binding(declared).bind(new Object[] { type.value() }).values()).hasSize(1);
		}
	}

	@ParameterizedTest
	@FieldSource("REFUSED")
	void bindWhenThePageSaysThatItIsRefusedThenRefused(Type type) {
		assertThatExceptionOfType(InvalidAnnotationException.class).isThrownBy(() -> binding(type.declared()));
		if (type.value() == null) {
			// A test's own is plain data.
			return;
		}
		assertThatExceptionOfType(CallRefusedException.class)
			.isThrownBy(() -> binding(Object.class).bind(new Object[] { type.value() }))
			.withMessageContainingAll("'value'", "BoundForm", "@NotBound");
	}

	@Test
	void pageWhenReadThenNamesEachOfThem() throws IOException {
		String page = Files.readString(Path.of("../docs/guard.md"));
		int refused = page.indexOf("| Refused | Pass instead |");
		assertThat(names(page.substring(page.indexOf("| Values | How |"), refused))).isEqualTo(names(BOUND));
		assertThat(names(page.substring(refused, page.indexOf("You have three more")))).isEqualTo(names(REFUSED));
	}

	private static Set<String> names(List<Type> types) {
		return types.stream().map((type) -> type.declared().getSimpleName()).collect(Collectors.toSet());
	}

	/** Those in the first column, and {@code BigDecimal} in the second. */
	private static Set<String> names(String table) {
		return table.lines()
			.filter((line) -> line.startsWith("| "))
			.map((line) -> line.contains("BigDecimal") ? line : line.split("\\|")[1])
			.flatMap((cell) -> Pattern.compile("`([A-Za-z]+(?:\\[])?)`").matcher(cell).results())
			.map((MatchResult name) -> name.group(1))
			.filter((name) -> !OTHERS.contains(name))
			.collect(Collectors.toSet());
	}

	private static ArgumentBinding binding(Class<?> declared) {
		return new ArgumentBinding("Bank.pay()", List.of(new ArgumentBinding.Parameter(0, "value", declared, false)),
				BoundForms.NONE);
	}

	record Type(Class<?> declared, @Nullable Object value) {

		@Override
		public String toString() {
			return this.declared.getSimpleName();
		}

	}

}
