package io.agentotp.server.page;

import java.util.Optional;

import io.agentotp.server.permission.PermissionDecisions;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.Viewer;

import org.springframework.stereotype.Component;

/**
 * Where an approver goes on after a decision: to the request that ends first.
 */
@Component
final class NextRequest {

	// Of many that only others may decide on, no more are looked at.
	private static final int MAX = 20;

	private final PermissionReader reader;

	private final PermissionDecisions decisions;

	NextRequest(PermissionReader reader, PermissionDecisions decisions) {
		this.reader = reader;
		this.decisions = decisions;
	}

	Optional<String> of(Viewer viewer) {
		return !viewer.people().isEmpty() ? this.reader.pendingIdsByEnd(viewer, MAX)
			.stream()
			.filter((id) -> this.decisions.rights(id, viewer.name()).mayDecide())
			.findFirst() : Optional.empty();
	}

}
