package io.agentotp.server.api;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.json.Json;
import io.agentotp.server.permission.Ballots;
import io.agentotp.server.permission.BatchDecisions;
import io.agentotp.server.permission.DecidedBy;
import io.agentotp.server.permission.PasskeyAssertion;
import io.agentotp.server.permission.PermissionDecisions;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.permission.Viewer;
import io.agentotp.server.policy.ActionCatalogues;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.JsonAnswer;
import io.agentotp.server.web.Problems;
import io.agentotp.server.web.SignedIn;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.security.core.Authentication;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Where people decide.
 */
@RestController
@Allowed(Caller.APPROVER)
final class DecisionController {

	static final int MAX_REASON = 2000;

	private final PermissionDecisions decisions;

	private final BatchDecisions batch;

	private final PermissionReader reader;

	private final PermissionViews views;

	DecisionController(PermissionDecisions decisions, BatchDecisions batch, PermissionReader reader,
			ActionCatalogues catalogues, Ballots ballots) {
		this.decisions = decisions;
		this.batch = batch;
		this.reader = reader;
		this.views = new PermissionViews(reader, catalogues, ballots);
	}

	@PostMapping("/api/v1/permissions/{id}/decide")
	JsonAnswer decide(@PathVariable String id, RequestJson body, Authentication user, Actor actor) {
		Function<String, StoredPermission> decision = decision(body, user, actor);
		body.check();
		return JsonAnswer.success(this.views.forPeople(decision.apply(id)));
	}

	/**
	 * Decides on identical questions, each by itself.
	 * @param body the {@code ids} of those that the person saw, and the decision
	 * @param user who decides
	 * @param viewer what the person may see
	 * @param actor the person, and from where
	 * @return what became of each, and why the rest was not decided
	 */
	@PostMapping("/api/v1/permissions/decide")
	JsonAnswer decideEach(RequestJson body, Authentication user, Viewer viewer, Actor actor) {
		Function<String, StoredPermission> decision = decision(body, user, actor);
		List<String> ids = body.ids(1, BatchDecisions.MAX);
		body.check();
		ObjectNode data = Json.object();
		List<String> now = new ArrayList<>();
		data.set("decided", PermissionList.of((each) -> this.reader.each(now, viewer, each), this.views::forPeople));
		ArrayNode notDecided = data.putArray("notDecided");
		this.batch.each(ids, viewer, decision).forEach((outcome) -> {
			RefusedException refusal = outcome.refusal();
			if (refusal == null) {
				now.add(outcome.id());
			}
			else {
				notDecided.addObject()
					.put("id", outcome.id())
					.put("result", outcome.result().text())
					.put("code", Problems.of(refusal).code())
					.put("message", refusal.text());
			}
		});
		return JsonAnswer.success(data);
	}

	/**
	 * Asks for what a passkey of the person has to sign, so that the decision is proved.
	 * @param id the question
	 * @param body the decision, as it will be sent
	 * @param user who decides
	 * @param actor the person, and from where
	 * @return the statement, and what to tell the browser
	 */
	@PostMapping("/api/v1/permissions/{id}/challenge")
	JsonAnswer challenge(@PathVariable String id, RequestJson body, Authentication user, Actor actor) {
		return challenge(List.of(id), body, user, actor);
	}

	/**
	 * Asks for what has to be signed to decide on several questions at once.
	 * @param body the {@code ids} of the questions, and the decision, as it will be sent
	 * @param user who decides
	 * @param actor the person, and from where
	 * @return the statements, and what to tell the browser
	 */
	@PostMapping("/api/v1/permissions/challenge")
	JsonAnswer challengeOfEach(RequestJson body, Authentication user, Actor actor) {
		return challenge(body.ids(1, BatchDecisions.MAX), body, user, actor);
	}

	private JsonAnswer challenge(List<String> ids, RequestJson body, Authentication user, Actor actor) {
		boolean approved = body.requiredBoolean("approved");
		String reason = body.text("reason", 0, MAX_REASON);
		ObjectNode modifications = modifications(body, approved);
		body.check();
		return JsonAnswer.success(this.decisions
			.challenge(ids, approved, reason, modifications, new DecidedBy(user.getName(), actor, null, null))
			.toJson());
	}

	private static ObjectNode modifications(RequestJson body, boolean approved) {
		ObjectNode modifications = body.objectOrEmpty("scopeModifications");
		if (!approved && !modifications.isEmpty()) {
			body.problem("scopeModifications", "can only come with an approval");
		}
		return modifications;
	}

	private Function<String, StoredPermission> decision(RequestJson body, Authentication user, Actor actor) {
		boolean approved = body.requiredBoolean("approved");
		String reason = body.text("reason", 0, MAX_REASON);
		ObjectNode modifications = modifications(body, approved);
		ObjectNode assertion = body.object("assertion");
		DecidedBy by = new DecidedBy(user.getName(), actor, SignedIn.at(user),
				(assertion != null) ? PasskeyAssertion.read(assertion, body::problem) : null);
		return (id) -> approved ? this.decisions.approve(id, reason, modifications, by)
				: this.decisions.deny(id, reason, by);
	}

}
