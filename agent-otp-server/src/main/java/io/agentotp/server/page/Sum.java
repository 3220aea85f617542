package io.agentotp.server.page;

import java.math.BigDecimal;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.server.policy.ActionField;
import io.agentotp.server.policy.FieldFormat;
import io.agentotp.server.policy.FieldValue;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A sum in which nothing hides: what is of another unit, and what is below zero, is added
 * up by itself.
 */
final class Sum {

	private final Map<Unit, BigDecimal> parts;

	private Sum(Map<Unit, BigDecimal> parts) {
		this.parts = parts;
	}

	/**
	 * Adds up amounts.
	 * @param amounts the amounts
	 * @return the sum, or {@code null} if there are none or one of them is not known
	 */
	static @Nullable Sum of(Collection<@Nullable Amount> amounts) {
		if (amounts.isEmpty() || amounts.stream().anyMatch(Objects::isNull)) {
			return null;
		}
		Map<Unit, BigDecimal> parts = new LinkedHashMap<>();
		amounts.stream()
			.filter(Objects::nonNull)
			.forEach((amount) -> parts.merge(new Unit(amount.format(), amount.currency(), amount.value().signum() < 0),
					amount.value(), BigDecimal::add));
		return new Sum(parts);
	}

	/**
	 * Adds up a column of a list.
	 * @param column the column
	 * @param elements the list
	 * @param typed whether the application has written types before values
	 * @return the sum, or {@code null} if a value is missing or of another kind
	 */
	static @Nullable Sum of(ActionField.Column column, List<JsonNode> elements, boolean typed) {
		return of(elements.stream().map((element) -> Amount.of(column.find(element, typed))).toList());
	}

	/**
	 * The sum of a list, if one of its columns is added up and it is an amount.
	 * @param field what the catalogue says of the list
	 * @param value the list
	 * @param typed whether the application has written types before values
	 * @return the sum, or {@code null} if there is none
	 */
	static @Nullable Sum of(ActionField field, FieldValue value, boolean typed) {
		List<ActionField.Column> added = field.columns().stream().filter(ActionField.Column::sum).toList();
		JsonNode json = value.value();
		return (added.size() == 1 && json != null && json.isArray() && value.problem().isEmpty())
				? of(added.get(0), value.elements(), typed) : null;
	}

	/**
	 * The only part of it.
	 * @return the amount, or {@code null} if it is made of several
	 */
	@Nullable Amount amount() {
		return (this.parts.size() == 1) ? largest() : null;
	}

	/**
	 * The part that is furthest from zero, in whatever currency.
	 * @return the amount
	 */
	Amount largest() {
		return this.parts.entrySet()
			.stream()
			.map((part) -> new Amount(part.getValue(), part.getKey().currency(), part.getKey().format()))
			.max(Comparator.comparing((amount) -> amount.value().abs()))
			.orElseThrow();
	}

	String text() {
		return Stream.of(false, true)
			.flatMap((below) -> this.parts.entrySet().stream().filter((part) -> part.getKey().below() == below))
			.map((part) -> {
				String text = part.getKey().format().sum(part.getValue(), part.getKey().currency());
				return (part.getKey().below() && this.parts.size() > 1) ? "(" + text + ")" : text;
			})
			.collect(Collectors.joining(" + "));
	}

	/**
	 * What is added up by itself.
	 */
	private record Unit(FieldFormat format, String currency, boolean below) {
	}

	/**
	 * An amount that can be added to others.
	 *
	 * @param value how much, in the unit of the currency
	 * @param currency the code of the currency, or empty
	 * @param format how it is written
	 */
	record Amount(BigDecimal value, String currency, FieldFormat format) {

		static @Nullable Amount of(FieldValue value) {
			JsonNode json = value.value();
			String code = Objects.requireNonNullElse(value.currencyCode(), "");
			BigDecimal amount = (json != null && value.problem().isEmpty()) ? value.format().amount(json, code) : null;
			return (amount != null) ? new Amount(amount, code, value.format()) : null;
		}

		boolean isMoney() {
			return this.format.kind() == FieldFormat.Kind.MONEY;
		}

	}

}
