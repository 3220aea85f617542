package io.agentotp.server.policy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.agentotp.server.failure.UnknownName;
import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.boot.convert.DurationStyle;

/**
 * Whom a policy asks, how many of them have to approve, and for how long.
 *
 * @param approvers who may decide; with stages, those of all of them
 * @param quorum how many have to approve; with stages, each has its own
 * @param stages who has to approve one after another; empty if all are asked at once
 * @param window how long a request waits for a decision, {@code null} for as long as the
 * settings say
 * @param remind how long after a stage began those who may decide are reminded, ascending
 * @param escalate who may decide, too, if nobody has for some time, or {@code null}
 * @param stepUp what shows that it is the person who approves
 */
public record Routing(Approvers approvers, int quorum, List<Stage> stages, @Nullable Duration window,
		List<Duration> remind, @Nullable Escalation escalate, StepUp stepUp) {

	/**
	 * What holds where no policy says anything: all with the role approver are asked.
	 */
	public static final Routing NONE = new Routing(Approvers.ALL, 1, List.of(), null, List.of(), null, StepUp.NONE);

	/**
	 * The longest time that a policy lets a request wait.
	 */
	public static final Duration MAX_WINDOW = Duration.ofDays(7);

	static final Set<String> FIELDS = Set.of("approvers", "quorum", "stages", "window", "remind", "escalate", "stepUp");

	private static final int MAX_QUORUM = 10;

	private static final int MAX_STAGES = 5;

	private static final int MAX_REMINDERS = 10;

	private static final int MAX_NAMES = 50;

	// As the names of users are.
	private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._@+-]{1,64}");

	private static final String NAMES = "must be names of 1 to 64 letters, digits and the characters . _ @ + -";

	/**
	 * Reads it from the fields of a policy.
	 * @param fields the fields of the policy
	 * @param problems gets what is wrong, by field
	 * @return the routing
	 */
	static Routing read(ObjectNode fields, BiConsumer<String, String> problems) {
		return new Reader(problems).routing(fields);
	}

	/**
	 * Reads it as it was {@linkplain #toJson() kept}.
	 * @param json the fields
	 * @return the routing
	 * @throws IllegalArgumentException if it is none
	 */
	public static Routing of(ObjectNode json) {
		return read(json, (field, problem) -> {
			throw new IllegalArgumentException(field + " " + problem);
		});
	}

	/**
	 * How the stored form of one begins that names somebody, in SQL.
	 */
	public static final List<String> NAMING = List.of("{\"approvers\":%", "{\"stages\":%");

	/**
	 * Whether it is said at all.
	 * @return {@code true} if a policy says none of it
	 */
	public boolean isNone() {
		return equals(NONE);
	}

	/**
	 * Whether more than one approval is needed.
	 * @return {@code true} with a quorum or stages
	 */
	public boolean isCounted() {
		return this.quorum > 1 || !this.stages.isEmpty();
	}

	/**
	 * Who has to approve, one after another.
	 * @return the stages; one without a name if the policy has none
	 */
	public List<Stage> steps() {
		return this.stages.isEmpty() ? List.of(new Stage("", this.approvers, this.quorum)) : this.stages;
	}

	/**
	 * The fields of the policy.
	 * @return those that it has
	 */
	public ObjectNode toJson() {
		ObjectNode json = Json.object();
		if (!this.stages.isEmpty()) {
			this.stages.forEach((stage) -> json.withArray("stages").add(stage.toJson()));
		}
		else if (!this.approvers.isAll()) {
			json.set("approvers", this.approvers.toJson());
		}
		if (this.quorum > 1) {
			json.put("quorum", this.quorum);
		}
		if (this.window != null) {
			json.put("window", text(this.window));
		}
		if (!this.remind.isEmpty()) {
			this.remind.forEach((after) -> json.withArray("remind").add(text(after)));
		}
		if (this.escalate != null) {
			ObjectNode escalation = json.putObject("escalate").put("after", text(this.escalate.after()));
			escalation.set("to", this.escalate.to().toJson());
		}
		if (this.stepUp != StepUp.NONE) {
			json.put("stepUp", this.stepUp.text());
		}
		return json;
	}

	/**
	 * A duration as it is written in a policy.
	 * @param duration the duration
	 * @return such as {@code 90s}, {@code 30m}, {@code 4h} or {@code 7d}
	 */
	public static String text(Duration duration) {
		long seconds = duration.toSeconds();
		return (seconds % 86_400 == 0) ? seconds / 86_400 + "d" : (seconds % 3600 == 0) ? seconds / 3600 + "h"
				: (seconds % 60 == 0) ? seconds / 60 + "m" : seconds + "s";
	}

	/**
	 * Groups and people.
	 *
	 * @param groups the names of groups, whose members they are
	 * @param people the names of users
	 */
	public record Approvers(List<String> groups, List<String> people) {

		/**
		 * All with the role approver.
		 */
		public static final Approvers ALL = new Approvers(List.of(), List.of());

		static Approvers union(List<Approvers> all) {
			return new Approvers(all.stream().flatMap((one) -> one.groups().stream()).distinct().toList(),
					all.stream().flatMap((one) -> one.people().stream()).distinct().toList());
		}

		public boolean isAll() {
			return this.groups.isEmpty() && this.people.isEmpty();
		}

		/**
		 * Why a person is among them.
		 * @param person the name of the person
		 * @param memberOf the groups that the person is in
		 * @return the group, an empty text if the person is named, or {@code null} if the
		 * person is not among them
		 */
		public @Nullable String via(String person, Set<String> memberOf) {
			if (isAll() || this.people.contains(person)) {
				return "";
			}
			return this.groups.stream().filter(memberOf::contains).findFirst().orElse(null);
		}

		public ObjectNode toJson() {
			ObjectNode json = Json.object();
			put(json, "groups", this.groups);
			put(json, "people", this.people);
			return json;
		}

		private static void put(ObjectNode json, String field, List<String> names) {
			if (!names.isEmpty()) {
				ArrayNode array = json.putArray(field);
				names.forEach(array::add);
			}
		}

	}

	/**
	 * People of whom some have to approve before the next stage begins.
	 *
	 * @param name what it is called, such as {@code finance}
	 * @param approvers who may decide
	 * @param quorum how many of them have to approve
	 */
	public record Stage(String name, Approvers approvers, int quorum) {

		ObjectNode toJson() {
			ObjectNode json = Json.object().put("name", this.name);
			json.setAll(this.approvers.toJson());
			return (this.quorum > 1) ? json.put("quorum", this.quorum) : json;
		}

	}

	/**
	 * Who may decide, too, after some time.
	 *
	 * @param after how long after the request
	 * @param to who
	 */
	public record Escalation(Duration after, Approvers to) {
	}

	private record Reader(BiConsumer<String, String> problems) {

		Routing routing(ObjectNode fields) {
			JsonNode named = fields.get("approvers");
			Approvers approvers = (named != null && !named.isNull()) ? approvers("approvers", named) : Approvers.ALL;
			boolean escalates = isThere(fields.get("escalate"));
			int quorum = quorum("quorum", fields.get("quorum"), approvers, escalates);
			List<Stage> stages = stages(fields.get("stages"), escalates);
			if (isThere(fields.get("stages"))) {
				Stream.of("approvers", "quorum")
					.filter((field) -> isThere(fields.get(field)))
					.forEach((field) -> this.problems.accept(field,
							"cannot be said beside stages, which each have their own"));
				approvers = Approvers.union(stages.stream().map(Stage::approvers).toList());
				quorum = 1;
				requireDistinct(stages, escalates);
			}
			Duration window = duration("window", fields.get("window"), MAX_WINDOW);
			List<Duration> remind = remind(fields.get("remind"), window);
			return new Routing(approvers, quorum, stages, window, remind,
					escalation(fields.get("escalate"), window, approvers), stepUp(fields.get("stepUp")));
		}

		private static boolean isThere(@Nullable JsonNode json) {
			return json != null && !json.isNull();
		}

		private int quorum(String path, @Nullable JsonNode json, Approvers approvers, boolean escalates) {
			if (json == null || json.isNull()) {
				return 1;
			}
			if (!json.isIntegralNumber() || !json.canConvertToInt() || json.intValue() < 1
					|| json.intValue() > MAX_QUORUM) {
				this.problems.accept(path, "must be a whole number from 1 to " + MAX_QUORUM);
				return 1;
			}
			int quorum = json.intValue();
			if (!approvers.isAll() && approvers.groups().isEmpty() && approvers.people().size() < quorum
					&& !escalates) {
				this.problems.accept(path, "is " + quorum + ", but only " + approvers.people().size()
						+ ((approvers.people().size() == 1) ? " person is" : " people are") + " named");
			}
			return quorum;
		}

		private List<Stage> stages(@Nullable JsonNode json, boolean escalates) {
			List<Stage> stages = new ArrayList<>();
			if (json == null || json.isNull()) {
				return stages;
			}
			List<JsonNode> values = json.isArray() ? json.valueStream().toList() : List.of(json);
			if (values.isEmpty() || values.size() > MAX_STAGES) {
				this.problems.accept("stages", "must be 1 to " + MAX_STAGES);
				return stages;
			}
			for (int i = 0; i < values.size(); i++) {
				Stage stage = stage("stages." + i, values.get(i), escalates);
				if (stages.stream().anyMatch((other) -> other.name().equals(stage.name()))) {
					this.problems.accept("stages." + i + ".name", "is the name of another stage, too");
				}
				stages.add(stage);
			}
			return List.copyOf(stages);
		}

		// Of groups and of who is asked later, nobody knows yet who is in them.
		private void requireDistinct(List<Stage> stages, boolean escalates) {
			List<Reachability.Need> needs = stages.stream()
				.filter((stage) -> stage.approvers().groups().isEmpty() && !stage.approvers().isAll())
				.map((stage) -> new Reachability.Need(Set.copyOf(stage.approvers().people()), stage.quorum()))
				.toList();
			if (!escalates && Reachability.reachable(needs) < needs.stream().mapToInt(Reachability.Need::count).sum()) {
				this.problems.accept("stages",
						"cannot all be approved: they name the same people, and each person counts once");
			}
		}

		private Stage stage(String path, JsonNode json, boolean escalates) {
			if (!(json instanceof ObjectNode object)) {
				this.problems.accept(path, "must be an object such as {name: finance, groups: [finance], quorum: 2}");
				return new Stage("", Approvers.ALL, 1);
			}
			known(path, object, Set.of("name", "groups", "people", "quorum"));
			String name = object.path("name").asString("");
			if (!NAME.matcher(name).matches()) {
				this.problems.accept(path + ".name", NAMES);
			}
			Approvers approvers = new Approvers(names(path + ".groups", object.get("groups")),
					names(path + ".people", object.get("people")));
			if (approvers.isAll()) {
				this.problems.accept(path, "names nobody. Name groups or people");
			}
			return new Stage(name, approvers, quorum(path + ".quorum", object.get("quorum"), approvers, escalates));
		}

		private StepUp stepUp(@Nullable JsonNode json) {
			if (json == null || json.isNull()) {
				return StepUp.NONE;
			}
			return StepUp.find(json.asString("")).orElseGet(() -> {
				this.problems.accept("stepUp", "must be none, fresh or passkey");
				return StepUp.NONE;
			});
		}

		private Approvers approvers(String path, JsonNode json) {
			if (!(json instanceof ObjectNode object)) {
				this.problems.accept(path, "must be an object such as {groups: [finance], people: [ann]}");
				return Approvers.ALL;
			}
			known(path, object, Set.of("groups", "people"));
			Approvers read = new Approvers(names(path + ".groups", object.get("groups")),
					names(path + ".people", object.get("people")));
			if (read.isAll()) {
				this.problems.accept(path, "names nobody. Name groups or people, or leave it out to ask all approvers");
			}
			return read;
		}

		private void known(String path, ObjectNode object, Set<String> names) {
			object.propertyNames()
				.stream()
				.filter((name) -> !names.contains(name))
				.forEach((name) -> this.problems.accept(path + "." + name,
						UnknownName.problem("a field of " + path, name, new TreeSet<>(names))));
		}

		private List<String> names(String path, @Nullable JsonNode json) {
			List<String> names = new ArrayList<>();
			if (json == null || json.isNull()) {
				return names;
			}
			List<JsonNode> values = json.isArray() ? json.valueStream().toList() : List.of(json);
			if (values.size() > MAX_NAMES) {
				this.problems.accept(path, "must be at most " + MAX_NAMES);
				return names;
			}
			values.forEach((value) -> {
				if (!value.isString() || !NAME.matcher(value.stringValue()).matches()) {
					this.problems.accept(path, NAMES);
				}
				else if (!names.contains(value.stringValue())) {
					names.add(value.stringValue());
				}
			});
			return List.copyOf(names);
		}

		private List<Duration> remind(@Nullable JsonNode json, @Nullable Duration window) {
			if (json == null || json.isNull()) {
				return List.of();
			}
			List<JsonNode> values = json.isArray() ? json.valueStream().toList() : List.of(json);
			if (values.size() > MAX_REMINDERS) {
				this.problems.accept("remind", "must be at most " + MAX_REMINDERS);
				return List.of();
			}
			return values.stream()
				.flatMap((value) -> Stream.ofNullable(within("remind", value, window)))
				.sorted()
				.distinct()
				.toList();
		}

		private @Nullable Escalation escalation(@Nullable JsonNode json, @Nullable Duration window,
				Approvers approvers) {
			if (json == null || json.isNull()) {
				return null;
			}
			if (!(json instanceof ObjectNode object)) {
				this.problems.accept("escalate", "must be an object such as {after: 1h, to: {groups: [on-call]}}");
				return null;
			}
			known("escalate", object, Set.of("after", "to"));
			Duration after = within("escalate.after", object.get("after"), window);
			JsonNode to = object.get("to");
			if (object.get("after") == null) {
				this.problems.accept("escalate.after", "is missing. Say after how long others may decide, such as 1h");
			}
			if (to == null) {
				this.problems.accept("escalate.to", "is missing. Say who may decide then, such as {groups: [on-call]}");
			}
			if (approvers.isAll()) {
				this.problems.accept("escalate",
						"adds nobody, since all approvers may decide from the start. Name approvers, too");
			}
			return (after != null && to != null) ? new Escalation(after, approvers("escalate.to", to)) : null;
		}

		private @Nullable Duration within(String path, @Nullable JsonNode json, @Nullable Duration window) {
			Duration duration = duration(path, json, MAX_WINDOW);
			if (duration != null && window != null && duration.compareTo(window) >= 0) {
				this.problems.accept(path, "must be shorter than the window, which is " + text(window));
				return null;
			}
			return duration;
		}

		private @Nullable Duration duration(String path, @Nullable JsonNode json, Duration most) {
			if (json == null || json.isNull()) {
				return null;
			}
			try {
				Duration duration = DurationStyle.detectAndParse(json.isString() ? json.stringValue() : "");
				if (duration.compareTo(Duration.ofSeconds(1)) >= 0 && duration.compareTo(most) <= 0
						&& duration.toMillis() % 1000 == 0) {
					return duration;
				}
			}
			catch (IllegalArgumentException ex) {
				// The same is wrong as with one that is too long.
			}
			this.problems.accept(path,
					"must be a time with its unit, such as 90s, 30m, 4h or 7d, of at least 1s and at most "
							+ text(most));
			return null;
		}

	}

}
