package io.agentotp.server.page;

import java.util.Optional;

import io.agentotp.server.permission.PermissionDecisions;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.web.Caller;

import org.springframework.security.core.Authentication;
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

	Optional<String> of(Authentication user) {
		return Caller.isAny(user, Caller.APPROVER) ? this.reader.pendingIdsByEnd(MAX)
			.stream()
			.filter((id) -> this.decisions.rights(id, user.getName()).mayDecide())
			.findFirst() : Optional.empty();
	}

}
