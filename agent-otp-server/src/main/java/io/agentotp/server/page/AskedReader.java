package io.agentotp.server.page;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.agentotp.server.permission.Ballot;
import io.agentotp.server.permission.Ballots;
import io.agentotp.server.permission.Deciders;
import io.agentotp.server.permission.EligibleApprovers;
import io.agentotp.server.permission.StoredPermission;

import org.springframework.stereotype.Component;

/**
 * Finds whom requests ask, and whether anybody of them can decide.
 */
@Component
final class AskedReader {

	private final EligibleApprovers eligible;

	private final Deciders deciders;

	private final Ballots ballots;

	AskedReader(EligibleApprovers eligible, Deciders deciders, Ballots ballots) {
		this.ballots = ballots;
		this.eligible = eligible;
		this.deciders = deciders;
	}

	AskedPeople of(StoredPermission permission) {
		return of(List.of(permission)).apply(permission);
	}

	Function<StoredPermission, AskedPeople> of(List<StoredPermission> permissions) {
		List<StoredPermission> pending = permissions.stream().filter(StoredPermission::isPending).toList();
		Set<String> escalated = this.eligible.escalated(permissions.stream().map(StoredPermission::id).toList());
		Map<String, Set<String>> deciders = this.deciders.of(pending);
		Function<StoredPermission, Ballot> ballots = this.ballots.of(permissions);
		return (permission) -> AskedPeople.of(permission, ballots.apply(permission),
				escalated.contains(permission.id()), deciders.getOrDefault(permission.id(), Set.of()).isEmpty());
	}

}
