package io.agentotp.server.policy;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.text.DecimalFormat;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.Currency;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import io.agentotp.server.json.Json;
import io.agentotp.server.language.Messages;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * How a bound value is written for people. It is never rounded or cut; a value that does
 * not fit has no text.
 *
 * @param kind what it is
 * @param currency the currency of money, if it is always the same
 * @param currencyFrom where the currency stands otherwise: a path, or a name beside the
 * value
 * @param unit the unit of a number
 * @param minor whether money is counted in the smallest unit, such as cents
 */
public record FieldFormat(Kind kind, @Nullable Currency currency, @Nullable String currencyFrom, @Nullable String unit,
		boolean minor) {

	static final FieldFormat TEXT = of(Kind.TEXT);

	static final Map<String, ChronoUnit> TIME_UNITS = Map.of("milliseconds", ChronoUnit.MILLIS, "seconds",
			ChronoUnit.SECONDS, "minutes", ChronoUnit.MINUTES, "hours", ChronoUnit.HOURS, "days", ChronoUnit.DAYS);

	private static final Set<Kind> SUMMABLE = EnumSet.of(Kind.NUMBER, Kind.COUNT, Kind.PERCENT, Kind.MONEY, Kind.BYTES);

	private static final BigDecimal NANOS = BigDecimal.valueOf(1_000_000_000);

	// Longer ones are no duration or time that anybody means.
	private static final BigDecimal MAX_SECONDS = BigDecimal.valueOf(1_000_000_000_000L);

	private static final BigDecimal UNIT = BigDecimal.valueOf(1024);

	private static final String UNITS = "KMGTPEZY";

	// Numbers that are names: nobody reads them in groups.
	private static final Pattern IDENTIFIER = Pattern
		.compile("(?i).*(id|no|nr|number|code|year|zip|port|phone|version|key|ref|reference)s?");

	private static final Pattern MONEY = Pattern.compile("(?i).*(amount|price|total|fee|sum|cost)");

	private static final Pattern BYTES = Pattern.compile("(?i).*bytes");

	private static final Pattern PERCENT = Pattern.compile("(?i).*(percent|percentage)");

	/**
	 * The name beside money under which its currency is looked for.
	 */
	private static final String CURRENCY = "currency";

	/**
	 * A format without unit or currency.
	 * @param kind what the value is
	 * @return the format
	 */
	public static FieldFormat of(Kind kind) {
		return new FieldFormat(kind, null, null, null, false);
	}

	/**
	 * Guesses the format of a value of which the operator says nothing.
	 * @param name its name
	 * @param type the type that the application gives, or empty
	 * @param value the value
	 * @return the format, or {@code null} to show the value as it is
	 */
	public static @Nullable FieldFormat guess(String name, String type, JsonNode value) {
		if (value.isNumber()) {
			if (IDENTIFIER.matcher(name).matches()) {
				return null;
			}
			if (MONEY.matcher(name).matches()) {
				return new FieldFormat(Kind.MONEY, null, CURRENCY, null, false);
			}
			return of(BYTES.matcher(name).matches() ? Kind.BYTES
					: PERCENT.matcher(name).matches() ? Kind.PERCENT : Kind.NUMBER);
		}
		if (!value.isString()) {
			return null;
		}
		return switch (type) {
			case "java.time.Instant", "java.time.OffsetDateTime", "java.time.ZonedDateTime",
					"java.time.LocalDateTime" ->
				of(Kind.TIME);
			case "java.time.LocalDate" -> of(Kind.DATE);
			case "java.time.Duration" -> of(Kind.DURATION);
			default -> (instant(value.stringValue()) != null) ? of(Kind.TIME) : null;
		};
	}

	/**
	 * Writes a value that is no list.
	 * @param value the value
	 * @param currencyCode the currency of money, where {@link #currency()} is not fixed
	 * @return the text, or {@code null} if the value does not fit
	 */
	public @Nullable String text(JsonNode value, @Nullable String currencyCode) {
		try {
			return write(value, currencyCode);
		}
		catch (RuntimeException ex) {
			// No value takes down the page of all that wait.
			return null;
		}
	}

	private @Nullable String write(JsonNode value, @Nullable String currencyCode) {
		return switch (this.kind) {
			case TEXT -> plain(value);
			case ADDRESS, CODE -> value.isString() ? value.stringValue() : null;
			case NUMBER -> value.isNumber() ? withUnit(grouped(value.decimalValue(), 0)) : null;
			case COUNT -> isCount(value) ? withUnit(grouped(value.decimalValue(), 0)) : null;
			case PERCENT -> value.isNumber() ? grouped(value.decimalValue(), 0) + " %" : null;
			case MONEY -> money(value, currencyCode);
			case BYTES -> isCount(value) ? bytes(value.decimalValue()) : null;
			case DURATION -> duration(value);
			case DATE -> date(value);
			case TIME -> time(value);
			case LIST -> null;
		};
	}

	/**
	 * The moment that a value is, for a page that shows it in the zone of its reader.
	 * @param value the value
	 * @return the moment, or {@code null} if it is none
	 */
	public @Nullable Instant instant(JsonNode value) {
		if (this.kind != Kind.TIME) {
			return null;
		}
		if (value.isString()) {
			return instant(value.stringValue());
		}
		Duration since = (this.unit != null && value.isNumber()) ? amount(value.decimalValue()) : null;
		return (since != null) ? Instant.EPOCH.plus(since) : null;
	}

	/**
	 * The amount of a value that can be added up.
	 * @param value the value
	 * @param code its currency
	 * @return the amount in the unit of the currency, or {@code null} if it is none
	 */
	public @Nullable BigDecimal amount(JsonNode value, @Nullable String code) {
		if (!value.isNumber() || !SUMMABLE.contains(this.kind)) {
			return null;
		}
		if (this.kind != Kind.MONEY || !this.minor) {
			return value.decimalValue();
		}
		Currency of = currency(code);
		return (of != null && isWhole(value)) ? value.decimalValue().movePointLeft(of.getDefaultFractionDigits())
				: null;
	}

	/**
	 * Writes a sum of values.
	 * @param sum the sum, as of {@link #amount(JsonNode, String)}
	 * @param code the currency of money
	 * @return the text
	 */
	public String sum(BigDecimal sum, @Nullable String code) {
		Currency of = currency(code);
		return switch (this.kind) {
			case MONEY -> (of != null) ? money(sum, of) : grouped(sum, 0);
			case PERCENT -> grouped(sum, 0) + " %";
			case BYTES -> bytes(sum);
			default -> withUnit(grouped(sum, 0));
		};
	}

	private static @Nullable String plain(JsonNode value) {
		if (value.isString()) {
			return value.stringValue();
		}
		if (value.isBoolean()) {
			return Messages.get(value.booleanValue() ? "value.yes" : "value.no");
		}
		return value.isNumber() ? Json.write(value) : null;
	}

	private String withUnit(String text) {
		return (this.unit != null) ? text + " " + this.unit : text;
	}

	/**
	 * Writes a number in groups of three digits, with all its digits.
	 * @param number the number
	 * @param digits how many digits there are at least behind the point
	 * @return the text
	 */
	public static String grouped(BigDecimal number, int digits) {
		DecimalFormat format = new DecimalFormat("#,##0", Messages.symbols());
		format.setMinimumFractionDigits(digits);
		// More than a number that is accepted has.
		format.setMaximumFractionDigits(400);
		return format.format(number);
	}

	private static boolean isWhole(JsonNode value) {
		return value.isNumber() && value.decimalValue().stripTrailingZeros().scale() <= 0;
	}

	private static boolean isCount(JsonNode value) {
		return isWhole(value) && value.decimalValue().signum() >= 0;
	}

	private @Nullable String money(JsonNode value, @Nullable String code) {
		BigDecimal amount = amount(value, code);
		Currency of = currency(code);
		return (amount != null && of != null) ? money(amount, of) : null;
	}

	private static String money(BigDecimal amount, Currency currency) {
		return grouped(amount, Math.max(0, currency.getDefaultFractionDigits())) + " " + currency.getCurrencyCode();
	}

	/**
	 * The currency of money.
	 * @param code what stands beside the value
	 * @return the fixed one, else that with the code, or {@code null} if there is none
	 */
	public @Nullable Currency currency(@Nullable String code) {
		return (this.currency != null || code == null) ? this.currency : find(code);
	}

	static @Nullable Currency find(String code) {
		try {
			Currency found = Currency.getInstance(code);
			return (found.getDefaultFractionDigits() >= 0) ? found : null;
		}
		catch (IllegalArgumentException ex) {
			return null;
		}
	}

	/**
	 * Writes a number of bytes.
	 * @param count how many
	 * @return the exact number, and in a larger unit where one is known
	 */
	public static String bytes(BigDecimal count) {
		String exact = Messages.get((count.compareTo(BigDecimal.ONE) == 0) ? "value.byte" : "value.bytes",
				grouped(count, 0));
		BigDecimal rounded = count;
		for (int unit = 0; unit < UNITS.length() && rounded.compareTo(UNIT) >= 0; unit++) {
			rounded = count.divide(UNIT.pow(unit + 1)).setScale(1, RoundingMode.HALF_UP);
			if (rounded.compareTo(UNIT) < 0) {
				return grouped(rounded, 1) + " " + UNITS.charAt(unit) + "iB (" + exact + ")";
			}
		}
		return exact;
	}

	/** Whether it is what the value itself is, if that is text. */
	boolean isPlain() {
		return this.kind == Kind.TEXT || this.kind == Kind.ADDRESS || this.kind == Kind.CODE;
	}

	/** Whether values can be added up. */
	boolean isSummable() {
		return SUMMABLE.contains(this.kind);
	}

	private @Nullable String duration(JsonNode value) {
		Duration duration = value.isString() ? Duration.parse(value.stringValue())
				: value.isNumber() ? amount(value.decimalValue()) : null;
		return (duration != null) ? text(duration) : null;
	}

	private @Nullable Duration amount(BigDecimal count) {
		ChronoUnit of = TIME_UNITS.getOrDefault((this.unit != null) ? this.unit : "seconds", ChronoUnit.SECONDS);
		BigDecimal seconds = count
			.multiply(BigDecimal.valueOf(of.getDuration().toNanos()).divide(NANOS).stripTrailingZeros())
			.stripTrailingZeros();
		if (seconds.abs().compareTo(MAX_SECONDS) > 0 || seconds.scale() > 9) {
			return null;
		}
		BigDecimal[] parts = seconds.divideAndRemainder(BigDecimal.ONE);
		return Duration.ofSeconds(parts[0].longValueExact(), parts[1].multiply(NANOS).longValueExact());
	}

	private static String text(Duration duration) {
		Duration rest = duration.abs();
		StringBuilder text = new StringBuilder();
		append(text, rest.toDaysPart(), "d");
		append(text, rest.toHoursPart(), "h");
		append(text, rest.toMinutesPart(), "min");
		BigDecimal seconds = BigDecimal.valueOf(rest.toSecondsPart())
			.add(BigDecimal.valueOf(rest.toNanosPart(), 9))
			.stripTrailingZeros();
		if (seconds.signum() != 0 || text.isEmpty()) {
			text.append(text.isEmpty() ? "" : " ").append(grouped(seconds, 0)).append(" s");
		}
		return (duration.isNegative() ? "-" : "") + text;
	}

	private static void append(StringBuilder text, long count, String unit) {
		if (count != 0) {
			text.append(text.isEmpty() ? "" : " ")
				.append(grouped(BigDecimal.valueOf(count), 0))
				.append(' ')
				.append(unit);
		}
	}

	private static DateTimeFormatter date() {
		return DateTimeFormatter.ofPattern(Messages.get("value.date"), Messages.language());
	}

	private static DateTimeFormatter time() {
		return new DateTimeFormatterBuilder().append(date())
			.appendPattern(", HH:mm:ss")
			.appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
			.toFormatter(Messages.language());
	}

	private @Nullable String date(JsonNode value) {
		if (value.isString()) {
			return LocalDate.parse(value.stringValue()).format(date());
		}
		boolean days = "days".equals(this.unit) && isWhole(value);
		return days ? LocalDate.ofEpochDay(value.decimalValue().longValueExact()).format(date()) : null;
	}

	private @Nullable String time(JsonNode value) {
		Instant instant = instant(value);
		if (instant != null) {
			return LocalDateTime.ofInstant(instant, ZoneOffset.UTC).format(time()) + " UTC";
		}
		return value.isString()
				? LocalDateTime.parse(value.stringValue()).format(time()) + " (" + Messages.get("value.no-zone") + ")"
				: null;
	}

	// A moment that has no date in UTC is none that a page could show.
	private static @Nullable Instant instant(String text) {
		try {
			OffsetDateTime time = text.endsWith("]") ? ZonedDateTime.parse(text).toOffsetDateTime()
					: OffsetDateTime.parse(text);
			return time.withOffsetSameInstant(ZoneOffset.UTC).toInstant();
		}
		catch (DateTimeException ex) {
			return null;
		}
	}

	/**
	 * What a value is.
	 */
	public enum Kind {

		TEXT, NUMBER, COUNT, PERCENT, MONEY, DATE, TIME, DURATION, BYTES, ADDRESS, CODE, LIST;

		public String text() {
			return name().toLowerCase(Locale.ROOT);
		}

	}

}
