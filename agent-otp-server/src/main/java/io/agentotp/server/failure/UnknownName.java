package io.agentotp.server.failure;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/**
 * Says which name somebody may have meant.
 */
public final class UnknownName {

	// A longer one was not mistyped.
	private static final int MAX_LENGTH = 100;

	private static final int SHORTEST_PART = 3;

	private UnknownName() {
	}

	/**
	 * Says that a name is not known.
	 * @param what what it is not, such as {@code a field of this request}
	 * @param name the name
	 * @param known the names that are known
	 * @return the problem, with the nearest known name or all of them
	 */
	public static String problem(String what, String name, Collection<String> known) {
		return "is not " + what + nearest(name, known).map((nearest) -> ". Did you mean " + nearest + "?")
			.orElseGet(() -> known.isEmpty() ? "" : ". Known are " + String.join(", ", known));
	}

	/**
	 * Finds the known name that is most like another.
	 * @param name the other
	 * @param known the known names
	 * @return the nearest, empty if none is like it
	 */
	public static Optional<String> nearest(String name, Collection<String> known) {
		if (name.length() > MAX_LENGTH) {
			return Optional.empty();
		}
		String written = uniform(name);
		return known.stream()
			.filter((candidate) -> isLike(written, uniform(candidate)))
			.min(Comparator.comparingInt((candidate) -> distance(written, uniform(candidate))));
	}

	private static String uniform(String name) {
		return name.replaceAll("[-_]", "").toLowerCase(Locale.ROOT);
	}

	private static boolean isLike(String written, String known) {
		boolean part = Math.min(written.length(), known.length()) >= SHORTEST_PART
				&& (written.contains(known) || known.contains(written));
		return part || distance(written, known) <= Math.max(1, Math.min(written.length(), known.length()) / 3);
	}

	// How many characters must be added, removed or changed.
	private static int distance(String one, String other) {
		int[] previous = new int[other.length() + 1];
		for (int j = 0; j <= other.length(); j++) {
			previous[j] = j;
		}
		for (int i = 1; i <= one.length(); i++) {
			int[] row = new int[other.length() + 1];
			row[0] = i;
			for (int j = 1; j <= other.length(); j++) {
				int change = previous[j - 1] + ((one.charAt(i - 1) == other.charAt(j - 1)) ? 0 : 1);
				row[j] = Math.min(change, Math.min(previous[j], row[j - 1]) + 1);
			}
			previous = row;
		}
		return previous[other.length()];
	}

}
