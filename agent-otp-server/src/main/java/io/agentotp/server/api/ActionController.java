package io.agentotp.server.api;

import java.util.List;
import java.util.Map;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.json.Json;
import io.agentotp.server.policy.ActionEntry;
import io.agentotp.server.policy.PolicyAdministration;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.policy.PolicySet;
import io.agentotp.server.policy.Rule;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.JsonAnswer;
import io.agentotp.server.web.Parameters;
import jakarta.servlet.http.HttpServletRequest;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.http.ETag;
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

	private final PolicyRegistry policies;

	private final PolicyAdministration administration;

	ActionController(PolicyRegistry policies, PolicyAdministration administration) {
		this.policies = policies;
		this.administration = administration;
	}

	@GetMapping
	@Parameters({ "page", "limit" })
	JsonAnswer list(HttpServletRequest request) {
		PageRequest page = PageRequest.of(request);
		PolicySet set = this.policies.shown();
		List<ActionEntry> entries = set.actions().entries();
		ArrayNode elements = Json.mapper().createArrayNode();
		entries.stream().skip(page.offset()).limit(page.limit()).forEach((entry) -> elements.add(view(entry)));
		JsonAnswer answer = page.answer(elements, entries.size());
		ObjectNode meta = ((ObjectNode) answer.json().path("meta")).put("policyVersion", set.version());
		this.policies.problem().ifPresent((problem) -> meta.put("problem", problem));
		return answer;
	}

	@GetMapping("/{id}")
	ResponseEntity<JsonAnswer> get(@PathVariable String id) {
		PolicySet unused = this.policies.refresh();
		return answer(this.administration.get(Rule.Kind.ACTION, id));
	}

	@PostMapping
	@Allowed(Caller.ADMINISTRATOR)
	ResponseEntity<JsonAnswer> create(RequestJson body, Actor actor) {
		ObjectNode source = body.all();
		body.check();
		Rule entry = this.administration.create(Rule.Kind.ACTION, source, actor);
		return ResponseEntity.status(201).eTag(tag(entry).formattedTag()).body(JsonAnswer.success(view(entry)));
	}

	@PutMapping("/{id}")
	@Allowed(Caller.ADMINISTRATOR)
	ResponseEntity<JsonAnswer> replace(@PathVariable String id, RequestJson body, HttpServletRequest request,
			Actor actor) {
		ObjectNode source = body.all();
		body.check();
		return answer(this.administration.update(Rule.Kind.ACTION, id, (before) -> {
			requireSeen(before, request);
			return source;
		}, actor));
	}

	@PatchMapping("/{id}")
	@Allowed(Caller.ADMINISTRATOR)
	ResponseEntity<JsonAnswer> change(@PathVariable String id, RequestJson body, HttpServletRequest request,
			Actor actor) {
		ObjectNode changes = body.all();
		body.check();
		return answer(this.administration.update(Rule.Kind.ACTION, id, (before) -> {
			requireSeen(before, request);
			ObjectNode source = before.source();
			source.setAll(changes);
			return source;
		}, actor));
	}

	@DeleteMapping("/{id}")
	@Allowed(Caller.ADMINISTRATOR)
	JsonAnswer delete(@PathVariable String id, RequestJson body, HttpServletRequest request, Actor actor) {
		body.check();
		this.administration.delete(Rule.Kind.ACTION, id, (before) -> requireSeen(before, request), actor);
		return JsonAnswer
			.success(Json.object().put("deleted", true).put("policyVersion", this.policies.current().version()));
	}

	private static void requireSeen(Rule entry, HttpServletRequest request) {
		IfMatch.require(request, tag(entry),
				() -> new ConflictException("The entry has been changed in the meantime, so nothing was saved",
						Map.of("action", entry.name())));
	}

	private ResponseEntity<JsonAnswer> answer(Rule entry) {
		return ResponseEntity.ok().eTag(tag(entry).formattedTag()).body(JsonAnswer.success(view(entry)));
	}

	private static ETag tag(Rule entry) {
		return IfMatch.tag(entry.toJson());
	}

	private ObjectNode view(Rule entry) {
		ObjectNode view = entry.toJson().put("readOnly", entry.origin().isReadOnly());
		this.administration.stored(entry.id())
			.ifPresent((stored) -> view.put("createdAt", stored.createdAt().toString())
				.put("createdBy", stored.createdBy())
				.put("updatedAt", stored.updatedAt().toString())
				.put("updatedBy", stored.updatedBy()));
		return view;
	}

}
