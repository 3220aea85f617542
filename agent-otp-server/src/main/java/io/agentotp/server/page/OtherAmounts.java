package io.agentotp.server.page;

import java.math.BigDecimal;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.agentotp.server.policy.ActionEntry;
import io.agentotp.server.policy.ActionField;
import io.agentotp.server.policy.ActionTitle;
import io.agentotp.server.policy.FieldFormat;
import io.agentotp.server.policy.FieldValue;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.DecimalNode;

/**
 * Amounts of a request that the action catalogue does not name: larger than the one that
 * it names, or of another currency. Such a one may be what counts.
 */
final class OtherAmounts {

	private static final String CURRENCY = "currency";

	private static final Pattern NUMBER = Pattern.compile("-?\\d{1,30}(\\.\\d{1,30})?");

	private final Sum.Amount main;

	private final boolean typed;

	private final Set<String> known = new HashSet<>();

	private Sum.@Nullable Amount largest;

	private boolean otherCurrency;

	OtherAmounts(ActionEntry entry, Sum.Amount main, boolean typed) {
		this.main = main;
		this.typed = typed;
		ActionTitle title = entry.title();
		Stream.concat(entry.fields().stream(), (title != null) ? title.fields().stream() : Stream.of())
			.forEach(this::addKnown);
	}

	// Of a list only what has a column is known.
	private void addKnown(ActionField field) {
		FieldFormat format = field.format();
		if (format != null && format.currencyFrom() != null) {
			this.known.add(format.currencyFrom());
		}
		if (field.columns().isEmpty()) {
			this.known.add(field.pathText());
		}
		for (ActionField.Column column : field.columns()) {
			this.known.add(field.pathText() + "." + column.name());
			if (column.format() != null && column.format().currencyFrom() != null) {
				this.known.add(field.pathText() + "." + column.format().currencyFrom());
			}
		}
	}

	void add(String path, JsonNode object) {
		object.properties().forEach((field) -> add(path, field.getKey(), field.getValue(), object.get(CURRENCY)));
	}

	/**
	 * Looks at a value and at what is in it.
	 * @param parent the path of what it is in
	 * @param name its name
	 * @param value the value
	 * @param currency the currency beside it
	 */
	void add(String parent, String name, JsonNode value, @Nullable JsonNode currency) {
		String path = parent + "." + name;
		JsonNode plain = FieldValue.plain(value, this.typed);
		if (this.known.contains(path)) {
			return;
		}
		if (plain.isObject()) {
			add(path, plain);
		}
		else if (plain.isArray()) {
			plain.forEach((element) -> {
				JsonNode row = FieldValue.plain(element, this.typed);
				if (row.isObject()) {
					add(path, row);
				}
				else {
					add(parent, name, row, currency);
				}
			});
		}
		else {
			compare(name, plain, currency);
		}
	}

	private void compare(String name, JsonNode value, @Nullable JsonNode currency) {
		boolean digits = value.isString() && NUMBER.matcher(value.stringValue()).matches();
		if (value.isString() && !digits) {
			this.otherCurrency |= name.toLowerCase(Locale.ROOT).endsWith(CURRENCY) && isOther(value.stringValue());
			return;
		}
		JsonNode number = digits ? DecimalNode.valueOf(new BigDecimal(value.stringValue())) : value;
		FieldFormat format = FieldFormat.guess(name, "", number);
		FieldValue guessed = (format != null && format.kind() == FieldFormat.Kind.MONEY)
				? FieldValue.guess(name, "", number, currency) : null;
		Sum.Amount amount = (guessed != null) ? Sum.Amount.of(guessed) : null;
		if (amount != null && isOther(amount)
				&& (this.largest == null || amount.value().abs().compareTo(this.largest.value().abs()) > 0)) {
			this.largest = amount;
		}
	}

	private boolean isOther(Sum.Amount amount) {
		return amount.value().abs().compareTo(this.main.value().abs()) > 0
				|| (!amount.currency().isEmpty() && !amount.currency().equals(this.main.currency()));
	}

	private boolean isOther(String code) {
		return this.main.isMoney() && !this.main.currency().isEmpty() && !code.isBlank()
				&& !code.strip().equalsIgnoreCase(this.main.currency());
	}

	Optional<Sum.Amount> largest() {
		return Optional.ofNullable(this.largest);
	}

	/**
	 * Whether the request names another currency.
	 * @return whether it does, of whatever amount
	 */
	boolean isOtherCurrency() {
		return this.otherCurrency;
	}

}
