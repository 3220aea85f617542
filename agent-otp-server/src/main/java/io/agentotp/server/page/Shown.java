package io.agentotp.server.page;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import io.agentotp.server.json.Json;
import io.agentotp.server.language.Messages;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.policy.ActionField;
import io.agentotp.server.policy.FieldFormat;
import io.agentotp.server.policy.FieldValue;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A value as a page shows it.
 *
 * @param form how it looks: {@code raw}, or the name of its format
 * @param lines each element of a list, or the value itself
 * @param table the table of a list of objects
 * @param note what does not fit the action catalogue, or empty
 * @param amount what can be added to others, or {@code null}
 */
public record Shown(String form, List<Line> lines, @Nullable Table table, List<Segment> note,
		Sum.@Nullable Amount amount) {

	private static final String RAW = "raw";

	private static final String MASKED = "masked";

	private static final String LEFT_OUT = "left-out";

	// A page takes its time for each.
	private static final int MAX_ENTRIES = 500;

	private static final int MAX_CELLS = 2000;

	/** Of all cells of a table together. */
	private static final int MAX_PIECES = 10_000;

	// Of more entries the first are shown, and the others after one press.
	private static final int MANY = 8;

	private static final int FIRST = 5;

	private static final int MANY_COLUMNS = 5;

	private static final int LONG = 200;

	static Shown raw(List<Segment> value) {
		return new Shown(RAW, List.of(new Line(value, null)), null, List.of(), null);
	}

	static Shown raw(JsonNode value, boolean typed) {
		return raw(typed ? ValueText.ofCall(value) : ValueText.of(value));
	}

	static Shown lines(List<List<Segment>> values) {
		return new Shown(RAW, values.stream().map((value) -> new Line(value, null)).toList(), null, List.of(), null);
	}

	/**
	 * A value of an argument that is bound, but not known here.
	 * @param masked whether it is hidden on purpose
	 * @param size how large it is, if it was too large to be sent
	 * @return what is shown
	 */
	static Shown withheld(boolean masked, String size) {
		return new Shown(masked ? MASKED : LEFT_OUT, List.of(), null,
				VisibleText.of(masked ? Messages.get("shown.masked") : Messages.get("shown.too-large", size)), null);
	}

	List<List<Shown>> rows() {
		return (this.table != null) ? this.table.rows() : List.of();
	}

	boolean isWithheld() {
		return this.form.equals(MASKED) || this.form.equals(LEFT_OUT);
	}

	boolean isRaw() {
		return this.form.equals(RAW);
	}

	public int length() {
		return this.lines.stream()
			.flatMap((line) -> line.text().stream())
			.mapToInt((part) -> part.text().length())
			.sum();
	}

	/**
	 * How many entries are behind one press, also of lists in cells.
	 * @return the number, {@code 0} if all are shown
	 */
	public int rest() {
		return (this.table != null) ? this.table.restRows().size() + this.table.rows()
			.stream()
			.flatMap(List::stream)
			.mapToInt((cell) -> cell.rest() + (cell.isLong() ? 1 : 0))
			.sum() : restLines().size();
	}

	/**
	 * Whether it is behind one press where it stands in a cell.
	 * @return whether it is long
	 */
	public boolean isLong() {
		return this.lines.size() == 1 && length() > LONG;
	}

	/**
	 * Whether entries are too many to be shown.
	 * @return whether no press shows all
	 */
	boolean isCut() {
		return this.table != null && this.table.leftOut() > 0;
	}

	static List<String> names(List<List<Segment>> columns) {
		return columns.stream().map((name) -> FieldValue.brief(text(name))).toList();
	}

	static String text(List<Segment> segments) {
		return segments.stream().map(Segment::text).collect(Collectors.joining());
	}

	static boolean isWide(int columns) {
		return columns > MANY_COLUMNS;
	}

	private static <E> List<E> first(List<E> entries) {
		return (entries.size() > MANY) ? entries.subList(0, FIRST) : entries;
	}

	private static <E> List<E> rest(List<E> entries) {
		return entries.subList(first(entries).size(), entries.size());
	}

	public List<Line> firstLines() {
		return first(this.lines);
	}

	public List<Line> restLines() {
		return rest(this.lines);
	}

	/**
	 * A value in its format. One that does not fit is shown as it is, and says so.
	 * @param value the value
	 * @param columns the columns of a list
	 * @param typed whether the application has written types before values
	 * @return what is shown
	 */
	static Shown of(FieldValue value, List<ActionField.Column> columns, boolean typed) {
		JsonNode json = value.value();
		if (json == null) {
			return new Shown(RAW, List.of(), null, VisibleText.of(Messages.ofDomain(value.problem())), null);
		}
		if (!value.problem().isEmpty()) {
			return new Shown(RAW, List.of(new Line(typed ? ValueText.ofCall(json) : ValueText.of(json), null)), null,
					VisibleText.of(Messages.get("shown.as-it-is", Messages.ofDomain(value.problem()))), null);
		}
		String form = value.format().kind().text();
		List<JsonNode> elements = value.elements();
		boolean many = elements.size() > MAX_ENTRIES;
		if (value.format().kind() == FieldFormat.Kind.LIST) {
			Table table = Table.of(elements, columns, typed);
			return new Shown(form, List.of(), table,
					VisibleText.of((table.leftOut() > 0)
							? Messages.get("shown.left-out", table.rows().size(), table.leftOut()) : ""),
					table.amount());
		}
		if (many) {
			return new Shown(RAW, List.of(new Line(typed ? ValueText.ofCall(json) : ValueText.of(json), null)), null,
					VisibleText.of(Messages.get("shown.many", json.size())), null);
		}
		List<String> texts = value.texts();
		List<Line> lines = new ArrayList<>();
		for (int i = 0; i < texts.size(); i++) {
			lines.add(
					new Line(VisibleText.of(texts.get(i)), Moment.ofNullable(value.format().instant(elements.get(i)))));
		}
		return new Shown(form, lines, null, List.of(), Sum.Amount.of(value));
	}

	/**
	 * An element of a list, or the value itself.
	 *
	 * @param text its text
	 * @param moment the moment that it is, which a page shows in the zone of its reader
	 */
	public record Line(List<Segment> text, @Nullable Moment moment) {
	}

	/**
	 * A list as a table.
	 *
	 * @param count how many rows it has
	 * @param columns the names of the columns
	 * @param rows the cells of each row
	 * @param sums the sum of each column, empty where nothing is added up
	 * @param summed whether anything is added up
	 * @param leftOut how many more entries are too many for a page
	 * @param amount the sum, if there is one
	 */
	public record Table(String count, List<List<Segment>> columns, List<List<Shown>> rows, List<String> sums,
			boolean summed, int leftOut, Sum.@Nullable Amount amount) {

		/**
		 * What each cell is called where it stands under no name.
		 * @return the names of the columns, of long ones the beginning
		 */
		public List<String> names() {
			return Shown.names(this.columns);
		}

		/**
		 * Whether more columns stand beside each other than can be read.
		 * @return whether each row becomes a list
		 */
		public boolean isWide() {
			return Shown.isWide(this.columns.size());
		}

		public List<List<Shown>> firstRows() {
			return first(this.rows);
		}

		public List<List<Shown>> restRows() {
			return Shown.rest(this.rows);
		}

		static Table of(List<JsonNode> elements, List<ActionField.Column> columns, boolean typed) {
			List<List<Shown>> rows = new ArrayList<>();
			boolean more = false;
			int most = Math.min(MAX_ENTRIES, Math.max(1, MAX_CELLS / (columns.size() + 1)));
			int pieces = 0;
			for (int i = 0; i < Math.min(most, elements.size()) && pieces < MAX_PIECES; i++) {
				JsonNode element = elements.get(i);
				List<Shown> cells = new ArrayList<>();
				Set<String> named = new HashSet<>();
				for (ActionField.Column column : columns) {
					FieldValue value = column.find(element, typed);
					// Text stands in quotes where nobody says what it is.
					boolean guessed = column.label().equals(column.name()) && column.format() == null;
					cells.add((guessed && value.value() != null && value.value().isString()
							&& value.format().kind() == FieldFormat.Kind.TEXT) ? raw(value.value(), false)
									: Shown.of(value, List.of(), typed));
					named.add(column.name());
					if (value.currency() != null && value.problem().isEmpty() && column.format() != null) {
						named.add(String.valueOf(column.format().currencyFrom()));
					}
				}
				JsonNode rest = rest(element, named, typed);
				more |= rest != null;
				cells.add((rest != null) ? Shown.raw(rest, typed) : Shown.raw(List.of()));
				pieces += cells.stream()
					.flatMap((cell) -> cell.lines().stream())
					.mapToInt((line) -> line.text().size())
					.sum();
				rows.add(cells);
			}
			boolean all = more;
			List<List<Segment>> names = new ArrayList<>();
			columns.forEach((column) -> names.add(VisibleText.of(column.label())));
			if (all) {
				names.add(List.of(Segment.plain(Messages.get(columns.isEmpty() ? "shown.entry" : "shown.no-column"))));
			}
			List<String> sums = new ArrayList<>();
			List<Sum> found = new ArrayList<>();
			for (ActionField.Column column : columns) {
				Sum sum = column.sum() ? Sum.of(column, elements, typed) : null;
				sums.add((sum != null) ? sum.text() : column.sum() ? Messages.get("shown.no-sum") : "");
				if (sum != null) {
					found.add(sum);
				}
			}
			if (all) {
				sums.add("");
			}
			return new Table(Messages.get("value.entries", elements.size()), names,
					rows.stream().map((cells) -> all ? cells : cells.subList(0, columns.size())).toList(), sums,
					sums.stream().anyMatch((sum) -> !sum.isEmpty()), elements.size() - rows.size(),
					(found.size() == 1) ? found.get(0).amount() : null);
		}

		// What has no column is shown all the same.
		private static @Nullable JsonNode rest(JsonNode element, Set<String> named, boolean typed) {
			if (!(FieldValue.plain(element, typed) instanceof ObjectNode object) || named.isEmpty()) {
				return element;
			}
			ObjectNode rest = Json.object();
			object.properties().forEach((field) -> {
				if (!named.contains(field.getKey()) && !(typed && ValueText.isType(field))) {
					rest.set(field.getKey(), field.getValue());
				}
			});
			return rest.isEmpty() ? null : rest;
		}

	}

}
