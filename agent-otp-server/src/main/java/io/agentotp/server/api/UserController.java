package io.agentotp.server.api;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.config.AgentOtpServerProperties.Role;
import io.agentotp.server.json.Json;
import io.agentotp.server.user.UserAccount;
import io.agentotp.server.user.UserChanges;
import io.agentotp.server.user.Users;
import io.agentotp.server.user.UserSessions;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.JsonAnswer;
import io.agentotp.server.web.Parameters;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;
import tools.jackson.databind.JsonNode;
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
 * The users: administrators add, change and end them, and auditors read them. A link is
 * in the answer that makes it and nowhere else; a key is shown to nobody but the user.
 */
@RestController
@RequestMapping("/api/v1")
@Allowed(Caller.ADMINISTRATOR)
final class UserController {

	private final Users users;

	private final UserChanges changes;

	private final UserSessions sessions;

	private final ServerPaths paths;

	UserController(Users users, UserChanges changes, UserSessions sessions, ServerPaths paths) {
		this.users = users;
		this.changes = changes;
		this.sessions = sessions;
		this.paths = paths;
	}

	@GetMapping("/users")
	@Allowed({ Caller.ADMINISTRATOR, Caller.AUDITOR })
	@Parameters({ "page", "limit" })
	JsonAnswer list(HttpServletRequest request) {
		PageRequest page = PageRequest.of(request);
		ArrayNode elements = Json.mapper().createArrayNode();
		this.users.findAll(page.limit(), page.offset()).forEach((user) -> elements.add(view(user)));
		return page.answer(elements, this.users.count());
	}

	@GetMapping("/users/{name}")
	@Allowed({ Caller.ADMINISTRATOR, Caller.AUDITOR })
	ResponseEntity<JsonAnswer> get(@PathVariable String name) {
		UserAccount user = this.users.get(name);
		return ResponseEntity.ok()
			.eTag(IfMatch.tag(view(user)).formattedTag())
			.body(JsonAnswer.success(view(user).put("sessions", this.sessions.count(name))));
	}

	@PostMapping("/users")
	ResponseEntity<JsonAnswer> create(RequestJson body, HttpServletRequest request, Actor actor) {
		String name = body.requiredText("name", 1, 64);
		Set<Role> roles = roles(body);
		body.check();
		return link(201, name, this.changes.create(name, roles, actor), request);
	}

	@PatchMapping("/users/{name}")
	ResponseEntity<JsonAnswer> update(@PathVariable String name, RequestJson body, HttpServletRequest request,
			Actor actor) {
		Set<Role> roles = roles(body);
		body.check();
		this.changes.setRoles(name, (before) -> {
			requireSeen(before, request);
			return roles;
		}, actor);
		return get(name);
	}

	@DeleteMapping("/users/{name}")
	JsonAnswer delete(@PathVariable String name, RequestJson body, HttpServletRequest request, Actor actor) {
		body.check();
		this.changes.end(name, (before) -> requireSeen(before, request), actor);
		return JsonAnswer.success(Json.object().put("deleted", true));
	}

	@PostMapping("/users/{name}/link")
	ResponseEntity<JsonAnswer> link(@PathVariable String name, RequestJson body, HttpServletRequest request,
			Actor actor) {
		body.check();
		return link(200, name, this.changes.newLink(name, actor), request);
	}

	@DeleteMapping("/users/{name}/key")
	ResponseEntity<JsonAnswer> removeKey(@PathVariable String name, RequestJson body, Actor actor) {
		body.check();
		this.changes.removeKey(name, actor);
		return get(name);
	}

	@DeleteMapping("/users/{name}/sessions")
	ResponseEntity<JsonAnswer> endSessions(@PathVariable String name, RequestJson body, Actor actor) {
		body.check();
		this.changes.endSessions(name, actor);
		return get(name);
	}

	@GetMapping("/account")
	@Allowed(Caller.PERSON)
	ResponseEntity<JsonAnswer> account(Authentication user) {
		return get(user.getName());
	}

	@PostMapping("/account/key")
	@Allowed(Caller.PERSON)
	ResponseEntity<JsonAnswer> newKey(RequestJson body, Authentication user, Actor actor) {
		String password = body.requiredText("password", 1, 1000);
		body.check();
		String key = this.changes.newKey(user.getName(), password, actor);
		return ResponseEntity.ok()
			.header("Cache-Control", "no-store")
			.body(JsonAnswer.success(view(this.users.get(user.getName())).put("apiKey", key)));
	}

	@DeleteMapping("/account/key")
	@Allowed(Caller.PERSON)
	ResponseEntity<JsonAnswer> removeKey(RequestJson body, Authentication user, Actor actor) {
		return removeKey(user.getName(), body, actor);
	}

	private ResponseEntity<JsonAnswer> link(int status, String name, String code, HttpServletRequest request) {
		return ResponseEntity.status(status)
			.header("Cache-Control", "no-store")
			.body(JsonAnswer
				.success(view(this.users.get(name)).put("link", this.paths.passwordLink(request, name, code))));
	}

	private static void requireSeen(UserAccount user, HttpServletRequest request) {
		ETag present = IfMatch.tag(view(user));
		IfMatch.require(request, present, () -> UserChanges.changedMeanwhile(user));
	}

	private static Set<Role> roles(RequestJson body) {
		Set<Role> roles = EnumSet.noneOf(Role.class);
		JsonNode value = body.value("roles");
		List<JsonNode> elements = (value != null && value.isArray()) ? List.copyOf(value.values()) : List.of();
		for (JsonNode element : elements) {
			Role.find(element.asString("")).ifPresent(roles::add);
		}
		if (elements.isEmpty() || roles.size() < elements.size()) {
			body.problem("roles", "must be a list of at least one of approver, administrator, auditor, each once");
		}
		return roles;
	}

	private static ObjectNode view(UserAccount user) {
		ObjectNode view = Json.object().put("name", user.name());
		ArrayNode roles = view.putArray("roles");
		user.roles().forEach((role) -> roles.add(role.text()));
		return view.put("active", user.active() && user.intact())
			.put("changedInDatabase", !user.intact())
			.put("readOnly", user.configured())
			.put("hasPassword", user.password())
			.put("passwordTemporary", user.temporary())
			.put("hasKey", user.key())
			.put("linkExpiresAt", (user.linkUntil() != null) ? user.linkUntil().toString() : null)
			.put("createdAt", user.createdAt().toString());
	}

}
