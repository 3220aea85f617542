package io.agentotp.server.api;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.json.Json;
import io.agentotp.server.permission.Deciders;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.permission.Viewer;
import io.agentotp.server.policy.InvalidPolicyException;
import io.agentotp.server.policy.Policy;
import io.agentotp.server.policy.PolicyAction;
import io.agentotp.server.policy.PolicyAdministration;
import io.agentotp.server.policy.PolicyDecision;
import io.agentotp.server.policy.PolicyDraft;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.policy.PolicyRequest;
import io.agentotp.server.policy.PolicySet;
import io.agentotp.server.policy.PolicyVersion;
import io.agentotp.server.policy.PolicyVersions;
import io.agentotp.server.policy.Routing;
import io.agentotp.server.policy.Rule;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.JsonAnswer;
import io.agentotp.server.web.Parameters;
import jakarta.servlet.http.HttpServletRequest;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The policies: people read and try them, administrators change them.
 */
@RestController
@RequestMapping("/api/v1/policies")
@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
final class PolicyController {

	private static final int MAX_DRAFTS = 100;

	private final PolicyRegistry policies;

	private final PolicyAdministration administration;

	private final PolicyVersions versions;

	private final PermissionReader permissions;

	private final Deciders deciders;

	private final RuleRoutes<Policy> rules;

	PolicyController(PolicyRegistry policies, PolicyAdministration administration, PolicyVersions versions,
			PermissionReader permissions, Deciders deciders) {
		this.policies = policies;
		this.administration = administration;
		this.versions = versions;
		this.permissions = permissions;
		this.deciders = deciders;
		this.rules = new RuleRoutes<>(Rule.Kind.POLICY, policies, administration, this::view);
	}

	@GetMapping
	@Parameters({ "page", "limit" })
	JsonAnswer list(HttpServletRequest request) {
		return this.rules.list(request, PolicySet::policies);
	}

	@GetMapping("/{id}")
	ResponseEntity<JsonAnswer> get(@PathVariable String id) {
		return this.rules.get(id);
	}

	@PostMapping
	@Allowed(Caller.ADMINISTRATOR)
	ResponseEntity<JsonAnswer> create(RequestJson body, Actor actor) {
		return this.rules.create(draft(body).toJson(), actor);
	}

	@PutMapping("/{id}")
	@Allowed(Caller.ADMINISTRATOR)
	ResponseEntity<JsonAnswer> replace(@PathVariable String id, RequestJson body, HttpServletRequest request,
			Actor actor) {
		PolicyDraft draft = draft(body);
		return this.rules.update(id, (before) -> draft.toJson(), request, actor);
	}

	@PatchMapping("/{id}")
	@Allowed(Caller.ADMINISTRATOR)
	ResponseEntity<JsonAnswer> change(@PathVariable String id, RequestJson body, HttpServletRequest request,
			Actor actor) {
		ObjectNode changes = body.all();
		body.check();
		return this.rules.update(id, (before) -> before.definition().with(changes).toJson(), request, actor);
	}

	@DeleteMapping("/{id}")
	@Allowed(Caller.ADMINISTRATOR)
	JsonAnswer delete(@PathVariable String id, RequestJson body, HttpServletRequest request, Actor actor) {
		body.check();
		return this.rules.delete(id, request, actor);
	}

	@GetMapping("/versions")
	@Parameters({ "page", "limit" })
	JsonAnswer versions(HttpServletRequest request) {
		PageRequest page = PageRequest.of(request);
		ArrayNode elements = Json.mapper().createArrayNode();
		this.versions.list(page.limit(), page.offset()).forEach((version) -> elements.add(view(version)));
		return page.answer(elements, this.versions.count());
	}

	@GetMapping("/versions/{version}")
	JsonAnswer version(@PathVariable long version) {
		ObjectNode view = view(this.versions.get(version));
		this.versions.content(version).ifPresent(view::setAll);
		return JsonAnswer.success(view);
	}

	/**
	 * Asks the policies, and changes nothing.
	 * @param body a made-up {@code request} or the {@code permissionId} of a past one,
	 * and {@code policies} to try beside those in force
	 * @return what they decide, and what came of each
	 */
	@PostMapping("/simulate")
	JsonAnswer simulate(RequestJson body, Viewer viewer) {
		String id = body.text("permissionId", 1, 64);
		ObjectNode made = body.object("request");
		if ((id == null) == (made == null)) {
			body.problem("request", "or permissionId is required, one of the two");
		}
		List<PolicyDraft> drafts = drafts(body);
		body.check();
		PolicySet present = this.policies.refresh();
		PolicySet set = drafts.isEmpty() ? present : valid(() -> this.administration.with(drafts));
		StoredPermission past = (id != null) ? this.permissions.get(id, viewer) : null;
		PolicyRequest question = (past != null) ? past.pastPolicyRequest()
				: valid(() -> PolicyRequest.read("request", (made != null) ? made : Json.object()));
		ObjectNode answer = simulated(set, question).put("policyVersion", present.version());
		if (past != null) {
			answer.set("recorded", recorded(past));
		}
		return JsonAnswer.success(answer);
	}

	private ObjectNode simulated(PolicySet set, PolicyRequest question) {
		PolicyDecision decision = set.decide(question);
		ObjectNode answer = Json.object();
		answer.set("decision", decision.toJson());
		set.actions().title(question.bound(decision.scope())).ifPresent((title) -> answer.put("title", title));
		answer.put("risk", set.actions().risk(question.action()).text());
		set.actions().imitated(question.action()).ifPresent((other) -> answer.put("looksLike", other.name()));
		if (decision.shadow() != null) {
			ObjectNode shadow = decision.shadow().shadowReport(decision.action());
			shadow.set("scope", decision.shadow().scope());
			answer.set("shadow", shadow);
		}
		if (decision.action() == PolicyAction.REQUIRE_APPROVAL) {
			answer.set("routing", routing(set, question, decision.routing()));
		}
		ArrayNode outcomes = answer.putArray("policies");
		set.explain(question)
			.forEach((outcome) -> outcomes.add(outcome.toJson().put("applied", outcome.policy() == decision.policy())));
		return answer;
	}

	private ObjectNode routing(PolicySet set, PolicyRequest question, Routing asks) {
		ObjectNode routing = asks.toJson();
		for (int stage = 0; stage < asks.steps().size(); stage++) {
			List<String> deciders = List.copyOf(this.deciders.of(question, asks.steps().get(stage).approvers(), set));
			if (stage == 0) {
				routing.set("deciders", Json.toTree(deciders));
			}
			if (routing.path("stages").get(stage) instanceof ObjectNode of) {
				of.set("deciders", Json.toTree(deciders));
			}
		}
		return routing;
	}

	private static ObjectNode recorded(StoredPermission past) {
		return Json.object()
			.put("permissionId", past.id())
			.put("status", past.status().text())
			.put("policyId", past.policy().id())
			.put("policy", past.policy().name())
			.put("policyVersion", past.policy().version());
	}

	private static List<PolicyDraft> drafts(RequestJson body) {
		List<PolicyDraft> drafts = new ArrayList<>();
		JsonNode value = body.value("policies");
		if (value == null) {
			return drafts;
		}
		if (!value.isArray() || value.size() > MAX_DRAFTS) {
			body.problem("policies", "must be a list of at most " + MAX_DRAFTS + " policies");
			return drafts;
		}
		for (int i = 0; i < value.size(); i++) {
			String field = "policies[" + i + "]";
			if (value.get(i) instanceof ObjectNode policy) {
				try {
					drafts.add(PolicyDraft.read(policy));
				}
				catch (InvalidPolicyException ex) {
					ex.problems().forEach((name, problem) -> body.problem(field + "." + name, problem));
				}
			}
			else {
				body.problem(field, "must be a policy");
			}
		}
		return drafts;
	}

	private static PolicyDraft draft(RequestJson body) {
		ObjectNode policy = body.all();
		body.check();
		return valid(() -> PolicyDraft.read(policy));
	}

	private static <T> T valid(Supplier<T> reader) {
		try {
			return reader.get();
		}
		catch (InvalidPolicyException ex) {
			throw new InvalidInputException(ex.problems());
		}
	}

	private ObjectNode view(Policy policy) {
		ObjectNode view = policy.toJson().put("trustsAgentsWord", policy.trustsAgentsWord());
		List<String> warnings = this.administration.warnings(policy);
		if (!warnings.isEmpty()) {
			ArrayNode list = view.putArray("warnings");
			warnings.forEach(list::add);
		}
		return view;
	}

	private static ObjectNode view(PolicyVersion version) {
		ObjectNode view = Json.object()
			.put("version", version.version())
			.put("cause", version.cause())
			.put("createdAt", version.createdAt().toString())
			.put("createdBy", version.createdBy())
			.put("sha256", version.contentHash());
		return (version.problem() != null) ? view.put("problem", version.problem()) : view;
	}

}
