package io.agentotp.server.page;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;

import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.permission.Ballot;
import io.agentotp.server.permission.RequestIdentity;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.policy.Risk;
import io.agentotp.server.token.Secrets;

/**
 * What waits, in rows that one can take in: identical requests are one, many similar ones
 * are one, and an agent that has many rows does not bury the others.
 */
final class Inbox {

	private static final int SIMILAR = 5;

	private static final int OF_AGENT = 5;

	private static final int FOLDED = 50;

	private static final int MAX_NAMES = 200;

	private final Map<List<String>, Kind> kinds = new LinkedHashMap<>();

	private final Set<String> agents = new TreeSet<>();

	private final Set<String> actions = new TreeSet<>();

	private final Map<String, String> groups = new TreeMap<>();

	private final FactsReader facts;

	private final Function<StoredPermission, Ballot> ballots;

	private final String viewer;

	private final Filter filter;

	private final Instant now;

	Inbox(FactsReader facts, Function<StoredPermission, Ballot> ballots, String viewer, Filter filter, Instant now) {
		this.ballots = ballots;
		this.viewer = viewer;
		this.facts = facts;
		this.filter = filter;
		this.now = now;
	}

	void add(StoredPermission permission) {
		String action = permission.request().action();
		name(permission.agentId(), this.agents);
		name(action, this.actions);
		String group = Filter.group(permission);
		if (this.agents.contains(permission.agentId()) && this.actions.contains(action)
				&& this.groups.size() < MAX_NAMES) {
			this.groups.put(group, permission.agentId() + " · " + action);
		}
		if (this.filter.matches(permission)) {
			Kind kind = this.kinds.computeIfAbsent(List.of(permission.agentId(), action), Kind::new);
			RequestIdentity identity = RequestIdentity.of(permission);
			Same same = kind.different.get(identity);
			if (same == null) {
				Facts found = this.facts.ofCard(permission);
				if (!this.filter.risk().isEmpty() && !this.filter.risk().equals(found.risk())) {
					return;
				}
				same = new Same(card(permission, found), found.mainFact(), permission.end(), new ArrayList<>());
				kind.different.put(identity, same);
			}
			same.ids.add(permission.id());
		}
	}

	private PermissionCard card(StoredPermission permission, Facts found) {
		PermissionCard card = PermissionCard.of(permission, found, this.now);
		return permission.policy().routing().isCounted()
				? card.with(permission, this.ballots.apply(permission), this.viewer) : card;
	}

	// One that hides or imitates others could not be told from them in a list.
	private static void name(String name, Set<String> names) {
		if (names.size() < MAX_NAMES && name.equals(name.strip().replaceAll(" +", " "))
				&& VisibleText.of(name).stream().noneMatch(Segment::special)) {
			names.add(name);
		}
	}

	Set<String> agents() {
		return this.agents;
	}

	/**
	 * The groups: agent and action.
	 * @return their names, by what filters them
	 */
	Map<String, String> groups() {
		return this.groups;
	}

	Set<String> actions() {
		return this.actions;
	}

	List<InboxRow> rows() {
		Map<String, List<Timed>> byAgent = new LinkedHashMap<>();
		this.kinds.values()
			.stream()
			.filter((kind) -> !kind.different.isEmpty())
			.forEach((kind) -> byAgent.computeIfAbsent(kind.key.get(0), (agent) -> new ArrayList<>())
				.addAll(kind.rows()));
		List<Timed> rows = new ArrayList<>();
		byAgent.forEach((agent, own) -> rows
			.addAll((byAgent.size() > 1 && own.size() > OF_AGENT) ? List.of(folded(agent, own)) : own));
		return sorted(rows);
	}

	private List<InboxRow> sorted(List<Timed> rows) {
		return rows.stream()
			.sorted(Comparator.comparing(this.filter.byTimeLeft() ? Timed::end : Timed::asked))
			.map(Timed::row)
			.toList();
	}

	private Timed folded(String agent, List<Timed> own) {
		List<InboxRow> rows = sorted(own);
		PermissionCard soonest = own.stream().min(Comparator.comparing(Timed::end)).orElseThrow().row().card();
		return new Timed(
				new InboxRow("agent " + agent, version(rows), soonest, rows.stream().mapToInt(InboxRow::requests).sum(),
						rows.size(), "", null, rows.subList(0, Math.min(FOLDED, rows.size())),
						"/?agent=" + encode(agent), soonest.agent(), rows.stream().anyMatch(InboxRow::high)),
				first(own, Timed::asked), first(own, Timed::end));
	}

	private static Instant first(List<Timed> rows, Function<Timed, Instant> time) {
		return rows.stream().map(time).min(Comparator.naturalOrder()).orElseThrow();
	}

	private static String version(List<InboxRow> rows) {
		return PermissionCard.versionOf(rows.stream().map(InboxRow::version).toList());
	}

	/**
	 * The address of the requests of an agent for an action.
	 */
	static String similar(String agent, String action) {
		return "/similar?agent=" + encode(agent) + "&action=" + encode(action);
	}

	private static String encode(String text) {
		return URLEncoder.encode(text, StandardCharsets.UTF_8);
	}

	/**
	 * Which requests are shown, and in which order.
	 *
	 * @param agent the agent, or empty
	 * @param action the action, or empty
	 * @param risk the risk, or empty
	 * @param group agent and action together, or empty
	 * @param sort {@code left} for those first that end first
	 */
	record Filter(String agent, String action, String risk, String group, String sort) {

		Map<String, String> fields() {
			Map<String, String> fields = new LinkedHashMap<>();
			fields.put("agent", this.agent);
			fields.put("action", this.action);
			fields.put("risk", this.risk);
			fields.put("group", this.group);
			fields.put("sort", this.sort);
			return fields;
		}

		boolean byTimeLeft() {
			return this.sort.equals("left");
		}

		private boolean matches(StoredPermission permission) {
			return (this.agent.isEmpty() || this.agent.equals(permission.agentId()))
					&& (this.action.isEmpty() || this.action.equals(permission.request().action()))
					&& (this.group.isEmpty() || this.group.equals(group(permission)));
		}

		static String group(StoredPermission permission) {
			return Secrets.sha256(permission.agentId() + "\n" + permission.request().action()).substring(0, 16);
		}

	}

	private record Timed(InboxRow row, Instant asked, Instant end) {
	}

	private record Same(PermissionCard card, Repetition fact, Instant end, List<String> ids) {
	}

	/**
	 * The requests of an agent for an action.
	 */
	private static final class Kind {

		private final List<String> key;

		private final Map<RequestIdentity, Same> different = new LinkedHashMap<>();

		Kind(List<String> key) {
			this.key = key;
		}

		private static boolean isHigh(PermissionCard card) {
			return card.facts().risk().equals(Risk.HIGH.text());
		}

		List<Timed> rows() {
			if (this.different.size() <= SIMILAR) {
				return this.different.values().stream().map((same) -> {
					PermissionCard card = same.card().of(same.ids());
					return new Timed(new InboxRow(card.id(), card.version(), card, same.ids().size(), 1, "", null,
							List.of(), "", card.agent(), isHigh(card)), Instant.parse(card.askedAt().iso()),
							same.end());
				}).toList();
			}
			List<Same> all = List.copyOf(this.different.values());
			List<String> ids = all.stream().flatMap((same) -> same.ids().stream()).toList();
			Same soonest = all.stream().min(Comparator.comparing(Same::end)).orElseThrow();
			List<Repetition> facts = all.stream()
				.flatMap((same) -> same.ids().stream().map((id) -> same.fact()))
				.toList();
			InboxRow row = new InboxRow("similar " + Secrets.sha256(String.join("\n", this.key)),
					PermissionCard.versionOf(ids), soonest.card(), ids.size(), all.size(), Repetition.sum(facts),
					similar(this.key.get(0), this.key.get(1)), List.of(), "", soonest.card().agent(),
					isHigh(soonest.card()));
			return List.of(new Timed(row, Instant.parse(all.get(0).card().askedAt().iso()), soonest.end()));
		}

	}

}
