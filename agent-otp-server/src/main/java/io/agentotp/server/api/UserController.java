package io.agentotp.server.api;

import java.util.Set;
import java.util.function.UnaryOperator;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.AgentOtpServerProperties.Role;
import io.agentotp.server.json.Json;
import io.agentotp.server.notification.AddressCheck;
import io.agentotp.server.user.Address;
import io.agentotp.server.user.Addresses;
import io.agentotp.server.user.UserAccount;
import io.agentotp.server.user.UserChanges;
import io.agentotp.server.user.Users;
import io.agentotp.server.user.UserSessions;
import io.agentotp.server.user.UserSettings;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.JsonAnswer;
import io.agentotp.server.web.Parameters;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;
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

	private final Addresses addresses;

	private final AddressCheck channels;

	private final ServerPaths paths;

	UserController(Users users, UserChanges changes, UserSessions sessions, Addresses addresses, AddressCheck channels,
			ServerPaths paths) {
		this.users = users;
		this.changes = changes;
		this.sessions = sessions;
		this.addresses = addresses;
		this.channels = channels;
		this.paths = paths;
	}

	@GetMapping("/users")
	@Allowed({ Caller.ADMINISTRATOR, Caller.AUDITOR })
	@Parameters({ "page", "limit" })
	JsonAnswer list(HttpServletRequest request) {
		PageRequest page = PageRequest.of(request);
		ArrayNode elements = Json.mapper().createArrayNode();
		this.users.findAll(page.limit(), page.offset()).forEach((user) -> elements.add(UserJson.view(user)));
		return page.answer(elements, this.users.count());
	}

	@GetMapping("/users/{name}")
	@Allowed({ Caller.ADMINISTRATOR, Caller.AUDITOR })
	ResponseEntity<JsonAnswer> get(@PathVariable String name) {
		UserAccount user = this.users.get(name);
		return ResponseEntity.ok()
			.eTag(IfMatch.tag(UserJson.view(user)).formattedTag())
			.body(JsonAnswer.success(detailed(user)));
	}

	private ObjectNode detailed(UserAccount user) {
		ObjectNode view = UserJson.view(user).put("sessions", this.sessions.count(user.name()));
		this.addresses.of(user.name()).stream().map(UserJson::view).forEach(view.putArray("addresses")::add);
		return view;
	}

	@PostMapping("/users")
	ResponseEntity<JsonAnswer> create(RequestJson body, HttpServletRequest request, Actor actor) {
		String name = body.requiredText("name", 1, 64);
		Set<Role> roles = UserJson.roles(body);
		body.check();
		return link(201, name, this.changes.create(name, roles, actor), request);
	}

	@PatchMapping("/users/{name}")
	ResponseEntity<JsonAnswer> update(@PathVariable String name, RequestJson body, HttpServletRequest request,
			Actor actor) {
		UnaryOperator<UserSettings> change = UserJson.change(body);
		body.check();
		this.changes.update(name, (before) -> {
			requireSeen(before, request);
			return change.apply(new UserSettings(before.roles(), before.profile()));
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

	@PostMapping("/users/{name}/addresses")
	ResponseEntity<JsonAnswer> addAddress(@PathVariable String name, RequestJson body, Actor actor) {
		String channel = body.requiredText("channel", 1, 32);
		String address = body.requiredText("address", 1, AgentOtpServerProperties.User.MAX_ADDRESS);
		body.check();
		this.channels.require(channel, address);
		Address added = this.addresses.add(name, channel, address, null, actor);
		return ResponseEntity.status(201).body(JsonAnswer.success(UserJson.view(added)));
	}

	@DeleteMapping("/users/{name}/addresses/{id}")
	JsonAnswer removeAddress(@PathVariable String name, @PathVariable String id, RequestJson body, Actor actor) {
		body.check();
		this.addresses.remove(name, id, actor);
		return JsonAnswer.success(Json.object().put("deleted", true));
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
			.body(JsonAnswer.success(UserJson.view(this.users.get(user.getName())).put("apiKey", key)));
	}

	@DeleteMapping("/account/key")
	@Allowed(Caller.PERSON)
	ResponseEntity<JsonAnswer> removeKey(RequestJson body, Authentication user, Actor actor) {
		return removeKey(user.getName(), body, actor);
	}

	private ResponseEntity<JsonAnswer> link(int status, String name, String code, HttpServletRequest request) {
		return ResponseEntity.status(status)
			.header("Cache-Control", "no-store")
			.body(JsonAnswer.success(
					UserJson.view(this.users.get(name)).put("link", this.paths.passwordLink(request, name, code))));
	}

	private static void requireSeen(UserAccount user, HttpServletRequest request) {
		ETag present = IfMatch.tag(UserJson.view(user));
		IfMatch.require(request, present, () -> UserChanges.changedMeanwhile(user));
	}

}
