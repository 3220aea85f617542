package io.agentotp.server.page;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Currency;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

import io.agentotp.server.language.Messages;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.policy.ActionEntry;
import io.agentotp.server.policy.ActionField;
import io.agentotp.server.policy.ActionTitle;
import io.agentotp.server.policy.FieldFormat;
import io.agentotp.server.policy.FieldValue;
import io.agentotp.server.policy.PolicyRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The fact that one types again to approve what is of high risk: an amount, else another
 * number, else how long a list is, else the end of a text that any keyboard can write. It
 * shows that one has read it, and is no secret.
 *
 * @param label what the fact is called
 * @param kind what it is
 * @param accepted what may be typed, the best first
 * @param amount the amount to add up, or {@code null} if it is none
 */
public record Repetition(List<Segment> label, Kind kind, List<String> accepted, Sum.@Nullable Amount amount) {

	private static final int LAST = 4;

	private static final int MAX = 200;

	// With the signs between them they are less than what may be typed.
	private static final int MAX_DIGITS = 100;

	static Repetition of(@Nullable ActionEntry entry, PolicyRequest request, boolean typed) {
		List<Repetition> found = new ArrayList<>();
		ActionTitle title = (entry != null) ? entry.title() : null;
		if (title != null) {
			title.write(request).orElse(List.of()).forEach((part) -> {
				FieldValue value = part.value();
				ActionField field = part.field();
				if (value != null && field != null) {
					add(field, value, typed, found);
				}
			});
		}
		if (entry != null) {
			entry.fields().forEach((field) -> add(field, field.find(request), typed, found));
		}
		JsonNode currency = request.scope().get("currency");
		request.scope().properties().forEach((field) -> {
			FieldValue guessed = FieldValue.guess(field.getKey(), "", field.getValue(), currency);
			if (guessed != null) {
				add(field.getKey(), guessed, found);
			}
		});
		String resource = request.resource();
		if (resource != null) {
			addText(Facts.RESOURCE, resource, found);
		}
		addText("action", request.action(), found);
		addText("agent", request.agentId(), found);
		return found.stream().min(Comparator.comparing(Repetition::kind)).orElseThrow();
	}

	/**
	 * The fact of several requests: the sum, if each has an amount, else how many there
	 * are.
	 */
	static Repetition ofAll(List<Repetition> each) {
		Sum sum = Sum.of(each.stream().map(Repetition::amount).toList());
		return (sum != null)
				? of(List.of(Segment
					.plain(Messages.get((sum.amount() != null) ? "repetition.sum" : "repetition.larger-sum"))),
						sum.largest())
				: new Repetition(List.of(Segment.plain(Messages.get("repetition.requests"))), Kind.NUMBER,
						List.of(String.valueOf(each.size())), null);
	}

	/**
	 * The sum of several amounts.
	 * @return the text, empty if they are no amounts of money
	 */
	static String sum(List<Repetition> each) {
		Sum sum = Sum.of(each.stream().map(Repetition::amount).toList());
		return (sum != null) ? sum.text() : "";
	}

	static Repetition of(List<Segment> label, Sum.Amount amount) {
		return new Repetition(label, Kind.AMOUNT, accepted(amount.value(), amount.currency()), amount);
	}

	/**
	 * The fact of several uses, if it is an amount.
	 */
	Repetition times(long count) {
		return (this.amount != null) ? of(List.of(Segment.plain(Messages.get("repetition.sum"))), new Sum.Amount(
				this.amount.value().multiply(BigDecimal.valueOf(count)), this.amount.currency(), this.amount.format()))
				: this;
	}

	private static void add(ActionField field, FieldValue value, boolean typed, List<Repetition> found) {
		Sum sum = Sum.of(field, value, typed);
		if (sum != null && sum.largest().isMoney()) {
			String words = (sum.amount() != null) ? "repetition.sum-of" : "repetition.larger-sum-of";
			found.add(of(VisibleText.of(Messages.get(words, field.text())), sum.largest()));
		}
		add(field.text(), value, found);
	}

	private static void add(String label, FieldValue value, List<Repetition> found) {
		JsonNode json = value.value();
		if (json == null) {
			return;
		}
		if (!value.problem().isEmpty()) {
			String digits = json.isContainer() ? ""
					: digits(json.isNumber() ? json.decimalValue().toPlainString() : json.asString());
			// What is to be an amount and does not fit leads to no other fact.
			if (value.format().kind() == FieldFormat.Kind.MONEY && !digits.isEmpty() && digits.length() <= MAX_DIGITS) {
				found.add(new Repetition(VisibleText.of(label), Kind.AMOUNT, List.of(digits), null));
			}
			return;
		}
		if (json.isString()) {
			addText(label, json.stringValue(), found);
		}
		else if (json.isArray()) {
			found.add(new Repetition(VisibleText.of(label), Kind.COUNT, List.of(String.valueOf(json.size())), null));
		}
		if (json.isNumber()) {
			Sum.Amount amount = Sum.Amount.of(value);
			boolean money = amount != null && amount.isMoney();
			List<String> accepted = (amount != null) ? accepted(amount.value(), amount.currency())
					: accepted(json.decimalValue(), "");
			if (accepted.get(0).length() <= MAX_DIGITS) {
				found.add(new Repetition(VisibleText.of(label), money ? Kind.AMOUNT : Kind.NUMBER, accepted,
						money ? amount : null));
			}
		}
	}

	// As it is shown, without a fraction, or as it was sent.
	private static List<String> accepted(BigDecimal number, String currency) {
		int digits = !currency.isEmpty() ? Currency.getInstance(currency).getDefaultFractionDigits() : 0;
		BigDecimal shown = number.setScale(Math.max(number.stripTrailingZeros().scale(), digits),
				RoundingMode.UNNECESSARY);
		return Stream.of(shown, number.setScale(0, RoundingMode.DOWN), number.stripTrailingZeros())
			.filter((one) -> one.signum() != 0 || number.signum() == 0)
			.map((one) -> digits(one.toPlainString()))
			.distinct()
			.toList();
	}

	private static void addText(String label, String text, List<Repetition> found) {
		String typed = letters(text);
		if (!typed.isEmpty() && text.chars().allMatch((c) -> c >= ' ' && c <= '~')) {
			found.add(new Repetition(VisibleText.of(label), Kind.TEXT,
					List.of(typed.substring(Math.max(0, typed.length() - LAST))), null));
		}
	}

	/**
	 * What is to be typed.
	 * @return the words of the field
	 */
	public String text() {
		return switch (this.kind) {
			case AMOUNT, NUMBER -> Messages.get("repetition.number");
			case COUNT -> Messages.get("repetition.count");
			case TEXT -> Messages.get("repetition.text", this.accepted.get(0).length());
		};
	}

	public String getInputMode() {
		return (this.kind == Kind.TEXT) ? "text" : "decimal";
	}

	/**
	 * Whether the fact was typed. Signs between digits do not count.
	 * @param typed the text
	 * @return whether it was
	 */
	boolean isIn(@Nullable String typed) {
		if (typed == null || typed.length() > MAX) {
			return false;
		}
		return (this.kind == Kind.TEXT) ? letters(typed).endsWith(this.accepted.get(0))
				: this.accepted.contains(digits(typed));
	}

	private static String letters(String text) {
		return text.replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
	}

	private static String digits(String text) {
		StringBuilder digits = new StringBuilder();
		text.codePoints().map((c) -> Character.digit(c, 10)).filter((digit) -> digit >= 0).forEach(digits::append);
		return digits.toString().replaceFirst("^0+(?=.)", "");
	}

	/**
	 * What a fact is, the best to repeat first.
	 */
	enum Kind {

		AMOUNT, NUMBER, COUNT, TEXT

	}

}
