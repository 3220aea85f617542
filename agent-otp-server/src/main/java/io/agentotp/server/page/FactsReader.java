package io.agentotp.server.page;

import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.policy.ActionCatalogue;
import io.agentotp.server.policy.ActionCatalogues;
import io.agentotp.server.policy.ScopeLimits;
import io.agentotp.server.policy.ScopeNarrowing;
import tools.jackson.databind.node.ObjectNode;

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
		return of(permission, permission.grant().scope());
	}

	/**
	 * What it would be if its scope were narrowed so; the same if that is not narrower,
	 * which the decision refuses.
	 */
	Facts narrowed(StoredPermission permission, ObjectNode modifications) {
		ScopeLimits limits = catalogue(permission).limits(permission.request().action());
		try {
			return of(permission, ScopeNarrowing.modify(permission.grant().scope(), modifications, limits));
		}
		catch (ScopeNarrowing.NotNarrowerException ex) {
			return of(permission);
		}
	}

	private Facts of(StoredPermission permission, ObjectNode scope) {
		return Facts.of(permission, catalogue(permission), scope);
	}

	// The operator's words do not stand beside what somebody else wrote.
	private ActionCatalogue catalogue(StoredPermission permission) {
		return permission.isIntact() ? this.catalogues.of(permission.policy().version()) : ActionCatalogue.EMPTY;
	}

}
