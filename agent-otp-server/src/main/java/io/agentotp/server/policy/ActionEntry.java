package io.agentotp.server.policy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Currency;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

import io.agentotp.server.failure.UnknownName;
import io.agentotp.server.json.Json;
import io.agentotp.server.json.JsonText;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * What the operator says of an action: its title, its risk, how its bound values are
 * written, and which entries of its scope are limits. It decides nothing.
 */
public final class ActionEntry implements Rule {

	static final String NOT_BOUND = "is not bound to the grant. Bound are {action}, {resource}, {scope.<name>}, "
			+ "{call.arguments.<name>} and {call.target.<name>}";

	/**
	 * The most exact first; of the same operator, the longer text.
	 */
	static final Comparator<ActionEntry> MOST_EXACT_FIRST = Comparator
		.comparing((ActionEntry entry) -> entry.condition.operator())
		.thenComparing((entry) -> -entry.condition.operand().stringValue().length())
		.thenComparing(ActionEntry::name);

	private static final Set<String> FIELDS = Set.of("action", "title", "risk", "fields", "limits");

	// What an answer shows besides, so that it can be sent back changed.
	private static final Set<String> SHOWN = Set.of("id", "origin", "readOnly", "createdAt", "createdBy", "updatedAt",
			"updatedBy");

	private static final Set<String> FIELD = Set.of("label", "format", "currency", "unit", "minor", "fold", "columns");

	private static final Set<String> COLUMN = Set.of("label", "format", "currency", "unit", "minor", "sum");

	private static final Set<Operator> OPERATORS = Set.of(Operator.EQUALS, Operator.STARTS_WITH, Operator.ENDS_WITH,
			Operator.CONTAINS, Operator.MATCHES);

	private static final Map<String, ScopeLimit> LIMITS = Map.of("max", ScopeLimit.MAXIMUM, "min", ScopeLimit.MINIMUM,
			"allowed", ScopeLimit.ALLOWED, "blocked", ScopeLimit.FORBIDDEN);

	private static final int MAX_ACTION = 255;

	private static final int MAX_TITLE = 200;

	private static final int MAX_LABEL = 80;

	private static final int MAX_FIELDS = 100;

	private static final Pattern LIKE_SEVERAL = Pattern.compile("\".*|(startsWith|endsWith|contains|matches) .*",
			Pattern.DOTALL);

	private static final ConditionPath ACTION = ConditionPath.parse("action").orElseThrow();

	private final String id;

	private final PolicyOrigin origin;

	private final ObjectNode definition;

	private final Condition condition;

	private final Risk risk;

	private final List<ActionField> fields;

	private final @Nullable ActionTitle title;

	private final ScopeLimits limits;

	private ActionEntry(@Nullable String id, PolicyOrigin origin, Reader reader) {
		this.origin = origin;
		this.definition = reader.definition;
		this.condition = reader.condition();
		this.id = (id != null) ? id : name();
		this.risk = reader.risk();
		this.fields = reader.fields();
		this.title = reader.title(this.fields);
		this.limits = new ScopeLimits(reader.limits());
	}

	/**
	 * Reads an entry. A field that is not known is a problem: it would say nothing.
	 * @param id its id, or {@code null} for its name
	 * @param origin where it comes from
	 * @param json the entry
	 * @return the entry
	 * @throws InvalidPolicyException with all that is wrong
	 */
	static ActionEntry read(@Nullable String id, PolicyOrigin origin, ObjectNode json) {
		Reader reader = new Reader(json);
		ActionEntry entry = new ActionEntry(id, origin, reader);
		if (!reader.problems.isEmpty()) {
			throw new InvalidPolicyException(reader.problems);
		}
		return entry;
	}

	/**
	 * Reads the path of a value that a grant is bound to.
	 * @param text the path
	 * @return the path, empty for anything else
	 */
	static Optional<ConditionPath> boundPath(String text) {
		return ConditionPath.parse(text).filter(ConditionPath::isBound);
	}

	boolean isExact() {
		return this.condition.operator() == Operator.EQUALS;
	}

	boolean isFor(String action) {
		try {
			return this.condition.check().holds(StringNode.valueOf(action));
		}
		catch (EvaluationException ex) {
			return false;
		}
	}

	/**
	 * Return whether it is for actions that look the same, as far as its text can tell.
	 */
	boolean looksFor(String look) {
		String text = NameLook.of(action());
		return switch (this.condition.operator()) {
			case STARTS_WITH -> look.startsWith(text);
			case ENDS_WITH -> look.endsWith(text);
			case CONTAINS -> look.contains(text);
			default -> false;
		};
	}

	@Override
	public String id() {
		return this.id;
	}

	/**
	 * The action that it is for.
	 * @return the name of the action, or operator and text
	 */
	@Override
	public String name() {
		String text = action();
		// Like no entry for several actions.
		return !isExact() ? this.condition.operator().text() + " " + text
				: LIKE_SEVERAL.matcher(text).matches() ? Json.write(text) : text;
	}

	/** The action, or what it starts with, ends with, contains or matches. */
	String action() {
		return this.condition.operand().stringValue();
	}

	@Override
	public PolicyOrigin origin() {
		return this.origin;
	}

	@Override
	public long patternSize() {
		return this.condition.patternSize();
	}

	public Risk risk() {
		return this.risk;
	}

	/**
	 * The title over bound values.
	 * @return the title, or {@code null} if there is none
	 */
	public @Nullable ActionTitle title() {
		return this.title;
	}

	/**
	 * What is said of bound values, in the order in which they are shown.
	 * @return the fields
	 */
	public List<ActionField> fields() {
		return this.fields;
	}

	/**
	 * Which entries of the scope are limits.
	 * @return those that are named here, and those whose names say so
	 */
	public ScopeLimits limits() {
		return this.limits;
	}

	@Override
	public ObjectNode source() {
		return this.definition.deepCopy();
	}

	@Override
	public ObjectNode toJson() {
		ObjectNode json = Json.object().put("id", this.id);
		json.setAll(source());
		return json.put("origin", this.origin.text());
	}

	private static final class Reader {

		private final ObjectNode definition = Json.object();

		private final Map<String, String> problems = new LinkedHashMap<>();

		Reader(ObjectNode json) {
			JsonText.problems("", json, this.problems::putIfAbsent);
			known("", json, FIELDS, SHOWN, "an action");
			json.properties().forEach((field) -> {
				if (FIELDS.contains(field.getKey()) && !field.getValue().isNull()) {
					this.definition.set(field.getKey(), field.getValue().deepCopy());
				}
			});
		}

		private void known(String prefix, ObjectNode json, Set<String> known, Set<String> ignored, String what) {
			json.properties().forEach((field) -> {
				if (!known.contains(field.getKey()) && !ignored.contains(field.getKey())) {
					problem(prefix + field.getKey(),
							UnknownName.problem("a field of " + what, field.getKey(), new TreeSet<>(known)));
				}
			});
		}

		private void problem(String field, String problem) {
			this.problems.putIfAbsent(field, problem);
		}

		private Condition condition() {
			JsonNode action = this.definition.get("action");
			if (action instanceof ObjectNode pattern && pattern.size() == 1) {
				Map.Entry<String, JsonNode> check = pattern.properties().iterator().next();
				Operator operator = Operator.find(check.getKey()).filter(OPERATORS::contains).orElse(null);
				if (operator == null) {
					problem("action." + check.getKey(), UnknownName.problem("an operator of an action", check.getKey(),
							OPERATORS.stream().map(Operator::text).sorted().toList()));
				}
				else if (operator != null && isText(check.getValue(), MAX_ACTION)) {
					try {
						return condition(operator, check.getValue());
					}
					catch (IllegalArgumentException ex) {
						problem("action." + check.getKey(), String.valueOf(ex.getMessage()));
						return condition(Operator.EQUALS, StringNode.valueOf(""));
					}
				}
			}
			if (action != null && isText(action, MAX_ACTION)) {
				if (!action.stringValue().equals(action.stringValue().strip())) {
					problem("action", "must not begin or end with a space");
				}
				return condition(Operator.EQUALS, action);
			}
			problem("action", "must be the name of an action such as payment.refund, or one of {startsWith: …}, "
					+ "{endsWith: …}, {contains: …} and {matches: …}");
			return condition(Operator.EQUALS, StringNode.valueOf(""));
		}

		private static Condition condition(Operator operator, JsonNode operand) {
			return Condition.of(ACTION, operator, operand, true);
		}

		private static boolean isText(@Nullable JsonNode value, int max) {
			return value != null && value.isString() && !value.stringValue().isBlank()
					&& value.stringValue().length() <= max;
		}

		private @Nullable String text(String prefix, ObjectNode json, String field, int max) {
			JsonNode value = json.get(field);
			if (value == null || value.isNull()) {
				return null;
			}
			if (!isText(value, max)) {
				problem(prefix + field, "must be text of 1 to " + max + " characters");
				return null;
			}
			return value.stringValue();
		}

		private boolean flag(String prefix, ObjectNode json, String field) {
			JsonNode value = json.get(field);
			if (value != null && !value.isBoolean()) {
				problem(prefix + field, "must be true or false");
			}
			return value != null && value.asBoolean(false);
		}

		private <E extends Enum<E>> @Nullable E choice(String prefix, ObjectNode json, String field, E[] values) {
			String text = text(prefix, json, field, MAX_LABEL);
			if (text == null) {
				return null;
			}
			List<String> names = Arrays.stream(values).map((value) -> value.name().toLowerCase(Locale.ROOT)).toList();
			int index = names.indexOf(text);
			if (index < 0) {
				problem(prefix + field, UnknownName.problem("a " + field, text, names));
			}
			return (index < 0) ? null : values[index];
		}

		private Risk risk() {
			Risk risk = choice("", this.definition, "risk", Risk.values());
			return (risk != null) ? risk : Risk.NORMAL;
		}

		private @Nullable ActionTitle title(List<ActionField> fields) {
			String template = text("", this.definition, "title", MAX_TITLE);
			if (template == null) {
				return null;
			}
			try {
				return ActionTitle.parse(template,
						(path) -> fields.stream()
							.filter((field) -> field.path().isSame(path))
							.findFirst()
							.orElseGet(() -> ActionField.of(path)));
			}
			catch (IllegalArgumentException ex) {
				problem("title", String.valueOf(ex.getMessage()));
				return null;
			}
		}

		private ObjectNode object(String prefix, ObjectNode json, String field) {
			JsonNode value = json.get(field);
			if (value instanceof ObjectNode object) {
				if (object.size() > MAX_FIELDS) {
					problem(prefix + field, "must have at most " + MAX_FIELDS + " entries");
				}
				return object;
			}
			if (value != null && !value.isNull()) {
				problem(prefix + field, "must have named fields");
			}
			return Json.object();
		}

		private List<ActionField> fields() {
			List<ActionField> fields = new ArrayList<>();
			object("", this.definition, "fields").properties().forEach((entry) -> {
				String place = "fields." + entry.getKey();
				Optional<ConditionPath> path = boundPath(entry.getKey());
				if (path.isEmpty()) {
					problem(place, ConditionPath.parse(entry.getKey()).isPresent() ? NOT_BOUND
							: "is not a path. A path is resource, scope.<name>, call.arguments.<name> or call.target.<name>");
				}
				else if (fields.stream().anyMatch((field) -> field.path().isSame(path.get()))) {
					problem(place, "is there twice, in another spelling");
				}
				else if (entry.getValue() instanceof ObjectNode json) {
					fields.add(field(place + ".", path.get(), json));
				}
				else if (isText(entry.getValue(), MAX_LABEL)) {
					fields.add(new ActionField(path.get(), entry.getValue().stringValue(), null, false, List.of()));
				}
				else {
					problem(place, "must be a label of at most " + MAX_LABEL + " characters, or have named fields");
				}
			});
			return List.copyOf(fields);
		}

		private ActionField field(String prefix, ConditionPath path, ObjectNode json) {
			known(prefix, json, FIELD, Set.of(), "a value");
			FieldFormat format = format(prefix, json, true);
			List<ActionField.Column> columns = columns(prefix, json);
			if (!columns.isEmpty() && (format == null || format.kind() != FieldFormat.Kind.LIST)) {
				problem(prefix + "columns", "needs format: list");
			}
			return new ActionField(path, text(prefix, json, "label", MAX_LABEL), format, flag(prefix, json, "fold"),
					columns);
		}

		private List<ActionField.Column> columns(String prefix, ObjectNode json) {
			List<ActionField.Column> columns = new ArrayList<>();
			object(prefix, json, "columns").properties().forEach((entry) -> {
				String place = prefix + "columns." + entry.getKey();
				if (entry.getValue() instanceof ObjectNode column) {
					known(place + ".", column, COLUMN, Set.of(), "a column");
					String label = text(place + ".", column, "label", MAX_LABEL);
					FieldFormat format = format(place + ".", column, false);
					if (format != null && format.kind() == FieldFormat.Kind.LIST) {
						problem(place + ".format", "of a column must not be list");
					}
					boolean sum = flag(place + ".", column, "sum");
					if (sum && format != null && !format.isSummable()) {
						problem(place + ".sum", "needs one of the formats number, count, percent, money and bytes");
					}
					columns.add(new ActionField.Column(entry.getKey(), (label != null) ? label : entry.getKey(), format,
							sum));
				}
				else if (isText(entry.getValue(), MAX_LABEL)) {
					columns.add(new ActionField.Column(entry.getKey(), entry.getValue().stringValue(), null, false));
				}
				else {
					problem(place, "must be a label of at most " + MAX_LABEL + " characters, or have named fields");
				}
			});
			return List.copyOf(columns);
		}

		private @Nullable FieldFormat format(String prefix, ObjectNode json, boolean paths) {
			FieldFormat.Kind kind = choice(prefix, json, "format", FieldFormat.Kind.values());
			String unit = text(prefix, json, "unit", MAX_LABEL);
			String currency = text(prefix, json, "currency", MAX_ACTION);
			boolean minor = flag(prefix, json, "minor");
			boolean money = kind == FieldFormat.Kind.MONEY;
			if (money != (currency != null)) {
				problem(prefix + "currency", money ? "is required for money: a code such as EUR, or where the code is"
						: "needs format: money");
			}
			if (minor && !money) {
				problem(prefix + "minor", "needs format: money");
			}
			if (unit != null) {
				unit(kind, unit).ifPresent((problem) -> problem(prefix + "unit", problem));
			}
			if (kind == null) {
				return null;
			}
			Currency fixed = (currency != null) ? FieldFormat.find(currency) : null;
			if (currency != null && fixed == null) {
				checkCurrency(prefix + "currency", currency, paths);
			}
			return new FieldFormat(kind, fixed, (fixed != null) ? null : currency, unit, minor);
		}

		private void checkCurrency(String place, String currency, boolean paths) {
			if (currency.matches("[A-Z]{3}")) {
				problem(place, "is not a currency. Use a code of ISO 4217 such as EUR");
			}
			else if (paths && boundPath(currency).isEmpty()) {
				problem(place, "must be a code of ISO 4217 such as EUR, or the path of a bound value such as "
						+ "scope.currency");
			}
		}

		private static Optional<String> unit(FieldFormat.@Nullable Kind kind, String unit) {
			Set<String> times = new TreeSet<>(FieldFormat.TIME_UNITS.keySet());
			if (kind == FieldFormat.Kind.NUMBER || kind == FieldFormat.Kind.COUNT) {
				return Optional.empty();
			}
			if (kind == FieldFormat.Kind.DURATION || kind == FieldFormat.Kind.TIME) {
				return times.contains(unit) ? Optional.empty()
						: Optional.of(UnknownName.problem("a unit of time", unit, times));
			}
			if (kind == FieldFormat.Kind.DATE) {
				return unit.equals("days") ? Optional.empty() : Optional.of("of a date must be days, since 1970");
			}
			return Optional.of("needs one of the formats number, count, date, time and duration");
		}

		private Map<String, ScopeLimit> limits() {
			Map<String, ScopeLimit> limits = new LinkedHashMap<>();
			object("", this.definition, "limits").properties().forEach((entry) -> {
				String place = "limits." + entry.getKey();
				ConditionPath path = ConditionPath.parse(entry.getKey()).filter(ConditionPath::isOfScope).orElse(null);
				String word = entry.getValue().isString() ? entry.getValue().stringValue() : "";
				ScopeLimit limit = LIMITS.get(word);
				if (path == null) {
					problem(place, "is not an entry of the scope such as scope.amount");
				}
				else if (limit == null) {
					problem(place, UnknownName.problem("a direction", word, new TreeSet<>(LIMITS.keySet())));
				}
				else {
					addLimit(place, path, limit, limits);
				}
			});
			return limits;
		}

		// Nobody reads a number named max_… as the least.
		private void addLimit(String place, ConditionPath path, ScopeLimit limit, Map<String, ScopeLimit> limits) {
			ScopeLimit named = ScopeLimit.named(path.name());
			if (named != null && named != limit) {
				problem(place,
						"contradicts its name, which says " + LIMITS.entrySet()
							.stream()
							.filter((known) -> known.getValue() == named)
							.map(Map.Entry::getKey)
							.findFirst()
							.orElse(""));
				return;
			}
			if (limits.putIfAbsent(String.valueOf(path.entry()), limit) != null) {
				problem(place, "is there twice, in another spelling");
			}
		}

	}

}
