package io.agentotp.server.page;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

import io.agentotp.server.json.Json;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.policy.ActionCatalogue;
import io.agentotp.server.policy.ActionEntry;
import io.agentotp.server.policy.ActionField;
import io.agentotp.server.policy.ActionTitle;
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

	private static final String CURRENCY = "currency";

	private final @Nullable ActionEntry entry;

	private PolicyRequest request;

	private final List<Part> title = new ArrayList<>();

	private final List<Supplier<Fact>> fields = new ArrayList<>();

	/** Written for a page that shows them only: a card has no tables. */
	private final SingletonSupplier<List<Fact>> named = SingletonSupplier
		.of(() -> this.fields.stream().map(Supplier::get).toList());

	private final List<Brief> brief = new ArrayList<>();

	private final Set<String> shownOfScope = new HashSet<>();

	private final Set<String> shownArguments = new HashSet<>();

	private final List<String> problems = new ArrayList<>();

	private boolean resourceShown;

	private boolean resourceBrief;

	private Facts(StoredPermission permission, ActionCatalogue catalogue) {
		this.entry = catalogue.find(permission.request().action()).orElse(null);
		// What is, or would be, granted.
		this.request = permission.policyRequest().bound(permission.grant().scope());
		if (!catalogue.problem().isEmpty()) {
			this.problems.add(catalogue.problem());
		}
		if (this.entry != null) {
			write(this.entry);
		}
		else {
			this.request.scope().properties().forEach((field) -> brief(field.getKey(), field.getValue()));
		}
	}

	static Facts of(StoredPermission permission, ActionCatalogue catalogue) {
		return new Facts(permission, catalogue);
	}

	/** Only title and first facts: of many the request would not fit into memory. */
	Facts onCard() {
		this.fields.clear();
		this.request = new PolicyRequest("", "", null, Json.object(), Json.object(), null);
		return this;
	}

	private void write(ActionEntry of) {
		ActionTitle words = of.title();
		if (words != null) {
			words.write(this.request)
				.ifPresentOrElse((parts) -> parts.forEach((part) -> this.title.add(Part.of(part))),
						() -> this.problems
							.add("The title of this action needs a value that is not there or of another "
									+ "kind, so the name of the action is shown"));
		}
		for (ActionField field : of.fields()) {
			FieldValue value = field.find(this.request);
			JsonNode json = value.value();
			if (json != null) {
				this.resourceShown |= field.isResource();
				this.request.scope().properties().forEach((other) -> {
					if (field.isScope(other.getKey())) {
						this.shownOfScope.add(other.getKey());
					}
				});
				arguments().forEach((argument) -> {
					if (field.isArgument(argument.path("name").asString(""))) {
						this.shownArguments.add(argument.path("name").asString(""));
					}
				});
			}
			List<Segment> label = VisibleText.of(field.text());
			this.fields.add(() -> new Fact(label, field.label() != null, Shown.of(value, field.columns(), isTyped()),
					(field.folded() && json != null) ? Fact.length(json) : ""));
			if (json != null && value.problem().isEmpty() && !field.folded() && this.brief.size() < ON_CARDS) {
				this.brief.add(new Brief(label, line(value)));
				this.resourceBrief |= field.isResource();
			}
		}
	}

	// A text stands in quotes, so that it is not taken for a number.
	private void brief(String name, JsonNode value) {
		if (value.isContainer() || value.isNull() || this.brief.size() == ON_CARDS) {
			return;
		}
		FieldValue guessed = FieldValue.guess(name, "", value, this.request.scope().get(CURRENCY));
		Shown.Line line = (guessed != null) ? line(guessed) : new Shown.Line(
				VisibleText.of(FieldValue.brief(value.isString() ? Json.write(value) : value.asString())), null);
		this.brief.add(new Brief(VisibleText.of(name), line));
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
	 * What the catalogue names, in its order.
	 * @return the facts
	 */
	public List<Fact> named() {
		return this.named.obtain();
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

	public boolean isHidesArguments() {
		return !this.shownArguments.isEmpty();
	}

	public boolean isResourceBrief() {
		return this.resourceBrief;
	}

	public boolean isResourceShown() {
		return this.resourceShown;
	}

	/**
	 * What of the scope the catalogue does not name.
	 * @return the facts
	 */
	public List<Fact> scope() {
		ObjectNode scope = this.request.scope();
		return scope.properties()
			.stream()
			.filter((field) -> !this.shownOfScope.contains(field.getKey()))
			.map((field) -> new Fact(VisibleText.of(field.getKey()), false,
					guess(field.getKey(), "", field.getValue(), scope.get(CURRENCY), false), ""))
			.toList();
	}

	boolean shows(JsonNode argument) {
		return this.shownArguments.contains(argument.path("name").asString(""));
	}

	static Shown guess(String name, String type, JsonNode value, @Nullable JsonNode currency, boolean typed) {
		FieldValue guessed = FieldValue.guess(name, type, value, currency);
		return (guessed != null) ? Shown.of(guessed, List.of(), typed) : Shown.raw(value, typed);
	}

	/**
	 * The bound values that are shown in another form, as they are.
	 * @return the values, each under its path
	 */
	public List<Row> raw() {
		List<Row> rows = new ArrayList<>();
		if (this.resourceShown && this.request.resource() != null) {
			rows.add(new Row(VisibleText.of("resource"), VisibleText.of(this.request.resource())));
		}
		ObjectNode scope = this.request.scope();
		scope.properties().forEach((field) -> {
			if (this.shownOfScope.contains(field.getKey()) || isRewritten(field.getValue(),
					FieldValue.guess(field.getKey(), "", field.getValue(), scope.get(CURRENCY)))) {
				rows.add(new Row(VisibleText.of("scope." + field.getKey()), ValueText.of(field.getValue())));
			}
		});
		for (JsonNode argument : arguments()) {
			String name = argument.path("name").asString("");
			JsonNode value = argument.get("value");
			if (value != null && (shows(argument)
					|| isRewritten(value, FieldValue.guess(name, argument.path("type").asString(""), value, null)))) {
				rows.add(new Row(VisibleText.of("call.arguments." + name),
						isTyped() ? ValueText.ofCall(value) : ValueText.of(value)));
			}
		}
		return rows;
	}

	private static boolean isRewritten(JsonNode value, @Nullable FieldValue guessed) {
		return guessed != null && !guessed.brief().equals(Json.write(value));
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

	private static Shown.Line line(FieldValue value) {
		JsonNode json = value.value();
		return new Shown.Line(VisibleText.of(value.brief()),
				(json != null) ? Moment.ofNullable(value.format().instant(json)) : null);
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
	 */
	public record Part(Shown.Line line, boolean value) {

		static Part of(ActionTitle.Part part) {
			FieldValue value = part.value();
			return (value != null) ? new Part(Facts.line(value), true)
					: new Part(new Shown.Line(VisibleText.of(part.words()), null), false);
		}

	}

}
