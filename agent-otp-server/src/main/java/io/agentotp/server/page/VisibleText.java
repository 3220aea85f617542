package io.agentotp.server.page;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import org.jspecify.annotations.Nullable;

/**
 * Makes characters visible that would hide or reorder text: control, bidi and zero-width
 * characters, fillers and unusual spaces. Nothing is left out.
 */
final class VisibleText {

	// Letters by their category, but without a shape.
	private static final String SHAPELESS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0";

	private VisibleText() {
	}

	static List<Segment> of(@Nullable String text) {
		List<Segment> segments = new ArrayList<>();
		StringBuilder plain = new StringBuilder();
		if (text != null) {
			text.codePoints().forEach((c) -> {
				if (isVisible(c)) {
					plain.appendCodePoint(c);
				}
				else {
					flush(plain, segments);
					segments.add(special(c));
					if (c == '\n') {
						plain.append('\n');
					}
				}
			});
		}
		flush(plain, segments);
		return segments;
	}

	private static void flush(StringBuilder plain, List<Segment> segments) {
		if (!plain.isEmpty()) {
			segments.add(new Segment(plain.toString(), false, ""));
			plain.setLength(0);
		}
	}

	private static boolean isVisible(int c) {
		if (c == ' ') {
			return true;
		}
		if (SHAPELESS.indexOf(c) >= 0 || isVariationSelector(c)) {
			return false;
		}
		return switch (Character.getType(c)) {
			case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED,
					Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SPACE_SEPARATOR ->
				false;
			default -> true;
		};
	}

	private static boolean isVariationSelector(int c) {
		return (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0100 && c <= 0xe01ef) || (c >= 0x180b && c <= 0x180f);
	}

	private static Segment special(int c) {
		String code = String.format(Locale.ROOT, "U+%04X", c);
		String name = Character.getName(c);
		String text = switch (c) {
			case '\n' -> "↵";
			case '\t' -> "⇥";
			default -> code;
		};
		return new Segment(text, true, (name != null) ? code + " " + name : code);
	}

}
