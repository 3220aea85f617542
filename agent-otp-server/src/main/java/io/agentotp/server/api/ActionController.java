package io.agentotp.server.api;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.policy.ActionEntry;
import io.agentotp.server.policy.PolicyAdministration;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.policy.Rule;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.JsonAnswer;
import io.agentotp.server.web.Parameters;
import jakarta.servlet.http.HttpServletRequest;
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
 * The action catalogue: people read it, administrators change it.
 */
@RestController
@RequestMapping("/api/v1/actions")
@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
final class ActionController {

	private final RuleRoutes<ActionEntry> rules;

	ActionController(PolicyRegistry policies, PolicyAdministration administration) {
		this.rules = new RuleRoutes<>(Rule.Kind.ACTION, policies, administration, ActionEntry::toJson);
	}

	@GetMapping
	@Parameters({ "page", "limit" })
	JsonAnswer list(HttpServletRequest request) {
		return this.rules.list(request, (set) -> set.actions().entries());
	}

	@GetMapping("/{id}")
	ResponseEntity<JsonAnswer> get(@PathVariable String id) {
		return this.rules.get(id);
	}

	@PostMapping
	@Allowed(Caller.ADMINISTRATOR)
	ResponseEntity<JsonAnswer> create(RequestJson body, Actor actor) {
		ObjectNode source = body.all();
		body.check();
		return this.rules.create(source, actor);
	}

	@PutMapping("/{id}")
	@Allowed(Caller.ADMINISTRATOR)
	ResponseEntity<JsonAnswer> replace(@PathVariable String id, RequestJson body, HttpServletRequest request,
			Actor actor) {
		ObjectNode source = body.all();
		body.check();
		return this.rules.update(id, (before) -> source, request, actor);
	}

	@PatchMapping("/{id}")
	@Allowed(Caller.ADMINISTRATOR)
	ResponseEntity<JsonAnswer> change(@PathVariable String id, RequestJson body, HttpServletRequest request,
			Actor actor) {
		ObjectNode changes = body.all();
		body.check();
		return this.rules.update(id, (before) -> {
			ObjectNode source = before.source();
			source.setAll(changes);
			return source;
		}, request, actor);
	}

	@DeleteMapping("/{id}")
	@Allowed(Caller.ADMINISTRATOR)
	JsonAnswer delete(@PathVariable String id, RequestJson body, HttpServletRequest request, Actor actor) {
		body.check();
		return this.rules.delete(id, request, actor);
	}

}
