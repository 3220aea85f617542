package io.agentotp.server.page.text;

/**
 * A piece of text as a page shows it.
 *
 * @param text what is shown
 * @param special whether it stands for a character that one would not see
 * @param title what the character is
 * @param type whether it belongs to the name of a type
 */
public record Segment(String text, boolean special, String title, boolean type) {

	/**
	 * A piece that is shown as it is.
	 * @param text the text
	 * @return the piece
	 */
	public static Segment plain(String text) {
		return new Segment(text, false, "", false);
	}

	/**
	 * The same piece in the name of a type.
	 * @return the piece
	 */
	public Segment asType() {
		return new Segment(this.text, this.special, this.title, true);
	}

}
