package io.agentotp.server.api;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;

import io.agentotp.server.config.AgentOtpServerProperties.Role;
import io.agentotp.server.config.AgentOtpServerProperties.User;
import io.agentotp.server.json.Json;
import io.agentotp.server.user.Address;
import io.agentotp.server.user.UserAccount;
import io.agentotp.server.user.UserProfile;
import io.agentotp.server.user.UserSettings;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Users and their addresses as the API reads and writes them.
 */
final class UserJson {

	private UserJson() {
	}

	static ObjectNode view(UserAccount user) {
		ObjectNode view = Json.object().put("name", user.name());
		ArrayNode roles = view.putArray("roles");
		user.roles().forEach((role) -> roles.add(role.text()));
		view.setAll(user.profile().view());
		return view.put("active", user.active() && user.intact())
			.put("changedInDatabase", !user.intact())
			.put("readOnly", user.configured())
			.put("hasPassword", user.password())
			.put("passwordTemporary", user.temporary())
			.put("hasKey", user.key())
			.put("provider", user.provider())
			.put("linkExpiresAt", (user.linkUntil() != null) ? user.linkUntil().toString() : null)
			.put("createdAt", user.createdAt().toString());
	}

	// An address with secrets is one itself, such as that of a browser.
	static ObjectNode view(Address address) {
		return Json.object()
			.put("id", address.id())
			.put("channel", address.channel())
			.put("address", (address.secrets() == null) ? address.address() : null)
			.put("readOnly", address.configured())
			.put("problem", address.problem())
			.put("createdAt", address.createdAt().toString());
	}

	static Set<Role> roles(RequestJson body) {
		Set<Role> roles = EnumSet.noneOf(Role.class);
		List<JsonNode> elements = elements(body, "roles");
		for (JsonNode element : elements) {
			Role.find(element.asString("")).ifPresent(roles::add);
		}
		if (elements.isEmpty() || roles.size() < elements.size()) {
			body.problem("roles", "must be a list of at least one of approver, administrator, auditor, each once");
		}
		return roles;
	}

	/**
	 * Reads what is to change of a user. What is not sent stays.
	 * @param body the request
	 * @return makes the new settings of the present ones
	 */
	static UnaryOperator<UserSettings> change(RequestJson body) {
		UnaryOperator<UserSettings> change = (before) -> before;
		boolean any = false;
		if (body.has("roles")) {
			Set<Role> roles = roles(body);
			change = then(change, (before) -> new UserSettings(roles, before.profile()));
			any = true;
		}
		if (body.has("groups")) {
			Set<String> groups = groups(body);
			change = then(change, (before) -> new UserSettings(before.roles(), before.profile().withGroups(groups)));
			any = true;
		}
		UnaryOperator<UserProfile> profile = profile(body);
		any |= List.of("issuer", "subject", "language", "timeZone", "quietFrom", "quietUntil", "quietFirst")
			.stream()
			.filter(body::has)
			.count() > 0;
		if (!any) {
			body.problem("roles", "or another field that is to change is required");
		}
		return then(change, (before) -> new UserSettings(before.roles(), profile.apply(before.profile())));
	}

	private static UnaryOperator<UserProfile> profile(RequestJson body) {
		String issuer = body.text("issuer", 1, 500);
		String subject = body.text("subject", 1, 255);
		String language = body.text("language", 1, 16);
		String zone = body.text("timeZone", 1, 64);
		String from = body.text("quietFrom", 1, 5);
		String until = body.text("quietUntil", 1, 5);
		boolean first = body.flag("quietFirst", false);
		return (before) -> before
			.withIdentity(sent(body, "issuer", issuer, before.issuer()),
					sent(body, "subject", subject, before.subject()))
			.withPreferences(sent(body, "language", language, before.language()),
					sent(body, "timeZone", zone, before.timeZone()), sent(body, "quietFrom", from, before.quietFrom()),
					sent(body, "quietUntil", until, before.quietUntil()),
					body.has("quietFirst") ? first : before.quietFirst());
	}

	private static @Nullable String sent(RequestJson body, String field, @Nullable String value,
			@Nullable String before) {
		return body.has(field) ? value : before;
	}

	private static UnaryOperator<UserSettings> then(UnaryOperator<UserSettings> one,
			UnaryOperator<UserSettings> other) {
		return (before) -> other.apply(one.apply(before));
	}

	private static Set<String> groups(RequestJson body) {
		Set<String> groups = new TreeSet<>();
		JsonNode value = body.value("groups");
		if (value == null || !value.isArray()
				|| !value.values().stream().allMatch((each) -> User.GROUP.matcher(each.asString("")).matches())) {
			body.problem("groups", "must be a list of names of 1 to 64 letters, digits, dots, hyphens or underscores");
			return groups;
		}
		value.values().forEach((each) -> groups.add(each.stringValue()));
		return groups;
	}

	private static List<JsonNode> elements(RequestJson body, String field) {
		JsonNode value = body.value(field);
		return (value != null && value.isArray()) ? List.copyOf(value.values()) : List.of();
	}

}
