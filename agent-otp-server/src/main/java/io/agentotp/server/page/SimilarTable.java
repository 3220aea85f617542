package io.agentotp.server.page;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

import io.agentotp.server.json.Json;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.permission.BatchDecisions;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.StoredPermission;
import org.jspecify.annotations.Nullable;

/**
 * Requests of one agent for one action as a table: what is the same in all of them once,
 * and what differs in columns.
 */
public final class SimilarTable {

	// As JSON. A page takes its time for each character.
	private static final int MAX_SIZE = 200_000;

	private final List<Asked> asked = new ArrayList<>();

	private final Set<List<Segment>> unseen = new LinkedHashSet<>();

	private int room = MAX_SIZE;

	private boolean bound = true;

	private boolean cut;

	private SimilarTable() {
	}

	/**
	 * The requests, as far as they fit on a page.
	 */
	static SimilarTable of(PermissionReader reader, FactsReader facts, List<String> ids, Instant now) {
		SimilarTable table = new SimilarTable();
		reader.each(ids.subList(0, Math.min(ids.size(), BatchDecisions.MAX)), null,
				(permission) -> table.add(permission, facts, now));
		return table;
	}

	private void add(StoredPermission permission, FactsReader reader, Instant now) {
		this.room -= Json.write(permission.request().scope()).length()
				+ ((permission.request().call() != null) ? Json.write(permission.request().call()).length() : 0);
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
		Stream.of(facts.list(), facts.more(), facts.words()).flatMap(List::stream).forEach((fact) -> {
			int place = 0;
			while (values.putIfAbsent(new Column(fact.label(), place, facts.words().contains(fact)), fact) != null) {
				place++;
			}
		});
		this.unseen.addAll(PermissionDetail.unseen(permission, facts, true));
		this.bound &= detail.binding().equals("bound");
		this.asked.add(new Asked(detail, values, facts));
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

	public List<Fact> same() {
		return this.asked.get(0)
			.values()
			.entrySet()
			.stream()
			.filter((value) -> this.asked.size() > 1 && !isDifferent(value.getKey()))
			.map(Map.Entry::getValue)
			.toList();
	}

	public List<Column> columns() {
		return this.asked.stream()
			.flatMap((one) -> one.values().keySet().stream())
			.distinct()
			.filter((column) -> this.asked.size() == 1 || isDifferent(column))
			.toList();
	}

	/**
	 * What each cell is called where it stands under no name.
	 * @return the names of the columns
	 */
	public List<String> names() {
		return Shown.names(columns().stream().map(Column::label).toList());
	}

	public boolean isWide() {
		return Shown.isWide(columns().size());
	}

	private boolean isDifferent(Column column) {
		Fact first = this.asked.get(0).values().get(column);
		return this.asked.stream().anyMatch((one) -> !Objects.equals(first, one.values().get(column)));
	}

	public List<SimilarRow> rows() {
		List<Column> columns = columns();
		return this.asked.stream().map((one) -> {
			List<@Nullable Fact> cells = new ArrayList<>();
			columns.forEach((column) -> cells.add(one.values().get(column)));
			List<SimilarRow.Sign> own = signs(one.detail());
			own.removeAll(signs());
			return new SimilarRow(one.detail().card(), cells, own);
		}).toList();
	}

	/**
	 * What has to be known of all of them.
	 * @return the warnings that each has
	 */
	public List<SimilarRow.Sign> signs() {
		List<SimilarRow.Sign> signs = signs(this.asked.get(0).detail());
		this.asked.forEach((one) -> signs.retainAll(signs(one.detail())));
		return signs;
	}

	private static List<SimilarRow.Sign> signs(PermissionDetail detail) {
		List<SimilarRow.Sign> signs = new ArrayList<>();
		if (!detail.card().problem().isEmpty()) {
			signs.add(new SimilarRow.Sign("changed", List.of()));
		}
		if (detail.binding().equals("none") || detail.binding().equals("unseen")) {
			signs.add(new SimilarRow.Sign(detail.binding(), List.of()));
		}
		CallView call = detail.call();
		if (call != null && !call.notBound().isEmpty()) {
			signs.add(new SimilarRow.Sign("not-bound", call.notBound()));
		}
		if (call != null && !call.leftOut().isEmpty()) {
			signs.add(new SimilarRow.Sign("left-out", call.leftOut()));
		}
		return signs;
	}

	/**
	 * A value that the requests have.
	 *
	 * @param label its name
	 * @param place which of several values with this name
	 * @param words whether it is free text
	 */
	public record Column(List<Segment> label, int place, boolean words) {
	}

	private record Asked(PermissionDetail detail, Map<Column, Fact> values, Facts facts) {
	}

}
