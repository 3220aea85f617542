package io.agentotp.server.page;

import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.policy.ActionCatalogue;
import io.agentotp.server.policy.ActionCatalogues;

import org.springframework.stereotype.Component;

/**
 * Reads what permissions are bound to, in the words of the catalogue that each was asked
 * for with.
 */
@Component
final class FactsReader {

	private final ActionCatalogues catalogues;

	FactsReader(ActionCatalogues catalogues) {
		this.catalogues = catalogues;
	}

	/**
	 * What is on a card, which keeps nothing else.
	 */
	Facts ofCard(StoredPermission permission) {
		return of(permission).onCard();
	}

	Facts of(StoredPermission permission) {
		// The operator's words do not stand beside what somebody else wrote.
		return Facts.of(permission,
				permission.isIntact() ? this.catalogues.of(permission.policy().version()) : ActionCatalogue.EMPTY);
	}

}
