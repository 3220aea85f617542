package io.agentotp.server.api;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.json.Json;
import io.agentotp.server.permission.BatchDecisions;
import io.agentotp.server.permission.PermissionDecisions;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.policy.ActionCatalogues;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.JsonAnswer;
import io.agentotp.server.web.Problems;
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
			ActionCatalogues catalogues) {
		this.decisions = decisions;
		this.batch = batch;
		this.reader = reader;
		this.views = new PermissionViews(reader, catalogues);
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
	 * @param actor the person, and from where
	 * @return what became of each, and why the rest was not decided
	 */
	@PostMapping("/api/v1/permissions/decide")
	JsonAnswer decideEach(RequestJson body, Authentication user, Actor actor) {
		Function<String, StoredPermission> decision = decision(body, user, actor);
		List<String> ids = body.ids(1, BatchDecisions.MAX);
		body.check();
		ObjectNode data = Json.object();
		List<String> now = new ArrayList<>();
		data.set("decided", PermissionList.of((each) -> this.reader.each(now, null, each), this.views::forPeople));
		ArrayNode notDecided = data.putArray("notDecided");
		this.batch.each(ids, decision).forEach((outcome) -> {
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

	private Function<String, StoredPermission> decision(RequestJson body, Authentication user, Actor actor) {
		boolean approved = body.requiredBoolean("approved");
		String reason = body.text("reason", 0, MAX_REASON);
		ObjectNode modifications = body.objectOrEmpty("scopeModifications");
		if (!approved && !modifications.isEmpty()) {
			body.problem("scopeModifications", "can only come with an approval");
		}
		return (id) -> approved ? this.decisions.approve(id, reason, modifications, user.getName(), actor)
				: this.decisions.deny(id, reason, user.getName(), actor);
	}

}
