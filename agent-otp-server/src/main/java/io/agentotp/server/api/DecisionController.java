package io.agentotp.server.api;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.permission.Permission;
import io.agentotp.server.permission.PermissionDecisions;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.JsonAnswer;
import io.agentotp.server.web.JsonAnswers;
import jakarta.servlet.http.HttpServletRequest;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.security.core.Authentication;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Where people decide.
 */
@RestController
@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR })
final class DecisionController {

	static final int MAX_REASON = 2000;

	private final PermissionDecisions decisions;

	private final PermissionViews views;

	DecisionController(PermissionDecisions decisions, PermissionReader reader) {
		this.decisions = decisions;
		this.views = new PermissionViews(reader);
	}

	@PostMapping("/api/v1/permissions/{id}/decide")
	JsonAnswer decide(@PathVariable String id, RequestJson body, Authentication user, HttpServletRequest request) {
		boolean approved = body.requiredBoolean("approved");
		String reason = body.text("reason", 0, MAX_REASON);
		ObjectNode modifications = body.objectOrEmpty("scopeModifications");
		if (!approved && !modifications.isEmpty()) {
			body.problem("scopeModifications", "can only come with an approval");
		}
		body.check();
		Actor actor = Actor.user(user.getName(), request.getRemoteAddr());
		Permission permission = approved ? this.decisions.approve(id, reason, modifications, user.getName(), actor)
				: this.decisions.deny(id, reason, user.getName(), actor);
		return JsonAnswers.success(this.views.forPeople(permission));
	}

}
