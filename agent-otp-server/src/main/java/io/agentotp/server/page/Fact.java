package io.agentotp.server.page;

import java.text.Normalizer;
import java.util.List;

import io.agentotp.server.language.Messages;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A bound value under its name.
 *
 * @param label its name
 * @param named whether the name is the operator's, not that of the application
 * @param value the value
 * @param folded how long it is, if it is behind one press, else empty
 * @param ends how a folded text begins and ends, if that is of use
 * @param mustBeOpened whether part of it, or all of it, is behind one press or left out,
 * and the operator has not said so
 * @param raw what it is, however it is shown
 */
public record Fact(List<Segment> label, boolean named, Shown value, String folded, List<Segment> ends,
		boolean mustBeOpened, @Nullable JsonNode raw) {

	// What has more is no longer read at a glance.
	private static final int LONG_TEXT = 200;

	private static final int LONG_CODE = 600;

	private static final int MANY_LINES = 6;

	private static final int MANY_LINES_OF_CODE = 12;

	private static final int BEGINNING = 60;

	private static final int END = 40;

	private static final int TALL = 80;

	private static final int CONTEXT = 10;

	/**
	 * Return whether all of it is behind the press, and not further entries of a list
	 * only.
	 * @return whether the fold itself is to be opened
	 */
	public boolean isRest() {
		return this.mustBeOpened && this.value.rest() == 0;
	}

	/**
	 * A fact that is folded if it is long, or if the operator says so.
	 * @param label its name
	 * @param named whether the name is the operator's
	 * @param shown the value as a page shows it
	 * @param value the value
	 * @param fold whether it is folded also if it is short
	 * @param code whether the value is code, of which more is read
	 * @return the fact
	 */
	static Fact of(List<Segment> label, boolean named, Shown shown, @Nullable JsonNode value, boolean fold,
			boolean code) {
		if (value == null) {
			return new Fact(label, named, shown, "", List.of(), false, null);
		}
		boolean isLong = isLong(value, shown, code);
		return new Fact(label, named, shown, (fold || isLong) ? length(value) : "",
				(isLong && value.isString()) ? VisibleText.of(ends(value.stringValue())) : List.of(),
				shown.rest() > 0 || shown.isCut() || (isLong && (!fold || value.isContainer())), value);
	}

	private static boolean isLong(JsonNode value, Shown shown, boolean code) {
		if (value.isString()) {
			String text = value.stringValue();
			return text.length() > (code ? LONG_CODE : LONG_TEXT)
					|| text.lines().count() > (code ? MANY_LINES_OF_CODE : MANY_LINES);
		}
		return value.isContainer() && shown.isRaw() && shown.lines().size() == 1 && shown.length() > LONG_TEXT;
	}

	/**
	 * The same fact, whose value matters and cannot be seen.
	 */
	Fact unknown() {
		return new Fact(this.label, this.named, this.value, this.folded, this.ends, true, this.raw);
	}

	/**
	 * Whether it takes much room.
	 */
	boolean isTall() {
		return !this.folded.isEmpty() || this.value.table() != null || this.value.lines().size() > 1
				|| this.value.length() > TALL
				|| this.value.lines().stream().anyMatch((line) -> Shown.text(line.text()).indexOf('\n') >= 0);
	}

	/**
	 * The same fact; if it is folded, shown from where it differs from others.
	 * @param place how many characters all have
	 */
	Fact from(int place) {
		if (this.ends.isEmpty() || this.raw == null || !this.raw.isString()) {
			return this;
		}
		String text = this.raw.stringValue();
		String rest = text.substring(Math.max(0, place - CONTEXT));
		return new Fact(this.label, this.named, this.value, this.folded,
				VisibleText.of("… " + beginning(rest) + ((rest.length() > BEGINNING) ? " … " + end(text) : "")),
				this.mustBeOpened, this.raw);
	}

	/**
	 * What one sees of it without opening it.
	 * @return the same for what looks the same
	 */
	String look() {
		List<?> seen = this.folded.isEmpty() ? List.of(this.value.lines(), this.value.note(), this.value.rows())
				: List.of(this.folded, this.ends);
		return Normalizer.normalize(seen.toString(), Normalizer.Form.NFKC);
	}

	private static String ends(String text) {
		List<String> lines = text.strip().lines().toList();
		return lines.isEmpty() ? "…" : beginning(lines.get(0)) + " … " + end(lines.get(lines.size() - 1));
	}

	private static String beginning(String line) {
		return line.substring(0,
				line.offsetByCodePoints(0, Math.min(BEGINNING, line.codePointCount(0, line.length()))));
	}

	private static String end(String line) {
		return line
			.substring(line.offsetByCodePoints(line.length(), -Math.min(END, line.codePointCount(0, line.length()))));
	}

	static String length(JsonNode value) {
		if (value.isString()) {
			return Messages.get("value.characters",
					value.stringValue().codePointCount(0, value.stringValue().length()));
		}
		return value.isArray() ? Messages.get("value.entries", value.size())
				: Messages.get("value.values", value.isObject() ? value.size() : 1);
	}

}
