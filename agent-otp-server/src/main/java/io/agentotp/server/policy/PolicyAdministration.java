package io.agentotp.server.policy;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.failure.NotFoundException;

import org.springframework.stereotype.Component;

/**
 * The policies as administrators see and change them. Only those of the database can be
 * changed here.
 */
@Component
public final class PolicyAdministration {

	private final PolicyRegistry registry;

	private final PolicyStore store;

	private final PolicyParser parser;

	private final PolicyWarnings warnings;

	private final InstantSource clock;

	PolicyAdministration(PolicyRegistry registry, PolicyStore store, PolicyParser parser, PolicyWarnings warnings,
			InstantSource clock) {
		this.registry = registry;
		this.store = store;
		this.parser = parser;
		this.warnings = warnings;
		this.clock = clock;
	}

	/**
	 * A policy in force.
	 * @param id the policy
	 * @return the policy
	 */
	public Policy get(String id) {
		return this.registry.current()
			.policies()
			.stream()
			.filter((policy) -> policy.id().equals(id))
			.findFirst()
			.orElseThrow(() -> new NotFoundException("There is no such policy"));
	}

	public Optional<StoredPolicy> stored(String id) {
		return this.store.find(id);
	}

	public List<String> warnings(Policy policy) {
		return this.warnings.of(policy);
	}

	public Policy create(PolicyDraft draft, Actor actor) {
		Instant now = now();
		StoredPolicy policy = new StoredPolicy(UUID.randomUUID().toString(), draft, now, actor.name(), now,
				actor.name());
		this.registry.change(actor, () -> {
			requireFree(this.parser.parse(policy.id(), PolicyOrigin.API, draft));
			this.store.insert(policy);
			return new PolicyChange(AuditEvent.POLICY_CREATED, policy.id(), null, draft, this.store.seal(policy.id()));
		});
		return get(policy.id());
	}

	/**
	 * Changes a policy.
	 * @param id the policy
	 * @param change makes the new policy of the old one, or throws if that is not what
	 * the person saw
	 * @param actor who
	 * @return the changed policy
	 */
	public Policy update(String id, Function<Policy, PolicyDraft> change, Actor actor) {
		this.registry.change(actor, () -> {
			StoredPolicy before = requireStored(id);
			PolicyDraft draft = change.apply(parse(before));
			requireFree(this.parser.parse(id, PolicyOrigin.API, draft));
			this.store.update(new StoredPolicy(id, draft, before.createdAt(), before.createdBy(), now(), actor.name()));
			return new PolicyChange(AuditEvent.POLICY_CHANGED, id, before.draft(), draft, this.store.seal(id));
		});
		return get(id);
	}

	/**
	 * Removes a policy.
	 * @param id the policy
	 * @param seen throws if the policy is not what the person saw
	 * @param actor who
	 */
	public void delete(String id, Consumer<Policy> seen, Actor actor) {
		// What somebody else wrote can go, whatever it says.
		if (this.store.isChanged(id)) {
			this.registry.removeChanged(actor, id);
			return;
		}
		this.registry.change(actor, () -> {
			StoredPolicy stored = requireStored(id);
			seen.accept(parse(stored));
			this.store.delete(id);
			return new PolicyChange(AuditEvent.POLICY_DELETED, id, stored.draft(), null, null);
		});
	}

	private Policy parse(StoredPolicy policy) {
		return this.parser.parse(policy.id(), PolicyOrigin.API, policy.draft());
	}

	// The name of a policy of a file is refused with the set.
	private void requireFree(Policy policy) {
		this.store.findId(policy.name()).filter((other) -> !other.equals(policy.id())).ifPresent((other) -> {
			throw new ConflictException(
					"The name '" + policy.name()
							+ "' is taken by another policy: the audit log identifies a policy by its name",
					Map.of("name", policy.name(), "policyId", other));
		});
	}

	private StoredPolicy requireStored(String id) {
		if (this.store.isChanged(id)) {
			throw new ConflictException("Policy " + id + " " + PolicyStore.CHANGED, Map.of());
		}
		return this.store.find(id).orElseThrow(() -> {
			get(id);
			return new ReadOnlyPolicyException("This policy is defined in a file and is changed there");
		});
	}

	/**
	 * The policies in force with others beside or, where they have the same name, instead
	 * of them. Nothing is changed.
	 * @param drafts the others
	 * @return the set, with the version 0
	 * @throws InvalidPolicyException if one of them cannot be used
	 */
	public PolicySet with(List<PolicyDraft> drafts) {
		Map<String, Policy> policies = new LinkedHashMap<>();
		this.registry.current().policies().forEach((policy) -> policies.put(policy.name(), policy));
		for (int i = 0; i < drafts.size(); i++) {
			try {
				Policy policy = this.parser.parse(null, PolicyOrigin.API, drafts.get(i));
				policies.put(policy.name(), policy);
			}
			catch (InvalidPolicyException ex) {
				throw ex.under("policies[" + i + "]");
			}
		}
		return PolicySet.of(List.copyOf(policies.values()));
	}

	private Instant now() {
		return this.clock.instant().truncatedTo(ChronoUnit.MILLIS);
	}

}
