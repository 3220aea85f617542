package io.agentotp.server.audit;

import java.util.List;

/**
 * Which rows of the audit log somebody may see, and what of them.
 */
public interface VisibleRows {

	/**
	 * All of them.
	 */
	VisibleRows ALL = new VisibleRows() {

		@Override
		public String condition(String table, List<Object> params) {
			return "";
		}

		@Override
		public boolean all() {
			return true;
		}

	};

	/**
	 * Limits a query of rows.
	 * @param table what stands before the names of columns
	 * @param params gets the values
	 * @return a condition with {@code AND} before it, or nothing
	 */
	String condition(String table, List<Object> params);

	/**
	 * Whether it is all of them.
	 * @return whether nothing is left out
	 */
	boolean all();

	/**
	 * What of a row may be seen.
	 * @param entry the row
	 * @return the row, perhaps without some of its details
	 */
	default AuditEntry shown(AuditEntry entry) {
		return entry;
	}

}
