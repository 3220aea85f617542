package io.agentotp.server.permission;

import org.jspecify.annotations.Nullable;

/**
 * What shows that the row of a permission is as the service wrote it.
 *
 * @param salt keeps what was shown from being guessed from its hash; it goes when the
 * details do
 * @param shown the hash of all that was asked and is shown, as the audit log has it
 * @param asked the hash of what never changes
 * @param scope the granted scope as it is stored
 * @param text the seal over what never changes and what does, but for the uses
 */
record RowSeal(@Nullable String salt, String shown, String asked, String scope, String text) {

	@Override
	public String toString() {
		return "RowSeal[]";
	}

}
