package io.agentotp.server.page;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.policy.ActionField;
import io.agentotp.server.policy.FieldFormat;
import io.agentotp.server.policy.FieldValue;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/**
 * What the action catalogue does not name, each value under its own name. Objects are
 * taken apart. What is short and can do harm comes first: copies, recipients, amounts,
 * accounts, targets. Long texts come last.
 */
final class UnnamedFacts {

	private static final int MAX_DEPTH = 6;

	// A page takes its time for each.
	private static final int MAX = 200;

	private static final int MAX_COLUMNS = 8;

	private static final int MAX_LINES = 500;

	private static final int LAST = 8;

	private static final int HARMFUL = 3;

	private static final String CURRENCY = "currency";

	// The first that has a word of the name counts.
	private static final List<Set<String>> RANKS = List.of(
			Set.of("bcc", "cc", "copy", "copies", "forward", "hidden", "reply"),
			Set.of("to", "recipient", "recipients", "payee", "beneficiary", "receiver", "customer", "email", "emails",
					"mail", "mails", "address", "addresses", "phone", "resource"),
			Set.of("amount", "total", "sum", "price", "fee", "cost", "salary", CURRENCY, "quantity", "percent"),
			Set.of("iban", "account", "bic", "card", "wallet", "routing", "swift"),
			Set.of("target", "host", "url", "uri", "path", "file", "files", "table", "database", "environment", "env",
					"branch", "repository", "repo", "region", "bucket", "topic", "server", "cluster", "namespace"),
			Set.of("sql", "query", "statement", "command", "cmd", "script", "code", "expression"),
			Set.of("force", "recursive", "delete", "drop", "all", "public", "admin", "role", "roles", "permissions",
					"owner", "grant", "sudo", "production"),
			Set.of("max", "min", "allowed", "blocked"));

	private static final Set<String> CODE = RANKS.get(5);

	private static final Set<String> ADDED_UP = Set.of("amount", "total", "sum", "fee", "cost", "quantity", "count");

	// Anything else could pass for somebody else's words.
	private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{M}\\p{N}_$.\\-/:@+#\\[\\]]+");

	// As label() adds it.
	private static final Pattern PATH = Pattern.compile(" \\((scope|call\\.arguments)\\.\\S*\\)$");

	private static final int LONG_NAME = 60;

	private static final Pattern WORD_END = Pattern.compile("[^\\p{L}\\p{N}]+|(?<=\\p{Ll})(?=\\p{Lu})");

	private final List<Ranked> facts = new ArrayList<>();

	private final List<Fact> words = new ArrayList<>();

	private final Set<String> asTheyAre = new HashSet<>();

	private final boolean wordsApart;

	private final Set<String> labels;

	/**
	 * Creates an empty list.
	 * @param wordsApart whether free text of resource and scope stands apart from facts,
	 * and what has a name that is none
	 * @param labels the names that the operator gives to other values
	 */
	UnnamedFacts(boolean wordsApart, List<String> labels) {
		this.wordsApart = wordsApart;
		this.labels = labels.stream().map((label) -> label.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
	}

	void addResource(String resource) {
		addOrWords(List.of(Facts.RESOURCE), label(List.of(Facts.RESOURCE)),
				Shown.raw(VisibleText.of('"' + resource + '"')), resource);
	}

	void addScope(String name, JsonNode value, @Nullable JsonNode currency) {
		add(List.of(name), "", value, currency, false, true);
	}

	void addArgument(JsonNode argument, @Nullable JsonNode currency, boolean typed) {
		String name = argument.path("name").asString("");
		JsonNode value = argument.get("value");
		if (value != null) {
			add(List.of(name), argument.path("type").asString(""), value, currency, typed, false);
		}
		else {
			boolean masked = argument.has("masked");
			Fact fact = new Fact(label(List.of(name), false), false,
					Shown.withheld(masked, ArgumentRow.size(argument.path("bytes").asLong(0))), "", List.of(), false,
					argument);
			if (this.wordsApart && !isName(name)) {
				this.words.add(fact);
			}
			else {
				put(List.of(name), fact);
			}
		}
	}

	private void add(List<String> path, String type, JsonNode value, @Nullable JsonNode currency, boolean typed,
			boolean scope) {
		JsonNode plain = FieldValue.plain(value, typed);
		if (this.wordsApart && !isName(path.get(path.size() - 1))) {
			this.words.add(Fact.of(label(path), false, Shown.raw(value, typed), value, false, false));
			return;
		}
		if (plain.isObject() && !plain.isEmpty() && path.size() < MAX_DEPTH && this.facts.size() < MAX
				&& (!typed || !ValueText.isOdd(plain))) {
			plain.properties().stream().filter((field) -> !(typed && ValueText.isType(field))).forEach((field) -> {
				List<String> inner = new ArrayList<>(path);
				inner.add(field.getKey());
				add(inner, "", field.getValue(), plain.get(CURRENCY), typed, scope);
			});
			return;
		}
		Shown shown = shown(path, !plain.equals(value) ? value.path("@type").asString("") : type, value, plain,
				currency, typed);
		if (path.size() == 1 && shown.isRaw() && plain.equals(value)
				&& plain.values().stream().allMatch((element) -> FieldValue.plain(element, typed).equals(element))) {
			this.asTheyAre.add((scope ? Facts.SCOPE : Facts.ARGUMENT) + path.get(0));
		}
		if (scope && plain.isString()) {
			addOrWords(path, label(path, true), shown, plain.stringValue());
		}
		else if (scope && this.wordsApart && plain.isArray() && plain.valueStream().anyMatch(UnnamedFacts::isWords)) {
			this.words.add(Fact.of(label(path, true), false, shown, plain, false, false));
		}
		else {
			put(path, Fact.of(label(path, scope), false, shown, plain, false, isCode(path)));
		}
	}

	private void addOrWords(List<String> path, List<Segment> label, Shown shown, String text) {
		Fact fact = Fact.of(label, false, shown, StringNode.valueOf(text), false, isCode(path));
		if (this.wordsApart && isWords(text)) {
			this.words.add(fact);
		}
		else {
			put(path, fact);
		}
	}

	/**
	 * Return whether a text reads like a sentence, which could pass for somebody else's.
	 */
	static boolean isWords(String text) {
		return text.strip().codePoints().anyMatch((c) -> Character.isWhitespace(c) || Character.isSpaceChar(c));
	}

	static boolean isWords(FieldValue value) {
		JsonNode json = value.value();
		return json != null
				&& (value.format().kind() == FieldFormat.Kind.TEXT || value.format().kind() == FieldFormat.Kind.ADDRESS)
				&& (isWords(json) || (json.isArray() && json.valueStream().anyMatch(UnnamedFacts::isWords)));
	}

	static boolean isWords(JsonNode value) {
		return value.isString() && isWords(value.stringValue());
	}

	static boolean isAddedUp(String name) {
		return words(name).stream().anyMatch(ADDED_UP::contains);
	}

	/**
	 * Return whether a label is made of names that pass for nothing else.
	 */
	static boolean areNames(String label) {
		return label.length() <= LONG_NAME
				&& Arrays.stream(PATH.matcher(label).replaceFirst("").split(" › ")).allMatch(UnnamedFacts::isName);
	}

	private static boolean isName(String name) {
		return NAME.matcher(name).matches();
	}

	private static boolean isCode(List<String> path) {
		return words(path.get(path.size() - 1)).stream().anyMatch(CODE::contains);
	}

	private static Shown shown(List<String> path, String type, JsonNode value, JsonNode plain,
			@Nullable JsonNode currency, boolean typed) {
		if (plain.isArray() && !plain.isEmpty()) {
			List<JsonNode> elements = plain.valueStream().map((element) -> FieldValue.plain(element, typed)).toList();
			if (elements.stream().allMatch((element) -> element.isObject() && !element.isEmpty())) {
				List<ActionField.Column> columns = columns(elements, typed);
				if (!columns.isEmpty()) {
					return Shown.of(new FieldValue(plain, FieldFormat.of(FieldFormat.Kind.LIST), null, ""), columns,
							typed);
				}
			}
			if (elements.size() <= MAX_LINES && elements.stream().noneMatch(JsonNode::isContainer)) {
				return Shown.lines(elements.stream().map(ValueText::of).toList());
			}
			return Shown.raw(value, typed);
		}
		return plain.isContainer() ? Shown.raw(value, typed)
				: Facts.guess(path.get(path.size() - 1), type, plain, currency, typed);
	}

	// What has no column of its own stands in the last one.
	private static List<ActionField.Column> columns(List<JsonNode> elements, boolean typed) {
		Map<String, Integer> names = new LinkedHashMap<>();
		elements.forEach((element) -> element.properties()
			.stream()
			.filter((field) -> !(typed && ValueText.isType(field)) && isName(field.getKey())
					&& !FieldValue.plain(field.getValue(), typed).isContainer())
			.forEach((field) -> names.merge(field.getKey(), 1, Integer::sum)));
		return names.keySet()
			.stream()
			.filter((name) -> names.getOrDefault(name, 0) == elements.size())
			.sorted(Comparator.comparingInt((name) -> rank(List.of(name))))
			.limit(MAX_COLUMNS)
			.map((name) -> new ActionField.Column(name, name, null,
					isAddedUp(name) && elements.stream()
						.allMatch((element) -> FieldValue.plain(element.path(name), typed).isNumber())))
			.toList();
	}

	private void put(List<String> path, Fact fact) {
		this.facts.add(new Ranked(fact.folded().isEmpty() ? rank(path) : LAST + 1, fact));
	}

	private static int rank(List<String> path) {
		int best = LAST;
		// The name itself says more than what it stands in.
		for (int i = path.size() - 1; i >= 0 && best == LAST; i--) {
			for (String word : words(path.get(i))) {
				for (int rank = 0; rank < best; rank++) {
					if (RANKS.get(rank).contains(word)) {
						best = rank;
					}
				}
			}
		}
		return best;
	}

	private static Set<String> words(String name) {
		return WORD_END.splitAsStream(name).map((word) -> word.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
	}

	// One that is called as the operator calls another value stands with its path.
	private List<Segment> label(List<String> path, boolean scope) {
		List<Segment> label = label(path);
		if (path.size() == 1 && this.labels.contains(path.get(0).toLowerCase(Locale.ROOT))) {
			label.addAll(VisibleText.of(" (" + (scope ? Facts.SCOPE : Facts.ARGUMENT) + path.get(0) + ")"));
		}
		return label;
	}

	private static List<Segment> label(List<String> path) {
		List<Segment> label = new ArrayList<>();
		path.forEach((name) -> {
			if (!label.isEmpty()) {
				label.add(Segment.plain(" › "));
			}
			label.addAll(VisibleText.of(name));
		});
		return label;
	}

	/**
	 * The facts.
	 * @return what can do harm first, what is long last
	 */
	List<Fact> sorted() {
		return this.facts.stream()
			.sorted(Comparator.comparing((Ranked fact) -> fact.rank() > HARMFUL || fact.fact().isTall())
				.thenComparingInt(Ranked::rank))
			.map(Ranked::fact)
			.toList();
	}

	/**
	 * How many of them are copies, recipients, amounts or accounts, and short.
	 * @return the number
	 */
	int harmful() {
		return (int) this.facts.stream().filter((fact) -> fact.rank() <= HARMFUL && !fact.fact().isTall()).count();
	}

	/**
	 * Free text of resource and scope. It is bound, but could say anything.
	 * @return the texts
	 */
	List<Fact> words() {
		return this.words;
	}

	/**
	 * The paths of entries of the scope and arguments that are shown as they were sent.
	 * @return the paths
	 */
	Set<String> asTheyAre() {
		return this.asTheyAre;
	}

	private record Ranked(int rank, Fact fact) {
	}

}
