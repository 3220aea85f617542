package io.agentotp.spring.operation;

/**
 * How far apart two words are (Levenshtein), to find what somebody meant to write.
 */
public final class EditDistance {

	private EditDistance() {
	}

	/**
	 * Return how many characters must be added, removed or changed.
	 * @param one a word
	 * @param other another word
	 * @return 0 if they are the same
	 */
	public static int between(String one, String other) {
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
