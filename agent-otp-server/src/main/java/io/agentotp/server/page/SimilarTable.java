package io.agentotp.server.page;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.server.json.Json;
import io.agentotp.server.language.Messages;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.permission.BatchDecisions;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.PermissionRequest;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.permission.Viewer;
import io.agentotp.server.policy.FieldValue;
import io.agentotp.server.policy.StepUp;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.IntNode;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/**
 * Requests of one agent for one action as a table: what is the same in all of them once,
 * and what differs in columns.
 */
public final class SimilarTable {

	// As JSON. A page takes its time for each character.
	private static final int MAX_SIZE = 200_000;

	private static final String REST = "similar.rest";

	private final List<Asked> asked = new ArrayList<>();

	private final Set<List<Segment>> unseen = new LinkedHashSet<>();

	private int room = MAX_SIZE;

	private boolean bound = true;

	private boolean cut;

	private boolean signed;

	private SimilarTable() {
	}

	/**
	 * The requests, as far as they fit on a page.
	 */
	static SimilarTable of(PermissionReader reader, Viewer viewer, FactsReader facts, List<String> ids, Instant now) {
		SimilarTable table = new SimilarTable();
		reader.each(ids.subList(0, Math.min(ids.size(), BatchDecisions.MAX)), viewer,
				(permission) -> table.add(permission, facts, now));
		return table;
	}

	/**
	 * Whether a policy lets nobody approve one of them without a signature.
	 * @return whether it does
	 */
	boolean isSigned() {
		return this.signed;
	}

	private void add(StoredPermission permission, FactsReader reader, Instant now) {
		PermissionRequest request = permission.request();
		this.room -= Json.write(request.scope()).length()
				+ ((request.call() != null) ? Json.write(request.call()).length() : 0);
		if (!permission.isPending()) {
			return;
		}
		if (this.room < 0 && !this.asked.isEmpty()) {
			this.cut = true;
			return;
		}
		Facts facts = reader.of(permission);
		PermissionDetail detail = PermissionDetail.of(permission, facts, new Trail(List.of(), false), now);
		Map<Column, Fact> values = new LinkedHashMap<>();
		Stream.of(facts.list(), facts.more(), facts.words())
			.flatMap(List::stream)
			.forEach((fact) -> put(fact, facts.words().contains(fact), false, values));
		if (request.call() != null) {
			put(technical("similar.call", CallView.title(request.call()), request.call().path("target")), false, false,
					values);
		}
		put(technical("similar.ttl", VisibleText.of(detail.ttl()), IntNode.valueOf(request.ttlSeconds())), false, true,
				values);
		Set<String> types = new TreeSet<>();
		if (request.call() != null && !request.call().path("target").has("tool")) {
			request.call().path("arguments").forEach((argument) -> types("", argument, types));
		}
		put(technical("similar.types",
				VisibleText.of(FieldValue.brief(types.stream()
					.map((type) -> type.substring(type.lastIndexOf(' ') + 1))
					.distinct()
					.collect(Collectors.joining(", ")))),
				StringNode.valueOf(String.join("\n", types))), false, true, values);
		StringNode identity = identity(permission);
		values.put(rest(), technical(REST, List.of(Segment.plain(identity.stringValue().substring(0, 8))), identity));
		this.unseen.addAll(PermissionDetail.unseen(permission, facts, true));
		this.bound &= detail.binding().equals("bound");
		this.signed |= permission.policy().routing().stepUp() == StepUp.PASSKEY;
		this.asked.add(new Asked(detail, values, facts));
	}

	// Whatever no other column shows, such as types within values.
	private static Column rest() {
		return new Column(List.of(Segment.plain(Messages.get(REST))), 0, false, true);
	}

	private static StringNode identity(StoredPermission permission) {
		PermissionRequest request = permission.request();
		ObjectNode all = Json.object()
			.put("resource", request.resource())
			.put("ttl", request.ttlSeconds())
			.put("callDigest", request.callDigest());
		all.set("scope", permission.grant().scope());
		all.set("call", request.call());
		return StringNode.valueOf(Secrets.sha256(Json.writeSorted(all)));
	}

	// Each type of a value with its place, however long lists are.
	private static void types(String path, JsonNode value, Set<String> types) {
		value.properties().forEach((field) -> {
			boolean type = field.getKey().equals("@type") || field.getKey().equals("@form")
					|| (path.isEmpty() && field.getKey().equals("type"));
			if (type && field.getValue().isString()) {
				types.add((path.isEmpty() ? value.path("name").asString("") : path) + ' '
						+ field.getValue().stringValue());
			}
			else if (!path.isEmpty() || field.getKey().equals("value")) {
				types((path.isEmpty() ? value.path("name").asString("") : path) + '/' + field.getKey(),
						field.getValue(), types);
			}
		});
		if (value.isArray()) {
			value.forEach((element) -> types(path + "/*", element, types));
		}
	}

	private static void put(Fact fact, boolean words, boolean technical, Map<Column, Fact> values) {
		int place = 0;
		while (values.putIfAbsent(new Column(fact.label(), place, words, technical), fact) != null) {
			place++;
		}
	}

	private static Fact technical(String label, List<Segment> text, JsonNode raw) {
		return new Fact(List.of(Segment.plain(Messages.get(label))), true, Shown.raw(text), "", List.of(), false, raw);
	}

	/**
	 * Whether requests are not in it, as it would be too large.
	 * @return whether any that is pending is not
	 */
	boolean isCut() {
		return this.cut;
	}

	public boolean isEmpty() {
		return this.asked.isEmpty();
	}

	public PermissionCard first() {
		return this.asked.get(0).detail().card();
	}

	public int size() {
		return this.asked.size();
	}

	/**
	 * Whether all of it is what applications bind themselves to.
	 * @return {@code false} if any of it is what an agent says
	 */
	public boolean isBound() {
		return this.bound;
	}

	public String sum() {
		return Repetition.sum(this.asked.stream().map((one) -> one.facts().mainFact()).toList());
	}

	/**
	 * The sum of each column.
	 * @return the sums, empty where nothing is added up
	 */
	public List<String> sums() {
		return columns(false).stream().map(this::sum).toList();
	}

	public boolean isSummed() {
		return sums().stream().anyMatch((sum) -> !sum.isEmpty());
	}

	private String sum(Column column) {
		List<Sum.@Nullable Amount> amounts = new ArrayList<>();
		for (Asked one : this.asked) {
			Fact fact = one.values().get(column);
			amounts.add((fact != null) ? fact.value().amount() : null);
		}
		if (this.asked.size() == 1
				|| amounts.stream().noneMatch((amount) -> amount != null && isAddedUp(column, amount))) {
			return "";
		}
		Sum sum = Sum.of(amounts);
		return (sum != null) ? sum.text() : Messages.get("shown.no-sum");
	}

	private static boolean isAddedUp(Column column, Sum.Amount amount) {
		return switch (amount.format().kind()) {
			case MONEY, COUNT, BYTES -> true;
			case NUMBER -> UnnamedFacts.isAddedUp(Shown.text(column.label()));
			default -> false;
		};
	}

	public Set<List<Segment>> unseen() {
		return this.unseen;
	}

	/**
	 * What one types again if any of them is of high risk.
	 * @return the fact, or {@code null} if none is
	 */
	public @Nullable Repetition repetition() {
		boolean high = this.asked.stream().anyMatch((one) -> one.facts().repetition() != null);
		return high ? Repetition.ofAll(this.asked.stream().map((one) -> one.facts().mainFact()).toList()) : null;
	}

	/**
	 * What is the same in all.
	 * @param words whether free text, or what is none
	 * @return the facts
	 */
	public List<Fact> same(boolean words) {
		return this.asked.get(0)
			.values()
			.entrySet()
			.stream()
			.filter((value) -> this.asked.size() > 1 && value.getKey().words() == words && !value.getKey().technical()
					&& !isDifferent(value.getKey()))
			.map(Map.Entry::getValue)
			.toList();
	}

	/**
	 * What differs.
	 * @param words whether free text, or what is none
	 * @return the columns
	 */
	public List<Column> columns(boolean words) {
		return columns().stream().filter((column) -> column.words() == words).toList();
	}

	private List<Column> columns() {
		List<Column> columns = this.asked.stream()
			.flatMap((one) -> one.values().keySet().stream())
			.distinct()
			.filter((column) -> (this.asked.size() == 1) ? !column.technical() : isDifferent(column))
			.toList();
		List<Column> others = columns.stream().filter((column) -> !column.equals(rest())).toList();
		return (kinds(others) < kinds(columns)) ? columns : others;
	}

	private long kinds(List<Column> columns) {
		return this.asked.stream().map((one) -> raw(one, columns)).distinct().count();
	}

	private static List<@Nullable JsonNode> raw(Asked one, List<Column> columns) {
		List<@Nullable JsonNode> raw = new ArrayList<>();
		columns.forEach((column) -> raw.add(raw(one, column)));
		return raw;
	}

	private static @Nullable JsonNode raw(Asked one, Column column) {
		Fact fact = one.values().get(column);
		return (fact != null) ? fact.raw() : null;
	}

	/**
	 * What each cell is called where it stands under no name.
	 * @return the names of the columns
	 */
	public List<String> names(boolean words) {
		return Shown.names(columns(words).stream().map(Column::label).toList());
	}

	public boolean isWide(boolean words) {
		return Shown.isWide(columns(words).size());
	}

	// Not by how it is shown: different values can look alike.
	private boolean isDifferent(Column column) {
		return this.asked.stream().map((one) -> Optional.ofNullable(raw(one, column))).distinct().count() > 1;
	}

	/**
	 * The requests, those first that have a warning of their own.
	 * @return the rows
	 */
	public List<SimilarRow> rows() {
		List<List<SimilarRow.Cell>> facts = columns(false).stream().map(this::cells).toList();
		List<List<SimilarRow.Cell>> words = columns(true).stream().map(this::cells).toList();
		List<SimilarRow> rows = new ArrayList<>();
		for (int i = 0; i < this.asked.size(); i++) {
			int place = i;
			PermissionDetail detail = this.asked.get(i).detail();
			List<SimilarRow.Sign> own = signs(detail);
			own.removeIf((sign) -> isInAll(sign.key()));
			rows.add(new SimilarRow(detail.card(), facts.stream().map((column) -> column.get(place)).toList(),
					words.stream().map((column) -> column.get(place)).toList(), own));
		}
		return rows.stream().sorted(Comparator.comparing((row) -> row.signs().isEmpty())).toList();
	}

	// Of values that differ and look alike each has a number. A long text is shown from
	// where it differs.
	private List<SimilarRow.Cell> cells(Column column) {
		List<Optional<Fact>> facts = this.asked.stream()
			.map((one) -> Optional.ofNullable(one.values().get(column)))
			.toList();
		int common = common(facts);
		List<Optional<Fact>> shown = facts.stream()
			.map((fact) -> fact.map((one) -> (common > 0) ? one.from(common) : one))
			.toList();
		Map<JsonNode, Integer> numbers = new LinkedHashMap<>();
		Map<Object, Set<JsonNode>> looks = new HashMap<>();
		shown.stream().flatMap(Optional::stream).forEach((fact) -> {
			JsonNode raw = Objects.requireNonNullElse(fact.raw(), NullNode.getInstance());
			numbers.putIfAbsent(raw, numbers.size() + 1);
			looks.computeIfAbsent(fact.look(), (look) -> new HashSet<>()).add(raw);
		});
		boolean alike = looks.values().stream().anyMatch((raws) -> raws.size() > 1);
		return shown.stream()
			.map((fact) -> new SimilarRow.Cell(fact.orElse(null),
					(alike && fact.isPresent()) ? numbers
						.getOrDefault(Objects.requireNonNullElse(fact.get().raw(), NullNode.getInstance()), 0) : 0))
			.toList();
	}

	// How long the beginning is that all texts of a column have.
	private static int common(List<Optional<Fact>> facts) {
		List<String> texts = facts.stream()
			.flatMap(Optional::stream)
			.map(Fact::raw)
			.filter((raw) -> raw != null && raw.isString())
			.map(JsonNode::stringValue)
			.toList();
		if (texts.size() < 2) {
			return 0;
		}
		int common = 0;
		String first = texts.get(0);
		while (common < first.length() && allHave(texts, common, first.charAt(common))) {
			common++;
		}
		return common;
	}

	private static boolean allHave(List<String> texts, int place, char character) {
		return texts.stream().allMatch((text) -> place < text.length() && text.charAt(place) == character);
	}

	/**
	 * What has to be known of all or some of them.
	 * @return the warnings
	 */
	public List<SimilarRow.Sign> signs() {
		Map<String, SimilarRow.Sign> signs = new LinkedHashMap<>();
		this.asked.forEach(
				(one) -> signs(one.detail()).forEach((sign) -> signs.merge(sign.key(), sign, SimilarRow.Sign::and)));
		return List.copyOf(signs.values());
	}

	private boolean isInAll(String key) {
		return this.asked.stream()
			.allMatch((one) -> signs(one.detail()).stream().anyMatch((sign) -> sign.key().equals(key)));
	}

	private static List<SimilarRow.Sign> signs(PermissionDetail detail) {
		CallView call = detail.call();
		return detail.card().signs().stream().map((key) -> SimilarRow.Sign.of(key, switch (key) {
			case "not-bound" -> (call != null) ? call.notBound() : List.of();
			case "left-out" -> (call != null) ? call.leftOut() : List.of();
			case "imitates" -> List.of(detail.facts().imitated());
			default -> List.of();
		})).collect(Collectors.toCollection(ArrayList::new));
	}

	/**
	 * A value that the requests have.
	 *
	 * @param label its name
	 * @param place which of several values with this name
	 * @param words whether it is free text
	 * @param technical whether it is of use only where it differs
	 */
	public record Column(List<Segment> label, int place, boolean words, boolean technical) {
	}

	private record Asked(PermissionDetail detail, Map<Column, Fact> values, Facts facts) {
	}

}
