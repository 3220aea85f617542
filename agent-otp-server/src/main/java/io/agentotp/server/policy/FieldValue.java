package io.agentotp.server.policy;

import java.util.ArrayList;
import java.util.Currency;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.agentotp.server.json.Json;
import io.agentotp.server.language.Messages;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A bound value with its format.
 *
 * @param value the value, or {@code null} if there is none that is known
 * @param format how it is written
 * @param currency the code of its currency, if it is money and the code stands beside it
 * @param problem why it does not fit what the catalogue says of it, or empty
 */
public record FieldValue(@Nullable JsonNode value, FieldFormat format, @Nullable String currency, String problem) {

	// More in a title would be a list.
	private static final int FEW = 3;

	private static final int LONG = 80;

	// What would have to be written for a page that shows only how many there are.
	private static final int MANY = 500;

	// A text that would read like another value.
	private static final Pattern ODD = Pattern.compile("\\s*|\\s.*|.*\\s|[\"\\[].*", Pattern.DOTALL);

	// In each language.
	private static final Pattern LIKE_ANOTHER = Pattern.compile("yes|no|ja|nein|"
			+ "[-+]?[0-9][0-9,.\\h]*([eE][-+]?[0-9]+)?( ?%| [A-Z]{3}| [Bb]ytes?| [KMGTPEZY]iB \\(.*\\)| entr(y|ies)| Eintr(ag|äge))?|"
			+ "-?([0-9][0-9,.\\h]* (d|h|min|s) ?)+|(Mon|Tue|Wed|Thu|Fri|Sat|Sun|(Mo|Di|Mi|Do|Fr|Sa|So)\\.), .*");

	// Unlike the groups of digits of a number.
	private static final Pattern SEVERAL_WORDS = Pattern.compile("\\s[^0-9\\s]");

	private static final Pattern LIKE_SEVERAL = Pattern.compile("[,;\"\\]]");

	/**
	 * A value of which the catalogue says nothing.
	 * @param name its name
	 * @param type the type that the application gives, or empty
	 * @param value the value
	 * @param currency what stands beside it under the name {@code currency}
	 * @return the value, in a format that fits, or {@code null} to show it as it is
	 */
	public static @Nullable FieldValue guess(String name, String type, JsonNode value, @Nullable JsonNode currency) {
		FieldFormat format = FieldFormat.guess(name, type, value);
		if (format == null) {
			return null;
		}
		FieldValue guessed = of(value, format, currency);
		if (guessed.problem.isEmpty()) {
			return guessed;
		}
		return value.isNumber() ? of(value, FieldFormat.of(FieldFormat.Kind.NUMBER), null) : null;
	}

	static FieldValue of(JsonNode value, FieldFormat format, @Nullable JsonNode currency) {
		FieldValue written = new FieldValue(value, format,
				(currency != null && currency.isString()) ? currency.stringValue() : null, "");
		return written.fits() ? written : new FieldValue(value, format, written.currency, written.misfit());
	}

	static FieldValue missing(String problem) {
		return new FieldValue(null, FieldFormat.TEXT, null, problem);
	}

	private boolean fits() {
		if (this.value == null) {
			return false;
		}
		if (this.format.kind() == FieldFormat.Kind.LIST) {
			return this.value.isArray();
		}
		return this.value.isArray()
				? this.value.size() > MANY || this.value.values().stream().allMatch((element) -> text(element) != null)
				: text(this.value) != null;
	}

	private String misfit() {
		return (this.format.kind() == FieldFormat.Kind.MONEY && this.format.currency() == null
				&& this.format.currency(this.currency) == null) ? "has no currency that is known"
						: "is no " + this.format.kind().text();
	}

	private @Nullable String text(JsonNode element) {
		return this.format.text(element, this.currency);
	}

	/**
	 * Each element of a list, or the value itself, as text.
	 * @return the texts, none if the value does not fit
	 */
	public List<String> texts() {
		List<String> texts = new ArrayList<>();
		if (this.value != null && this.problem.isEmpty() && this.format.kind() != FieldFormat.Kind.LIST) {
			elements().forEach((element) -> texts.add(String.valueOf(text(element))));
		}
		return texts;
	}

	/**
	 * The elements of a list, or the value itself.
	 * @return the elements
	 */
	public List<JsonNode> elements() {
		return (this.value == null) ? List.of()
				: this.value.isArray() ? List.copyOf(this.value.values()) : List.of(this.value);
	}

	/**
	 * A value without the class that the application may have written before it.
	 * @param value the value
	 * @param typed whether the application has written types before values
	 * @return the value; itself if more stands beside it
	 */
	public static JsonNode plain(JsonNode value, boolean typed) {
		return ConditionPath.plain(value, typed);
	}

	boolean isEmpty() {
		return this.value == null || (this.value.isArray() && this.value.isEmpty())
				|| (this.value.isString() && this.value.stringValue().isBlank());
	}

	/**
	 * The value in one line of a title, which reads like no other value: a list is in
	 * brackets, and a text that would read like something else is in quotes.
	 * @return the text; of what is long its beginning, and how long it is; of a list that
	 * is long how many entries it has
	 */
	public String brief() {
		if (this.value == null || !this.problem.isEmpty()) {
			return "";
		}
		if (!this.value.isArray()) {
			return brief(distinct(this.value, false));
		}
		String list = (this.value.size() > FEW || this.format.kind() == FieldFormat.Kind.LIST) ? ""
				: elements().stream()
					.map((element) -> distinct(element, true))
					.collect(Collectors.joining(Messages.get("value.between"), "[", "]"));
		return (list.isEmpty() || list.length() > LONG) ? Messages.get("value.entries", this.value.size()) : list;
	}

	private String distinct(JsonNode element, boolean inList) {
		String text = String.valueOf(text(element));
		boolean odd = element.isString() && this.format.isPlain()
				&& (ODD.matcher(text).matches()
						|| (this.format.kind() == FieldFormat.Kind.ADDRESS && SEVERAL_WORDS.matcher(text).find())
						|| (inList && LIKE_SEVERAL.matcher(text).find())
						|| (this.format.kind() == FieldFormat.Kind.TEXT && LIKE_ANOTHER.matcher(text).matches()));
		return odd ? Json.write(text) : text;
	}

	/**
	 * A text in one line of a title or a card.
	 * @param text the text
	 * @return the text; if it is long its beginning, and how long it is
	 */
	public static String brief(String text) {
		int length = text.codePointCount(0, text.length());
		return (length <= LONG) ? text : text.substring(0, text.offsetByCodePoints(0, LONG)) + "… ("
				+ Messages.get("value.characters", length) + ")";
	}

	/**
	 * The currency in which the value counts.
	 * @return its code, or {@code null} if it is no money
	 */
	public @Nullable String currencyCode() {
		Currency of = this.format.currency(this.currency);
		return (this.format.kind() == FieldFormat.Kind.MONEY && of != null) ? of.getCurrencyCode() : null;
	}

}
