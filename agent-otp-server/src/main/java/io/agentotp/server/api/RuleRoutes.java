package io.agentotp.server.api;

import java.util.List;
import java.util.Map;
import java.util.function.Function;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.json.Json;
import io.agentotp.server.policy.PolicyAdministration;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.policy.PolicySet;
import io.agentotp.server.policy.Rule;
import io.agentotp.server.web.JsonAnswer;
import jakarta.servlet.http.HttpServletRequest;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.http.ETag;
import org.springframework.http.ResponseEntity;

/**
 * What policies and entries of the action catalogue have in common: they are read,
 * changed and shown in the same way.
 *
 * @param <T> the kind of rule
 */
final class RuleRoutes<T extends Rule> {

	private final Rule.Kind kind;

	private final PolicyRegistry policies;

	private final PolicyAdministration administration;

	private final Function<T, ObjectNode> view;

	/**
	 * Makes the routes.
	 * @param kind the kind of rule
	 * @param policies the rules in force
	 * @param administration changes them
	 * @param view shows what only this kind has
	 */
	RuleRoutes(Rule.Kind kind, PolicyRegistry policies, PolicyAdministration administration,
			Function<T, ObjectNode> view) {
		this.kind = kind;
		this.policies = policies;
		this.administration = administration;
		this.view = view;
	}

	JsonAnswer list(HttpServletRequest request, Function<PolicySet, List<T>> rules) {
		PageRequest page = PageRequest.of(request);
		PolicySet set = this.policies.shown();
		List<T> all = rules.apply(set);
		ArrayNode elements = Json.mapper().createArrayNode();
		all.stream().skip(page.offset()).limit(page.limit()).forEach((rule) -> elements.add(view(rule)));
		JsonAnswer answer = page.answer(elements, all.size());
		ObjectNode meta = ((ObjectNode) answer.json().path("meta")).put("policyVersion", set.version());
		this.policies.problem().ifPresent((problem) -> meta.put("problem", problem));
		return answer;
	}

	ResponseEntity<JsonAnswer> get(String id) {
		PolicySet unused = this.policies.refresh();
		return answer(200, this.administration.get(this.kind, id));
	}

	ResponseEntity<JsonAnswer> create(ObjectNode source, Actor actor) {
		return answer(201, this.administration.create(this.kind, source, actor));
	}

	ResponseEntity<JsonAnswer> update(String id, Function<T, ObjectNode> change, HttpServletRequest request,
			Actor actor) {
		return answer(200, this.administration.update(this.kind, id, (before) -> {
			requireSeen(before, request);
			return change.apply(own(before));
		}, actor));
	}

	JsonAnswer delete(String id, HttpServletRequest request, Actor actor) {
		this.administration.delete(this.kind, id, (before) -> requireSeen(before, request), actor);
		return JsonAnswer
			.success(Json.object().put("deleted", true).put("policyVersion", this.policies.current().version()));
	}

	private void requireSeen(Rule rule, HttpServletRequest request) {
		IfMatch.require(request, tag(rule),
				() -> new ConflictException(
						"The " + this.kind.text() + " has been changed in the meantime, so nothing was saved",
						Map.of("name", rule.name())));
	}

	private ResponseEntity<JsonAnswer> answer(int status, Rule rule) {
		return ResponseEntity.status(status).eTag(tag(rule).formattedTag()).body(JsonAnswer.success(view(own(rule))));
	}

	// Only of what a change gives: all else that is shown may be read a little later.
	private static ETag tag(Rule rule) {
		return IfMatch.tag(rule.toJson());
	}

	private ObjectNode view(T rule) {
		ObjectNode view = this.view.apply(rule).put("readOnly", rule.origin().isReadOnly());
		this.administration.stored(rule.id())
			.ifPresent((stored) -> view.put("createdAt", stored.createdAt().toString())
				.put("createdBy", stored.createdBy())
				.put("updatedAt", stored.updatedAt().toString())
				.put("updatedBy", stored.updatedBy()));
		return view;
	}

	// The administration gives rules of the kind that it is asked for.
	@SuppressWarnings("unchecked")
	private T own(Rule rule) {
		return (T) rule;
	}

}
