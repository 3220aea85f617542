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
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.failure.NotFoundException;
import tools.jackson.databind.node.ObjectNode;

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
	 * A policy, or an entry of the action catalogue, in force.
	 * @param kind which of them
	 * @param id its id
	 * @return the rule
	 */
	public Rule get(Rule.Kind kind, String id) {
		PolicySet present = this.registry.current();
		List<? extends Rule> rules = (kind == Rule.Kind.ACTION) ? present.actions().entries() : present.policies();
		for (Rule rule : rules) {
			if (rule.id().equals(id)) {
				return rule;
			}
		}
		throw new NotFoundException("There is no such " + kind.text());
	}

	public Optional<StoredPolicy> stored(String id) {
		return this.store.find(id);
	}

	public List<String> warnings(Policy policy) {
		return this.warnings.of(policy);
	}

	/**
	 * What is worth a second look at whom policies ask.
	 * @param policies the policies
	 * @return the warnings by the name of the policy, each of which goes on after it
	 */
	public Map<String, List<String>> routingWarnings(List<Policy> policies) {
		return this.warnings.ofRouting(policies);
	}

	public Rule create(Rule.Kind kind, ObjectNode source, Actor actor) {
		String id = UUID.randomUUID().toString();
		Instant now = now();
		this.registry.change(actor, () -> {
			Rule rule = parse(kind, id, source);
			requireFree(kind, rule);
			requireReachable(rule);
			this.store
				.insert(new StoredPolicy(id, kind, rule.name(), rule.source(), now, actor.name(), now, actor.name()));
			return new PolicyChange(kind, id, null, rule.source(), this.store.seal(id));
		});
		return get(kind, id);
	}

	/**
	 * Changes a policy or an entry of the action catalogue.
	 * @param kind which of them
	 * @param id its id
	 * @param change makes the new rule of the old one, or throws if that is not what the
	 * person saw
	 * @param actor who
	 * @return the changed rule
	 */
	public Rule update(Rule.Kind kind, String id, Function<Rule, ObjectNode> change, Actor actor) {
		this.registry.change(actor, () -> {
			StoredPolicy before = requireStored(kind, id);
			Rule rule = parse(kind, id, change.apply(parse(kind, id, before.definition())));
			requireFree(kind, rule);
			requireReachable(rule);
			this.store.update(new StoredPolicy(id, kind, rule.name(), rule.source(), before.createdAt(),
					before.createdBy(), now(), actor.name()));
			return new PolicyChange(kind, id, before.definition(), rule.source(), this.store.seal(id));
		});
		return get(kind, id);
	}

	/**
	 * Removes a policy or an entry of the action catalogue.
	 * @param kind which of them
	 * @param id its id
	 * @param seen throws if the rule is not what the person saw
	 * @param actor who
	 */
	public void delete(Rule.Kind kind, String id, Consumer<Rule> seen, Actor actor) {
		// What somebody else wrote can go, whatever it says.
		if (this.store.isChanged(id)) {
			this.registry.removeChanged(actor, kind, id);
			return;
		}
		this.registry.change(actor, () -> {
			StoredPolicy stored = requireStored(kind, id);
			seen.accept(parse(kind, id, stored.definition()));
			this.store.delete(id);
			return new PolicyChange(kind, id, stored.definition(), null, null);
		});
	}

	private Rule parse(Rule.Kind kind, String id, ObjectNode source) {
		return this.parser.parse(kind, id, PolicyOrigin.API, source);
	}

	private void requireReachable(Rule rule) {
		if (rule instanceof Policy policy) {
			this.warnings.requireReachable(policy);
		}
	}

	// The name of a policy of a file is refused with the set.
	private void requireFree(Rule.Kind kind, Rule rule) {
		if (kind == Rule.Kind.ACTION) {
			this.store.findId(kind, rule.name()).filter((other) -> !other.equals(rule.id())).ifPresent((other) -> {
				throw new ConflictException("There is another entry for '" + rule.name() + "'",
						Map.of("name", rule.name(), kind.idName(), other));
			});
			return;
		}
		String look = NameLook.of(rule.name());
		this.store.names(kind).forEach((other, name) -> {
			if (!other.equals(rule.id()) && NameLook.of(name).equals(look)) {
				throw new ConflictException(
						"The name '" + rule.name() + "' is taken by another policy"
								+ (name.equals(rule.name()) ? "" : ", '" + name + "', which looks like it")
								+ ": the audit log identifies a policy by its name",
						Map.of("name", rule.name(), kind.idName(), other));
			}
		});
	}

	private StoredPolicy requireStored(Rule.Kind kind, String id) {
		if (this.store.isChanged(id)) {
			throw new ConflictException("Policy " + id + " " + PolicyStore.CHANGED, Map.of());
		}
		return this.store.find(id).filter((stored) -> stored.kind() == kind).orElseThrow(() -> {
			Rule unused = get(kind, id);
			return new ReadOnlyPolicyException("This " + kind.text() + " is defined in a file and is changed there");
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
		PolicySet present = this.registry.current();
		Map<String, Policy> policies = new LinkedHashMap<>();
		PatternTotal patterns = new PatternTotal();
		present.policies().forEach((policy) -> policies.put(policy.name(), policy));
		for (int i = 0; i < drafts.size(); i++) {
			try {
				Policy policy = patterns.add(this.parser.parse(null, PolicyOrigin.API, drafts.get(i)));
				requireReachable(policy);
				policies.put(policy.name(), policy);
			}
			catch (InvalidPolicyException ex) {
				throw ex.under("policies[" + i + "]");
			}
		}
		return PolicySet.of(List.of(), List.copyOf(policies.values()), present.actions().entries());
	}

	private Instant now() {
		return this.clock.instant().truncatedTo(ChronoUnit.MILLIS);
	}

}
