package io.agentotp.server.page.text;

/**
 * A piece of text as a page shows it.
 *
 * @param text what is shown
 * @param special whether it stands for a character that one would not see
 * @param title what the character is
 * @param type whether it belongs to the name of a type
 * @param number whether it keeps its place and direction among text from right to left;
 * the first piece of such a text is one, if only an empty one
 */
public record Segment(String text, boolean special, String title, boolean type, boolean number) {

	/**
	 * A piece that is shown as it is.
	 * @param text the text
	 * @return the piece
	 */
	public static Segment plain(String text) {
		return new Segment(text, false, "", false, false);
	}

	static Segment number(String text) {
		return new Segment(text, false, "", false, true);
	}

	/**
	 * A piece that is marked.
	 * @param text what is shown
	 * @param title what it stands for
	 * @return the piece
	 */
	public static Segment special(String text, String title) {
		return new Segment(text, true, title, false, false);
	}

	/**
	 * The same piece in the name of a type.
	 * @return the piece
	 */
	public Segment asType() {
		return new Segment(this.text, this.special, this.title, true, false);
	}

}
