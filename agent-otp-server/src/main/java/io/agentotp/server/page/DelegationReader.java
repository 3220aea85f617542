package io.agentotp.server.page;

import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;

import io.agentotp.server.config.NotificationSettings;
import io.agentotp.server.user.Delegations;
import io.agentotp.server.user.Users;

import org.springframework.stereotype.Component;

/**
 * Finds who decides for whom, for pages. Days are those of who is away.
 */
@Component
final class DelegationReader {

	private final Users users;

	private final Delegations delegations;

	private final NotificationSettings settings;

	private final InstantSource clock;

	DelegationReader(Users users, Delegations delegations, NotificationSettings settings, InstantSource clock) {
		this.users = users;
		this.delegations = delegations;
		this.settings = settings;
		this.clock = clock;
	}

	List<DelegationRow> from(String person) {
		return this.delegations.from(person)
			.stream()
			.map((each) -> DelegationRow.of(each, zone(person), this.clock.instant()))
			.toList();
	}

	List<DelegationRow> to(String person) {
		return this.delegations.to(person)
			.stream()
			.map((each) -> DelegationRow.of(each, zone(each.from()), this.clock.instant()))
			.toList();
	}

	ZoneId zone(String person) {
		return this.users.get(person).profile().zone().orElse(this.settings.zoneOrDefault());
	}

}
