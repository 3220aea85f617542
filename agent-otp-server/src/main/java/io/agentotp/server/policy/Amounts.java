package io.agentotp.server.policy;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

import tools.jackson.databind.JsonNode;

/**
 * The money that a request is bound to: what the action catalogue says is money, else
 * what has the name of it.
 */
public final class Amounts {

	private Amounts() {
	}

	/**
	 * Finds the amounts of a request.
	 * @param request the request
	 * @param catalogue the catalogue that it was asked for with
	 * @return the amounts, whatever their currency
	 */
	public static List<BigDecimal> of(PolicyRequest request, ActionCatalogue catalogue) {
		List<BigDecimal> amounts = new ArrayList<>();
		catalogue.find(request.action()).ifPresent((entry) -> entry.fields().forEach((field) -> {
			FieldValue found = field.find(request);
			JsonNode value = found.value();
			if (value != null && found.format().kind() == FieldFormat.Kind.MONEY) {
				(value.isArray() ? value.valueStream().toList() : List.of(value)).forEach((each) -> {
					BigDecimal amount = found.format().amount(each, found.currency());
					if (amount != null) {
						amounts.add(amount);
					}
				});
			}
		}));
		if (amounts.isEmpty()) {
			guess("", request.scope(), amounts);
			if (request.call() != null) {
				request.call()
					.path("arguments")
					.forEach((argument) -> guess(argument.path("name").asString(""), argument.path("value"), amounts));
			}
		}
		return amounts;
	}

	private static void guess(String name, JsonNode value, List<BigDecimal> amounts) {
		if (value.isObject()) {
			value.properties().forEach((field) -> guess(field.getKey(), field.getValue(), amounts));
		}
		else if (value.isArray()) {
			value.forEach((element) -> guess(name, element, amounts));
		}
		else {
			FieldFormat format = FieldFormat.guess(name, "", value);
			if (format != null && format.kind() == FieldFormat.Kind.MONEY) {
				amounts.add(value.decimalValue());
			}
		}
	}

}
