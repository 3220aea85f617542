package io.agentotp.server.api;

import java.time.Instant;
import java.util.List;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.database.Times;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.json.Json;
import io.agentotp.server.user.Delegation;
import io.agentotp.server.user.Delegations;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.JsonAnswer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.http.ResponseEntity;
import org.springframework.security.core.Authentication;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Who decides for whom: approvers say it of themselves, and administrators of others.
 */
@RestController
@RequestMapping("/api/v1")
@Allowed(Caller.ADMINISTRATOR)
final class DelegationController {

	private final Delegations delegations;

	DelegationController(Delegations delegations) {
		this.delegations = delegations;
	}

	@GetMapping("/account/delegations")
	@Allowed(Caller.PERSON)
	JsonAnswer own(Authentication user) {
		return of(user.getName());
	}

	@PostMapping("/account/delegations")
	@Allowed(Caller.APPROVER)
	ResponseEntity<JsonAnswer> createOwn(RequestJson body, Authentication user, Actor actor) {
		return create(user.getName(), body, actor);
	}

	@DeleteMapping("/account/delegations/{id}")
	@Allowed(Caller.PERSON)
	JsonAnswer endOwn(@PathVariable String id, RequestJson body, Authentication user, Actor actor) {
		return end(user.getName(), id, body, actor);
	}

	@GetMapping("/users/{name}/delegations")
	@Allowed({ Caller.ADMINISTRATOR, Caller.AUDITOR })
	JsonAnswer list(@PathVariable String name) {
		return of(name);
	}

	@PostMapping("/users/{name}/delegations")
	ResponseEntity<JsonAnswer> create(@PathVariable String name, RequestJson body, Actor actor) {
		String to = body.requiredText("to", 1, 64);
		String start = body.text("startsAt", 1, 40);
		String end = body.requiredText("endsAt", 1, 40);
		Instant startsAt = moment(body, "startsAt", start);
		Instant endsAt = moment(body, "endsAt", end);
		body.check();
		Delegation created = this.delegations.create(name, to, startsAt, (endsAt != null) ? endsAt : Instant.EPOCH,
				actor);
		return ResponseEntity.status(201).body(JsonAnswer.success(view(created)));
	}

	@DeleteMapping("/users/{name}/delegations/{id}")
	JsonAnswer end(@PathVariable String name, @PathVariable String id, RequestJson body, Actor actor) {
		body.check();
		this.delegations.end(name, id, actor);
		return JsonAnswer.success(Json.object().put("deleted", true));
	}

	private JsonAnswer of(String name) {
		ObjectNode view = Json.object();
		add(view.putArray("from"), this.delegations.from(name));
		add(view.putArray("to"), this.delegations.to(name));
		return JsonAnswer.success(view);
	}

	private static void add(ArrayNode array, List<Delegation> delegations) {
		delegations.stream().map(DelegationController::view).forEach(array::add);
	}

	private static ObjectNode view(Delegation delegation) {
		return Json.object()
			.put("id", delegation.id())
			.put("from", delegation.from())
			.put("to", delegation.to())
			.put("startsAt", delegation.startsAt().toString())
			.put("endsAt", delegation.endsAt().toString())
			.put("createdBy", delegation.createdBy());
	}

	private static @Nullable Instant moment(RequestJson body, String field, @Nullable String text) {
		if (text == null || text.isEmpty()) {
			return null;
		}
		try {
			return Times.parse(field, text);
		}
		catch (InvalidInputException ex) {
			body.problem(field, "must be a moment such as 2026-01-31T12:00:00Z");
			return null;
		}
	}

}
