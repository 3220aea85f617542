package io.agentotp.server.api;

import java.util.Optional;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.agent.AgentChanges;
import io.agentotp.server.agent.AgentSettings;
import io.agentotp.server.agent.Agents;
import io.agentotp.server.agent.Freeze;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.json.Json;
import io.agentotp.server.permission.AgentFreezer;
import io.agentotp.server.user.Users;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.JsonAnswer;
import io.agentotp.server.web.Parameters;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.http.ETag;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.Authentication;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The agents: people read them, administrators change and stop them. A key is in the
 * answer that makes it and nowhere else.
 */
@RestController
@RequestMapping("/api/v1")
@Allowed(Caller.ADMINISTRATOR)
final class AgentController {

	private final Agents agents;

	private final AgentFreezer freezer;

	private final AgentChanges changes;

	private final Users users;

	AgentController(Agents agents, AgentChanges changes, AgentFreezer freezer, Users users) {
		this.users = users;
		this.agents = agents;
		this.changes = changes;
		this.freezer = freezer;
	}

	@GetMapping("/agents")
	@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
	@Parameters({ "page", "limit" })
	JsonAnswer list(HttpServletRequest request) {
		PageRequest page = PageRequest.of(request);
		ArrayNode elements = Json.mapper().createArrayNode();
		this.agents.findAll(page.limit(), page.offset()).forEach((agent) -> elements.add(view(agent)));
		return page.answer(elements, this.agents.count());
	}

	@GetMapping("/agents/{id}")
	@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
	ResponseEntity<JsonAnswer> get(@PathVariable String id) {
		return answer(this.agents.get(id));
	}

	@PostMapping("/agents")
	ResponseEntity<JsonAnswer> create(RequestJson body, Authentication user, Actor actor) {
		String name = body.requiredText("name", 1, 64);
		AgentSettings settings = settings(body, new AgentSettings(null, null, null, null));
		boolean test = body.flag("test", false);
		body.check();
		String key = this.changes.create(name, test, settings, user.getName(), actor);
		return ResponseEntity.status(201)
			.header("Cache-Control", "no-store")
			.body(JsonAnswer.success(withWarnings(this.agents.get(name)).put("apiKey", key)));
	}

	@PatchMapping("/agents/{id}")
	ResponseEntity<JsonAnswer> update(@PathVariable String id, RequestJson body, HttpServletRequest request,
			Actor actor) {
		this.changes.update(id, (before) -> {
			requireSeen(before, request);
			AgentSettings settings = settings(body, before.settings());
			body.check();
			return settings;
		}, actor);
		return answer(this.agents.get(id));
	}

	private static void requireSeen(Agent agent, HttpServletRequest request) {
		IfMatch.require(request, tag(agent), () -> AgentChanges.changedMeanwhile(agent));
	}

	private ResponseEntity<JsonAnswer> answer(Agent agent) {
		return ResponseEntity.ok().eTag(tag(agent).formattedTag()).body(JsonAnswer.success(withWarnings(agent)));
	}

	private ObjectNode withWarnings(Agent agent) {
		ObjectNode view = view(agent);
		if (agent.owner() != null && !this.users.isKnown(agent.owner())) {
			view.putArray("warnings").add("The owner '" + agent.owner() + "' is not a user");
		}
		return view;
	}

	private static ETag tag(Agent agent) {
		return IfMatch.tag(view(agent));
	}

	@DeleteMapping("/agents/{id}")
	JsonAnswer delete(@PathVariable String id, RequestJson body, HttpServletRequest request, Actor actor) {
		body.check();
		this.changes.delete(id, (before) -> requireSeen(before, request), actor);
		this.freezer.end();
		return JsonAnswer.success(Json.object().put("deleted", true));
	}

	@PostMapping("/agents/{id}/rotate")
	ResponseEntity<JsonAnswer> rotate(@PathVariable String id, RequestJson body, Authentication user, Actor actor) {
		body.check();
		String key = this.changes.rotate(id, null, user.getName(), actor);
		this.freezer.end();
		return ResponseEntity.ok()
			.header("Cache-Control", "no-store")
			.body(JsonAnswer.success(withWarnings(this.agents.get(id)).put("apiKey", key)));
	}

	@PostMapping("/agents/{id}/freeze")
	JsonAnswer freeze(@PathVariable String id, RequestJson body, Actor actor) {
		String reason = reason(body);
		this.freezer.freeze(id, reason, actor);
		return JsonAnswer.success(view(this.agents.get(id)));
	}

	@PostMapping("/agents/{id}/unfreeze")
	JsonAnswer unfreeze(@PathVariable String id, RequestJson body, Actor actor) {
		body.check();
		this.freezer.unfreeze(id, actor);
		return JsonAnswer.success(view(this.agents.get(id)));
	}

	@GetMapping("/freeze")
	@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
	JsonAnswer freezeOfAll() {
		ObjectNode view = Json.object();
		Optional<Freeze> freeze = this.agents.freezeOfAll();
		put(view.put("frozen", freeze.isPresent()), freeze.orElse(null));
		return JsonAnswer.success(view);
	}

	@PostMapping("/freeze")
	JsonAnswer freezeAll(RequestJson body, Actor actor) {
		this.freezer.freezeAll(reason(body), actor);
		return freezeOfAll();
	}

	@PostMapping("/unfreeze")
	JsonAnswer unfreezeAll(RequestJson body, Actor actor) {
		body.check();
		this.freezer.unfreezeAll(actor);
		return freezeOfAll();
	}

	private static @Nullable String reason(RequestJson body) {
		String reason = body.text("reason", 0, DecisionController.MAX_REASON);
		body.check();
		return reason;
	}

	// A field that is not sent stays as it is; one that is null is taken away.
	private static AgentSettings settings(RequestJson body, AgentSettings before) {
		return new AgentSettings(body.has("description") ? body.text("description", 0, 1000) : before.description(),
				body.has("owner") ? body.text("owner", 1, 64) : before.owner(),
				body.has("requestsPerMinute") ? limit(body, "requestsPerMinute") : before.requestsPerMinute(),
				body.has("maxPending") ? limit(body, "maxPending") : before.maxPending());
	}

	private static @Nullable Integer limit(RequestJson body, String field) {
		return (body.value(field) != null) ? body.integer(field, 1, AgentOtpServerProperties.MAX_LIMIT, 1) : null;
	}

	private static ObjectNode view(Agent agent) {
		ObjectNode view = Json.object()
			.put("id", agent.id())
			.put("name", agent.id())
			.put("description", agent.description())
			.put("owner", agent.owner())
			.put("keySeenBy", agent.keySeenBy())
			.put("active", agent.active())
			.put("readOnly", agent.configured())
			.put("test", agent.test())
			.put("requestsPerMinute", agent.requestsPerMinute())
			.put("maxPending", agent.maxPending())
			.put("frozen", agent.isFrozen());
		put(view, agent.freeze());
		return view.put("createdAt", agent.createdAt().toString());
	}

	private static void put(ObjectNode view, @Nullable Freeze freeze) {
		if (freeze != null) {
			view.put("frozenAt", freeze.at().toString())
				.put("frozenBy", freeze.by())
				.put("freezeReason", freeze.reason());
		}
	}

}
