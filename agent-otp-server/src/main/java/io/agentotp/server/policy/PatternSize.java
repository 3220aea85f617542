package io.agentotp.server.policy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * How large a regular expression is with its counted repetitions written out, as the
 * library compiles it: <code>((a{9}){9}){9}</code> is short and has 729 of them.
 */
final class PatternSize {

	/**
	 * The largest expression that is compiled.
	 */
	static final int MAX = 10_000;

	/**
	 * The largest that all of one policy may be together.
	 */
	static final int MAX_OF_POLICY = 50_000;

	/**
	 * The largest that all of a set may be together.
	 */
	static final int MAX_OF_SET = 500_000;

	// The library refuses more than 1000 itself.
	private static final Pattern REPETITION = Pattern.compile("\\{([0-9]{1,4})(?:,([0-9]{0,4}))?}");

	private final String text;

	private final Deque<Long> outer = new ArrayDeque<>();

	private long size;

	private long last;

	private PatternSize(String text) {
		this.text = text;
	}

	/**
	 * Whether an expression is larger than what is compiled.
	 * @param text the expression, which may be wrong
	 * @return whether it is
	 */
	static boolean isTooLarge(String text) {
		return of(text) > MAX;
	}

	/**
	 * The size of an expression.
	 * @param text the expression, which may be wrong
	 * @return its size, or a number that is larger than what is compiled
	 */
	static long of(String text) {
		return new PatternSize(text).measure();
	}

	private long measure() {
		Matcher repetition = REPETITION.matcher(this.text);
		int index = 0;
		while (index < this.text.length() && this.size <= MAX) {
			char character = this.text.charAt(index);
			if (character == '(') {
				this.outer.push(this.size);
				this.size = 0;
				index++;
			}
			else if (character == ')' && !this.outer.isEmpty()) {
				long group = this.size + 2;
				this.size = this.outer.pop();
				add(group);
				index++;
			}
			else if (character == '{' && repetition.region(index, this.text.length()).lookingAt()) {
				repeat(Math.max(number(repetition.group(1)), number(repetition.group(2))));
				index = repetition.end();
			}
			else if (this.text.startsWith("\\Q", index)) {
				int end = after("\\E", index + 2);
				add(1);
				this.size += end - index;
				index = end;
			}
			else {
				add(1);
				index = (character == '[') ? afterClass(index + 1)
						: (character == '\\') ? afterEscape(index + 1) : index + 1;
			}
		}
		this.outer.forEach((sum) -> this.size += sum);
		return this.size;
	}

	private void add(long atom) {
		this.size += atom;
		this.last = atom;
	}

	private void repeat(long times) {
		this.size += this.last * (times - 1);
		this.last *= times;
	}

	private static long number(@Nullable String digits) {
		return (digits == null || digits.isEmpty()) ? 1 : Math.max(1, Long.parseLong(digits));
	}

	// The braces of \x{41} and \p{Greek} repeat nothing.
	private int afterEscape(int index) {
		boolean braces = index + 1 < this.text.length() && "xpP".indexOf(this.text.charAt(index)) >= 0
				&& this.text.charAt(index + 1) == '{';
		return braces ? after("}", index) : index + 1;
	}

	private int afterClass(int start) {
		int index = this.text.startsWith("^", start) ? start + 1 : start;
		boolean first = true;
		while (index < this.text.length() && (first || this.text.charAt(index) != ']')) {
			first = false;
			boolean named = this.text.startsWith("[:", index) && this.text.indexOf(":]", index) >= 0;
			index = named ? after(":]", index) : index + ((this.text.charAt(index) == '\\') ? 2 : 1);
		}
		return index + 1;
	}

	private int after(String end, int from) {
		int index = this.text.indexOf(end, from);
		return (index < 0) ? this.text.length() : index + end.length();
	}

}
