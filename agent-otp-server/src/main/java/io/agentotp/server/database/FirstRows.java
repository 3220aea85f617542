package io.agentotp.server.database;

/**
 * Reads no more rows at once than fit into memory, however large each is.
 */
public final class FirstRows {

	private FirstRows() {
	}

	/**
	 * The first rows of a statement, as many as their sizes allow, and one at least.
	 * @param select the statement
	 * @param size the size of one of its rows: an expression
	 * @param max how large all may be together
	 * @param order by what its rows are ordered, one behind the other without ties
	 * @return the statement for these rows, in that order
	 */
	public static String of(String select, String size, long max, String order) {
		return "SELECT * FROM (SELECT r.*, SUM(" + size + ") OVER (ORDER BY " + order
				+ ") AS text_size, ROW_NUMBER() OVER (ORDER BY " + order + ") AS place FROM (" + select
				+ ") r) s WHERE place = 1 OR text_size <= " + max + " ORDER BY place";
	}

}
