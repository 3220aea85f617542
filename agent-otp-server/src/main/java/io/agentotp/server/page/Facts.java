package io.agentotp.server.page;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import io.agentotp.server.json.Json;
import io.agentotp.server.language.Messages;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.permission.MaxUses;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.policy.ActionCatalogue;
import io.agentotp.server.policy.ActionEntry;
import io.agentotp.server.policy.ActionField;
import io.agentotp.server.policy.ActionTitle;
import io.agentotp.server.policy.FieldFormat;
import io.agentotp.server.policy.FieldValue;
import io.agentotp.server.policy.PolicyRequest;
import io.agentotp.server.policy.Risk;
import io.agentotp.server.policy.ScopeLimits;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.util.function.SingletonSupplier;

/**
 * What a permission is bound to, in the operator's words where the action catalogue has
 * them. Nothing of it is what the agent says, and all of it can be reached: what no field
 * names is shown under its own name, and each value also as it is.
 */
public final class Facts {

	private static final int ON_CARDS = 4;

	// A phone shows so many at once.
	private static final int ON_FIRST_SCREEN = 10;

	// Longer values are not written twice.
	private static final int LONG = 500;

	private static final String CURRENCY = "currency";

	static final String RESOURCE = "resource";

	static final String SCOPE = "scope.";

	static final String ARGUMENT = "call.arguments.";

	private final @Nullable ActionEntry entry;

	private final List<Segment> imitated;

	private PolicyRequest request;

	private final List<Part> title = new ArrayList<>();

	/** Made for a page that shows them: a card has no tables. */
	private final SingletonSupplier<Page> page = SingletonSupplier.of(this::write);

	private final List<Brief> brief = new ArrayList<>();

	private final List<String> problems = new ArrayList<>();

	private Repetition mainFact;

	private final boolean bound;

	private final boolean known;

	private boolean resourceBrief;

	private Facts(StoredPermission permission, ActionCatalogue catalogue, ObjectNode scope) {
		this.bound = permission.isIntact() && permission.request().call() != null;
		this.entry = catalogue.find(permission.request().action()).orElse(null);
		this.imitated = catalogue.imitated(permission.request().action())
			.map((entry) -> VisibleText.of(entry.name()))
			.orElse(List.of());
		// What is, or would be, granted.
		this.request = permission.policyRequest().bound(scope);
		this.known = catalogue.problem().isEmpty();
		if (!this.known) {
			this.problems.add(Messages.ofDomain(catalogue.problem()));
		}
		if (this.entry != null) {
			write(this.entry);
		}
		else {
			this.request.scope().properties().forEach((field) -> brief(field.getKey(), field.getValue()));
		}
		this.mainFact = Repetition.of(this.entry, this.request, isTyped());
		if (this.entry != null && this.mainFact.amount() != null) {
			compare(this.entry, this.mainFact.amount());
		}
	}

	/**
	 * Whether it is known how high the risk is.
	 * @return {@code false} if the action catalogue cannot be used, so that nobody
	 * approves
	 */
	public boolean known() {
		return this.known;
	}

	static Facts of(StoredPermission permission, ActionCatalogue catalogue, ObjectNode scope) {
		return new Facts(permission, catalogue, scope);
	}

	/** Only title and first facts: of many the request would not fit into memory. */
	Facts onCard() {
		this.request = new PolicyRequest("", "", null, Json.object(), Json.object(), null);
		return this;
	}

	private void write(ActionEntry of) {
		ActionTitle words = of.title();
		if (words != null && this.imitated.isEmpty()) {
			words.write(this.request)
				.ifPresentOrElse((parts) -> parts.forEach((part) -> this.title.add(part(part))),
						() -> this.problems.add(Messages.get("shown.no-title")));
		}
		for (ActionField field : of.fields()) {
			FieldValue value = field.find(this.request);
			JsonNode json = value.value();
			List<Segment> label = VisibleText.of(field.text());
			if (json != null && value.problem().isEmpty() && !field.folded() && this.brief.size() < ON_CARDS) {
				this.brief.add(new Brief(label, line(field, value)));
				this.resourceBrief |= field.isResource();
			}
		}
	}

	// An amount that the catalogue does not know may be what counts.
	private void compare(ActionEntry of, Sum.Amount main) {
		OtherAmounts others = new OtherAmounts(of, main, isTyped());
		others.add("scope", this.request.scope());
		for (JsonNode argument : arguments()) {
			others.add("call.arguments", argument.path("name").asString(""), argument.path("value"), currency());
		}
		if (others.isOtherCurrency()) {
			this.problems.add(Messages.get("shown.other-currency"));
		}
		others.largest().ifPresent((other) -> {
			this.problems.add(Messages.get("shown.other-amount", other.format().sum(other.value(), other.currency())));
			if (other.value().abs().compareTo(main.value().abs()) > 0) {
				this.mainFact = Repetition.of(List.of(Segment.plain(Messages.get("repetition.largest"))), other);
			}
		});
	}

	// A text stands in quotes, so that it is not taken for a number.
	private void brief(String name, JsonNode value) {
		if (value.isContainer() || value.isNull() || this.brief.size() == ON_CARDS) {
			return;
		}
		FieldValue guessed = FieldValue.guess(name, "", value, this.request.scope().get(CURRENCY));
		Shown.Line line = (guessed != null) ? line(guessed) : new Shown.Line(
				VisibleText.of(FieldValue.brief(value.isString() ? Json.write(value) : value.asString())), null);
		this.brief.add(new Brief(name(VisibleText.of(name)), line));
	}

	private Iterable<JsonNode> arguments() {
		return (this.request.call() != null) ? this.request.call().path("arguments") : List.of();
	}

	// What a model sends as arguments of a tool has no types.
	private boolean isTyped() {
		return this.request.call() != null && !this.request.call().path("target").has("tool");
	}

	/**
	 * The title in the operator's words.
	 * @return its parts, empty if there is none that fits
	 */
	public List<Part> title() {
		return this.title;
	}

	/**
	 * The action of the catalogue that the one of the request only looks like.
	 * @return its name, or empty
	 */
	public List<Segment> imitated() {
		return this.imitated;
	}

	/**
	 * How much is at stake.
	 * @return the risk, empty if the operator says nothing of the action
	 */
	public String risk() {
		return (this.entry != null) ? this.entry.risk().text() : "";
	}

	/**
	 * Whether the risk is to be seen at once.
	 * @return {@code false} for what is usual or not known
	 */
	public boolean isRiskUnusual() {
		return this.entry != null && this.entry.risk() != Risk.NORMAL;
	}

	/**
	 * What one types again to approve what is of high risk.
	 * @return the fact, or {@code null} for any other risk
	 */
	public @Nullable Repetition repetition() {
		return (this.entry != null && this.entry.risk() == Risk.HIGH) ? this.mainFact : null;
	}

	/**
	 * The fact that matters most: an amount, if there is one.
	 * @return the fact
	 */
	Repetition mainFact() {
		return this.mainFact;
	}

	/**
	 * How often it can be used, unless that is no number, which no grant has.
	 */
	int maxUses() {
		ObjectNode scope = this.request.scope();
		return MaxUses.problem(scope).isEmpty() ? MaxUses.of(scope) : 1;
	}

	/**
	 * The facts, those that the catalogue names in its order, then those that can do
	 * harm.
	 * @return the first of them
	 */
	public List<Fact> list() {
		return page().list();
	}

	/**
	 * The facts that do not fit on a first screen.
	 * @return the others
	 */
	public List<Fact> more() {
		return page().more();
	}

	/**
	 * Free text of resource and scope of a bound request. It could say anything.
	 * @return the texts
	 */
	public List<Fact> words() {
		return page().words();
	}

	/**
	 * What one approves without having seen all of it, unless one opens it.
	 * @return the names of values of which a part is behind one press or left out
	 */
	public List<List<Segment>> unopened() {
		return all().filter(Fact::mustBeOpened)
			.map((fact) -> fact.named() ? fact.label() : name(fact.label()))
			.distinct()
			.toList();
	}

	/**
	 * A name as it stands in a sentence of the service: one that is none could speak in
	 * its voice.
	 */
	static List<Segment> name(List<Segment> label) {
		String text = Shown.text(label);
		return UnnamedFacts.areNames(text) ? label : List.of(Segment.special(Messages.get("approval.odd-name"), text));
	}

	/**
	 * Whether something is shown in part, whatever one opens.
	 * @return whether it is
	 */
	public boolean isCut() {
		return all().anyMatch((fact) -> fact.value().isCut() || (fact.mustBeOpened() && fact.raw() == null));
	}

	private Stream<Fact> all() {
		return Stream.of(list(), more(), words()).flatMap(List::stream);
	}

	private Page page() {
		return this.page.obtain();
	}

	private Page write() {
		Set<String> named = new HashSet<>();
		List<Fact> facts = new ArrayList<>();
		List<Fact> tall = new ArrayList<>();
		List<Fact> missing = new ArrayList<>();
		UnnamedFacts unnamed = new UnnamedFacts(this.bound, taken());
		for (ActionField field : (this.entry != null) ? this.entry.fields() : List.<ActionField>of()) {
			FieldValue value = field.find(this.request);
			JsonNode json = value.value();
			if (json != null) {
				named.addAll(names(field));
			}
			Fact fact = Fact.of(VisibleText.of(field.text()), field.label() != null,
					Shown.of(value, field.columns(), isTyped()), json, field.folded(),
					value.format().kind() == FieldFormat.Kind.CODE);
			if (json == null && isMasked(field)) {
				fact = fact.unknown();
			}
			boolean words = this.bound && (field.isResource() || field.isOfScope()) && UnnamedFacts.isWords(value);
			if (words) {
				unnamed.words().add(fact);
			}
			else {
				((json == null) ? missing : fact.isTall() ? tall : facts).add(fact);
			}
		}
		String resource = this.request.resource();
		if (resource != null && !named.contains(RESOURCE)) {
			unnamed.addResource(resource);
		}
		ObjectNode scope = this.request.scope();
		scope.properties().forEach((field) -> {
			if (!named.contains(SCOPE + field.getKey())) {
				unnamed.addScope(field.getKey(), field.getValue(), scope.get(CURRENCY));
			}
		});
		for (JsonNode argument : arguments()) {
			if (!named.contains(ARGUMENT + argument.path("name").asString(""))) {
				unnamed.addArgument(argument, currency(), isTyped());
			}
		}
		List<Fact> others = new ArrayList<>(unnamed.sorted());
		// What can do harm is not pushed away by what takes much room.
		List<Fact> harmful = others.subList(0, tall.isEmpty() ? 0 : unnamed.harmful());
		facts.addAll(harmful);
		facts.addAll(tall);
		harmful.clear();
		int room = Math.max(0, ON_FIRST_SCREEN - facts.size());
		// One more is not worth a press.
		int cut = (others.size() <= room + 1) ? others.size() : room;
		facts.addAll(others.subList(0, cut));
		facts.addAll(missing);
		return new Page(facts, others.subList(cut, others.size()), unnamed.words(), unnamed.asTheyAre());
	}

	// Names that say more than one value, unless their place stands beside them.
	private List<String> taken() {
		List<String> taken = new ArrayList<>();
		if (this.entry != null) {
			this.entry.fields().forEach((field) -> taken.add(field.text()));
		}
		arguments().forEach((argument) -> {
			String name = argument.path("name").asString("");
			if (this.request.scope().has(name)) {
				taken.add(name);
			}
		});
		return taken;
	}

	private boolean isMasked(ActionField field) {
		for (JsonNode argument : arguments()) {
			if (argument.has("masked") && field.isArgument(argument.path("name").asString(""))) {
				return true;
			}
		}
		return false;
	}

	private List<String> names(ActionField field) {
		List<String> names = new ArrayList<>();
		if (field.isResource()) {
			names.add(RESOURCE);
		}
		this.request.scope().propertyNames().stream().filter(field::isScope).forEach((name) -> names.add(SCOPE + name));
		arguments().forEach((argument) -> {
			String name = argument.path("name").asString("");
			if (field.isArgument(name)) {
				names.add(ARGUMENT + name);
			}
		});
		return names;
	}

	private @Nullable JsonNode currency() {
		for (JsonNode argument : arguments()) {
			if (argument.path("name").asString("").equals(CURRENCY)) {
				return argument.get("value");
			}
		}
		return null;
	}

	/**
	 * What does not fit the catalogue.
	 * @return the problems
	 */
	public List<String> problems() {
		return this.problems;
	}

	/**
	 * The facts of a card.
	 * @return names and values, each in one line
	 */
	public List<Brief> brief() {
		return this.brief;
	}

	public boolean isResourceBrief() {
		return this.resourceBrief;
	}

	static Shown guess(String name, String type, JsonNode value, @Nullable JsonNode currency, boolean typed) {
		FieldValue guessed = FieldValue.guess(name, type, value, currency);
		return (guessed != null) ? Shown.of(guessed, List.of(), typed) : Shown.raw(value, typed);
	}

	/**
	 * Action, resource and scope as they were sent.
	 * @return the values, each under its path; of a long one that stands above as it is
	 * only that
	 */
	public List<Row> sent() {
		List<Row> rows = new ArrayList<>();
		rows.add(new Row(VisibleText.of("action"), VisibleText.of(this.request.action())));
		if (this.request.resource() != null) {
			rows.add(new Row(VisibleText.of(RESOURCE), VisibleText.of(this.request.resource())));
		}
		this.request.scope()
			.properties()
			.forEach((field) -> rows.add(new Row(VisibleText.of(SCOPE + field.getKey()),
					isAbove(SCOPE + field.getKey(), field.getValue()) ? List.of() : ValueText.of(field.getValue()))));
		return rows;
	}

	/**
	 * Return whether an argument is long and a page shows it above as it is.
	 */
	boolean isAbove(JsonNode argument) {
		JsonNode value = argument.get("value");
		return value != null && isAbove(ARGUMENT + argument.path("name").asString(""), value);
	}

	private boolean isAbove(String path, JsonNode value) {
		return page().asTheyAre().contains(path) && Json.write(value).length() > LONG;
	}

	ScopeLimits limits() {
		return (this.entry != null) ? this.entry.limits() : ScopeLimits.BY_NAME;
	}

	/**
	 * The name of an entry of the scope.
	 * @param path its path in the scope
	 * @return the operator's name with the path, or the path
	 */
	List<Segment> labelOf(String path) {
		if (this.entry != null) {
			for (ActionField field : this.entry.fields()) {
				if (field.label() != null && field.isScope(path)) {
					return VisibleText.of(field.label() + " (" + path + ")");
				}
			}
		}
		return VisibleText.of(path);
	}

	private Part part(ActionTitle.Part part) {
		FieldValue value = part.value();
		ActionField field = part.field();
		return (value != null && field != null) ? new Part(line(field, value), true, UnnamedFacts.isWords(value))
				: new Part(new Shown.Line(VisibleText.of(part.words()), null), false, false);
	}

	// How much a list comes to says more than how long it is.
	private Shown.Line line(ActionField field, FieldValue value) {
		Sum sum = Sum.of(field, value, isTyped());
		return (sum != null) ? new Shown.Line(oneLine(value.brief() + Messages.get("text.and-sum", sum.text())), null)
				: line(value);
	}

	private static List<Segment> oneLine(String text) {
		return VisibleText.of(text)
			.stream()
			.map((part) -> (part.special() || part.number()) ? part : Segment.plain(part.text().replace("\n", "")))
			.toList();
	}

	private static Shown.Line line(FieldValue value) {
		JsonNode json = value.value();
		return new Shown.Line(oneLine(value.brief()),
				(json != null) ? Moment.ofNullable(value.format().instant(json)) : null);
	}

	/**
	 * The facts of a page.
	 *
	 * @param list those of the first screen
	 * @param more the others
	 * @param words free text of resource and scope
	 * @param asTheyAre the paths of values that are shown as they were sent
	 */
	private record Page(List<Fact> list, List<Fact> more, List<Fact> words, Set<String> asTheyAre) {
	}

	/**
	 * A fact of a card.
	 *
	 * @param label its name
	 * @param value its value, in one line
	 */
	public record Brief(List<Segment> label, Shown.Line value) {
	}

	/**
	 * A part of a title.
	 *
	 * @param line its text
	 * @param value whether it is a value of the request, not the operator's words
	 * @param words whether that value is free text
	 */
	public record Part(Shown.Line line, boolean value, boolean words) {
	}

}
