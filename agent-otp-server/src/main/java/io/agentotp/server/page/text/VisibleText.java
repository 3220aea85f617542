package io.agentotp.server.page.text;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * Makes characters visible that would hide, reorder or cover text or pass for others:
 * control, bidi and zero-width characters, fillers, unusual spaces, marks without a
 * letter or piled up, look-alikes. Nothing is left out.
 */
public final class VisibleText {

	// Letters by their category, but without a shape.
	private static final String SHAPELESS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0";

	private static final String NO_BREAK_SPACES = "\u00a0\u202f";

	// More would be drawn over the lines around. No language needs more.
	private static final int MAX_MARKS = 4;

	private static final int MANY = 4;

	private static final Pattern NUMBER = Pattern.compile("[-+\u2212\\p{Sc}]?\\p{Nd}+([.,:/]\\p{Nd}+)*");

	private VisibleText() {
	}

	/**
	 * Splits a text into what is shown as it is and what is named instead.
	 * @param text the text, may be {@code null}
	 * @return its pieces, none for an empty text
	 */
	public static List<Segment> of(@Nullable String text) {
		List<Segment> segments = new ArrayList<>();
		StringBuilder plain = new StringBuilder();
		int[] characters = (text != null) ? text.codePoints().toArray() : new int[0];
		BitSet lookAlikes = LookAlikes.of(characters);
		// How many marks stand on the letter before; below 0 there is no letter.
		int marks = -1;
		for (int i = 0; i < characters.length; i++) {
			int c = characters[i];
			boolean mark = isMark(c);
			boolean visible = mark ? marks >= 0 && marks < MAX_MARKS : isVisible(c) || isGroup(characters, i);
			if (visible) {
				plain.appendCodePoint(c);
			}
			if (!visible || lookAlikes.get(i)) {
				flush(plain, segments);
				int run = run(characters, i);
				segments.add(special(c, run));
				i += run - 1;
				if (c == '\n') {
					plain.append('\n');
				}
			}
			if (!mark) {
				marks = (Character.isLetterOrDigit(c) && !lookAlikes.get(i)) ? 0 : -1;
			}
			else if (marks >= 0) {
				marks++;
			}
		}
		flush(plain, segments);
		fold(segments);
		boolean mixed = text != null && text.codePoints().anyMatch(VisibleText::isFromTheRight)
				&& NUMBER.matcher(text).find();
		return mixed ? isolated(segments) : segments;
	}

	private static boolean isFromTheRight(int c) {
		byte direction = Character.getDirectionality(c);
		return direction == Character.DIRECTIONALITY_RIGHT_TO_LEFT
				|| direction == Character.DIRECTIONALITY_RIGHT_TO_LEFT_ARABIC
				|| direction == Character.DIRECTIONALITY_ARABIC_NUMBER;
	}

	// Among letters from right to left, numbers would change places.
	private static List<Segment> isolated(List<Segment> segments) {
		List<Segment> isolated = new ArrayList<>(List.of(Segment.number("")));
		for (Segment segment : segments) {
			if (segment.special()) {
				isolated.add(segment);
				continue;
			}
			int end = 0;
			Matcher numbers = NUMBER.matcher(segment.text());
			while (numbers.find()) {
				if (numbers.start() > end) {
					isolated.add(Segment.plain(segment.text().substring(end, numbers.start())));
				}
				isolated.add(Segment.number(numbers.group()));
				end = numbers.end();
			}
			if (end < segment.text().length()) {
				isolated.add(Segment.plain(segment.text().substring(end)));
			}
		}
		return isolated;
	}

	/**
	 * Whether a character is drawn over the one before.
	 * @param c the character
	 * @return whether it is
	 */
	static boolean isMark(int c) {
		int type = Character.getType(c);
		return (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) && !isShapeless(c);
	}

	private static void flush(StringBuilder plain, List<Segment> segments) {
		if (!plain.isEmpty()) {
			segments.add(Segment.plain(plain.toString()));
			plain.setLength(0);
		}
	}

	// As numbers are written in some languages.
	private static boolean isGroup(int[] text, int place) {
		return NO_BREAK_SPACES.indexOf(text[place]) >= 0 && place > 0 && place + 1 < text.length
				&& isDigit(text[place - 1]) && isDigit(text[place + 1]);
	}

	private static boolean isDigit(int c) {
		return c >= '0' && c <= '9';
	}

	private static boolean isVisible(int c) {
		if (c == ' ') {
			return true;
		}
		if (isShapeless(c)) {
			return false;
		}
		return switch (Character.getType(c)) {
			case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE, Character.UNASSIGNED,
					Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SPACE_SEPARATOR ->
				false;
			default -> true;
		};
	}

	private static boolean isShapeless(int c) {
		return SHAPELESS.indexOf(c) >= 0 || isVariationSelector(c);
	}

	private static boolean isVariationSelector(int c) {
		return (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0xe0100 && c <= 0xe01ef) || (c >= 0x180b && c <= 0x180f);
	}

	// Many of one character would push away what stands around them.
	private static int run(int[] characters, int begin) {
		int end = begin + 1;
		while (end < characters.length && characters[end] == characters[begin]) {
			end++;
		}
		return (end - begin >= MANY) ? end - begin : 1;
	}

	// Nor may many different ones: the first stand for all, which the title names.
	private static void fold(List<Segment> segments) {
		for (int begin = 0; begin < segments.size(); begin++) {
			int end = begin;
			while (end < segments.size() && segments.get(end).special()) {
				end++;
			}
			if (end - begin > MANY * 2) {
				List<Segment> rest = segments.subList(begin + MANY, end);
				Segment folded = Segment.special("+" + rest.size(),
						rest.stream().map(Segment::text).collect(Collectors.joining(" ")));
				rest.clear();
				segments.add(begin + MANY, folded);
				end = begin + MANY + 1;
			}
			begin = end;
		}
	}

	private static Segment special(int c, int times) {
		String code = String.format(Locale.ROOT, "U+%04X", c);
		String name = Character.getName(c);
		String text = switch (c) {
			case '\n' -> "↵";
			case '\t' -> "⇥";
			default -> code;
		};
		return Segment.special((times > 1) ? text + " ×" + times : text, (name != null) ? code + " " + name : code);
	}

}
