package io.agentotp.server.permission;

import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentotp.server.config.AgentOtpServerProperties.Role;
import io.agentotp.server.user.Delegations;
import io.agentotp.server.user.UserAccount;
import io.agentotp.server.user.Users;

import org.springframework.stereotype.Component;

/**
 * Tells what people may see, and as whom they decide: by the groups that they, and those
 * whom they stand in for, are in at this moment.
 */
@Component
public final class Viewers {

	private final Users users;

	private final Delegations delegations;

	private final EligibleApprovers eligible;

	private final InstantSource clock;

	Viewers(Users users, Delegations delegations, EligibleApprovers eligible, InstantSource clock) {
		this.users = users;
		this.delegations = delegations;
		this.eligible = eligible;
		this.clock = clock;
	}

	/**
	 * A person as it is now.
	 * @param name the name of the person
	 * @return what the person may see
	 */
	public Viewer of(String name) {
		UserAccount user = this.users.get(name);
		Map<String, Set<String>> people = new LinkedHashMap<>();
		if (isApprover(user)) {
			people.put(name, user.profile().groups());
			this.delegations.forWhom(name, Now.of(this.clock))
				.forEach((away) -> people.put(away, this.users.get(away).profile().groups()));
		}
		return new Viewer(name, may(user, Role.AUDITOR), may(user, Role.ADMINISTRATOR), people);
	}

	private static boolean isApprover(UserAccount user) {
		return may(user, Role.APPROVER);
	}

	private static boolean may(UserAccount user, Role role) {
		return user.active() && user.intact() && !user.temporary() && user.roles().contains(role);
	}

	/**
	 * Which of some requests a person is asked about, of those whose policy names
	 * approvers.
	 * @param ids the requests
	 * @param viewer the person
	 * @return their ids
	 */
	Set<String> asked(List<String> ids, Viewer viewer) {
		return this.eligible.people(ids, viewer).keySet();
	}

	/**
	 * As whom a person may decide on a request, as far as its policy names approvers.
	 * @param permission the request
	 * @param viewer the person
	 * @return the stages by name: the own one first, then those of people whom the person
	 * stands in for; empty if the person is not asked
	 */
	Map<String, Set<Integer>> deciding(StoredPermission permission, Viewer viewer) {
		if (permission.policy().routing().approvers().isAll()) {
			return viewer.people().containsKey(viewer.name()) ? Map.of(viewer.name(), Set.of(0)) : Map.of();
		}
		Map<String, Set<Integer>> found = this.eligible.people(List.of(permission.id()), viewer)
			.getOrDefault(permission.id(), Map.of());
		Map<String, Set<Integer>> deciding = new LinkedHashMap<>();
		viewer.people()
			.keySet()
			.stream()
			.filter(found::containsKey)
			.forEach((name) -> deciding.put(name, found.getOrDefault(name, Set.of())));
		return deciding;
	}

	/**
	 * Whether the policy named a person for a request, also one who is not in the group
	 * any more.
	 * @param permission the request
	 * @param user the person
	 * @return whether it did
	 */
	boolean wasAsked(StoredPermission permission, String user) {
		return this.eligible.of(permission.id()).contains(user);
	}

	/**
	 * Whether a person sees a request.
	 * @param permission the request
	 * @param viewer the person
	 * @return whether the person does
	 */
	public boolean sees(StoredPermission permission, Viewer viewer) {
		return viewer.auditor() || permission.policy().routing().approvers().isAll()
				|| !deciding(permission, viewer).isEmpty();
	}

}
