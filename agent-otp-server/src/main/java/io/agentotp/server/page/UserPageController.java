package io.agentotp.server.page;

import java.time.InstantSource;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.config.AgentOtpServerProperties.Role;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.failure.SignInAgainException;
import io.agentotp.server.json.Json;
import io.agentotp.server.notification.AddressCheck;
import io.agentotp.server.notification.Channels;
import io.agentotp.server.notification.NotificationChannel;
import io.agentotp.server.passkey.Passkeys;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.user.Address;
import io.agentotp.server.user.Addresses;
import io.agentotp.server.user.Delegations;
import io.agentotp.server.user.KeptReasons;
import io.agentotp.server.user.UserAccount;
import io.agentotp.server.user.UserChanges;
import io.agentotp.server.user.UserProfile;
import io.agentotp.server.user.Users;
import io.agentotp.server.user.UserSessions;
import io.agentotp.server.user.UserSettings;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.Parameters;
import io.agentotp.server.web.ServerPaths;
import io.agentotp.server.web.SignedIn;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/**
 * The users, for administrators, and one's own account. Links and keys are on the page
 * that answers their making and nowhere else.
 */
@Controller
@Allowed(Caller.ADMINISTRATOR)
final class UserPageController {

	private static final int LENGTH = 25;

	private final Users users;

	private final UserChanges changes;

	private final UserSessions sessions;

	private final KeptReasons reasons;

	private final Addresses addresses;

	private final Delegations delegations;

	private final DelegationReader away;

	private final Passkeys passkeys;

	private final Channels channels;

	private final AddressCheck check;

	private final InstantSource clock;

	private final ServerPaths paths;

	UserPageController(Users users, UserChanges changes, UserSessions sessions, KeptReasons reasons,
			Addresses addresses, Delegations delegations, DelegationReader away, Passkeys passkeys, Channels channels,
			AddressCheck check, InstantSource clock, ServerPaths paths) {
		this.users = users;
		this.changes = changes;
		this.sessions = sessions;
		this.reasons = reasons;
		this.addresses = addresses;
		this.delegations = delegations;
		this.away = away;
		this.passkeys = passkeys;
		this.channels = channels;
		this.check = check;
		this.clock = clock;
		this.paths = paths;
	}

	@GetMapping("/users")
	@Allowed({ Caller.ADMINISTRATOR, Caller.AUDITOR })
	String list(@RequestParam(defaultValue = "1") int page, Model model) {
		return list(page, "", Set.of(Role.APPROVER), model);
	}

	private String list(int page, String name, Set<Role> roles, Model model) {
		Paging paging = Paging.of(page, LENGTH, this.users.count(), Map.of());
		model.addAttribute("users", this.users.findAll(LENGTH, paging.offset()).stream().map(UserCard::of).toList());
		model.addAttribute("paging", paging);
		model.addAttribute("groups", GroupRow.of(this.users.groups()));
		model.addAttribute("name", name);
		model.addAttribute("roles", roles);
		model.addAttribute("all", Role.values());
		return "users";
	}

	@PostMapping("/users")
	@Parameters({ "name", "roles" })
	String create(HttpServletRequest request, HttpServletResponse response, Model model, Actor actor) {
		String name = text(request, "name").strip();
		Set<Role> roles = roles(request, "roles");
		try {
			return link(name, this.changes.create(name, roles, actor), request, model);
		}
		catch (RefusedException ex) {
			ProblemText.show(ex, response, model, "problem");
			return list(1, name, roles, model);
		}
	}

	@GetMapping("/users/{name}")
	@Allowed({ Caller.ADMINISTRATOR, Caller.AUDITOR })
	String show(@PathVariable String name, Model model) {
		UserAccount user = this.users.get(name);
		model.addAttribute("person", UserCard.of(user));
		model.addAttribute("roles", user.roles());
		model.addAttribute("changeable", !user.configured() && user.intact() && user.active());
		model.addAttribute("all", Role.values());
		model.addAttribute("sessions", this.sessions.count(name));
		model.addAttribute("profile", user.profile());
		model.addAttribute("profileMark", mark(user));
		model.addAttribute("addresses", this.addresses.of(name));
		model.addAttribute("channels",
				this.channels.all()
					.stream()
					.filter(NotificationChannel::reachesPeople)
					.map(NotificationChannel::name)
					.toList());
		model.addAttribute("away", this.away.from(name));
		model.addAttribute("passkeys", PasskeyRow.of(this.passkeys.of(name)));
		model.addAttribute("standsIn", this.away.to(name));
		return "user";
	}

	@PostMapping("/users/{name}")
	@Parameters({ "seen", "roles" })
	String update(@PathVariable String name, HttpServletRequest request, HttpServletResponse response, Model model,
			Actor actor) {
		return change(name, response, model, () -> {
			Set<Role> seen = roles(request, "seen");
			this.changes.update(name, (before) -> {
				if (!before.roles().equals(seen)) {
					throw UserChanges.changedMeanwhile(before);
				}
				return new UserSettings(roles(request, "roles"), before.profile());
			}, actor);
			return toUser(name);
		});
	}

	@PostMapping("/users/{name}/profile")
	@Parameters({ "mark", "groups", "language", "timeZone", "issuer", "subject" })
	String updateProfile(@PathVariable String name, HttpServletRequest request, HttpServletResponse response,
			Model model, Actor actor) {
		return change(name, response, model, () -> {
			this.changes.update(name, (before) -> {
				if (!mark(before).equals(text(request, "mark"))) {
					throw UserChanges.changedMeanwhile(before);
				}
				UserProfile profile = before.profile();
				return new UserSettings(before.roles(),
						profile.withGroups(groups(request))
							.withIdentity(orNull(request, "issuer"), orNull(request, "subject"))
							.withPreferences(orNull(request, "language"), orNull(request, "timeZone"),
									profile.quietFrom(), profile.quietUntil(), profile.quietFirst()));
			}, actor);
			return toUser(name);
		});
	}

	private static String mark(UserAccount user) {
		return Secrets.sha256(Json.write(user.profile().view()));
	}

	private static Set<String> groups(HttpServletRequest request) {
		return Arrays.stream(text(request, "groups").split("[\\s,]+"))
			.filter((group) -> !group.isEmpty())
			.collect(Collectors.toSet());
	}

	private static @Nullable String orNull(HttpServletRequest request, String name) {
		String text = text(request, name).strip();
		return text.isEmpty() ? null : text;
	}

	@PostMapping("/users/{name}/addresses")
	@Parameters({ "channel", "address" })
	String addAddress(@PathVariable String name, HttpServletRequest request, HttpServletResponse response, Model model,
			Actor actor) {
		return change(name, response, model, () -> {
			String channel = text(request, "channel").strip();
			String address = text(request, "address").strip();
			this.check.require(channel, address);
			Address unused = this.addresses.add(name, channel, address, null, actor);
			return toUser(name);
		});
	}

	@PostMapping("/users/{name}/addresses/{id}/remove")
	String removeAddress(@PathVariable String name, @PathVariable String id, HttpServletResponse response, Model model,
			Actor actor) {
		return change(name, response, model, () -> {
			this.addresses.remove(name, id, actor);
			return toUser(name);
		});
	}

	@PostMapping("/users/{name}/delegations/{id}/end")
	String endDelegation(@PathVariable String name, @PathVariable String id, HttpServletResponse response, Model model,
			Actor actor) {
		return change(name, response, model, () -> {
			this.delegations.end(name, id, actor);
			return toUser(name);
		});
	}

	/**
	 * Revokes a passkey of a user who has lost it.
	 * @param name the user
	 * @param id the passkey
	 * @param user who administers
	 * @param response gets the status
	 * @param model the page, if it has to be shown again
	 * @param actor who administers
	 * @return the page
	 */
	@PostMapping("/users/{name}/passkeys/revoke")
	String revokePasskey(@PathVariable String name, @RequestParam String id, Authentication user,
			HttpServletResponse response, Model model, Actor actor) {
		SignInAgainException.requireFresh(SignedIn.at(user), this.clock.instant());
		return change(name, response, model, () -> {
			this.passkeys.revoke(name, id, actor);
			return toUser(name);
		});
	}

	@PostMapping("/users/{name}/link")
	String newLink(@PathVariable String name, HttpServletRequest request, HttpServletResponse response, Model model,
			Actor actor) {
		return change(name, response, model, () -> link(name, this.changes.newLink(name, actor), request, model));
	}

	@PostMapping("/users/{name}/remove-key")
	String removeKey(@PathVariable String name, HttpServletResponse response, Model model, Actor actor) {
		return change(name, response, model, () -> {
			this.changes.removeKey(name, actor);
			return toUser(name);
		});
	}

	@PostMapping("/users/{name}/sign-out")
	String endSessions(@PathVariable String name, HttpServletResponse response, Model model, Actor actor) {
		return change(name, response, model, () -> {
			this.changes.endSessions(name, actor);
			return toUser(name);
		});
	}

	@PostMapping("/users/{name}/end")
	String end(@PathVariable String name, HttpServletResponse response, Model model, Actor actor) {
		return change(name, response, model, () -> {
			this.changes.end(name, (before) -> {
			}, actor);
			return "redirect:" + this.paths.path() + "/users";
		});
	}

	private String change(String name, HttpServletResponse response, Model model, Supplier<String> change) {
		this.users.get(name);
		try {
			return change.get();
		}
		catch (RefusedException ex) {
			ProblemText.show(ex, response, model, "problem");
			return show(name, model);
		}
	}

	private String link(String name, String code, HttpServletRequest request, Model model) {
		model.addAttribute("name", name);
		model.addAttribute("link", this.paths.passwordLink(request, name, code));
		return "user-link";
	}

	@GetMapping("/account")
	@Allowed(Caller.PERSON)
	String account(Authentication user, Model model) {
		model.addAttribute("person", UserCard.of(this.users.get(user.getName())));
		model.addAttribute("away", this.away.from(user.getName()));
		model.addAttribute("standsIn", this.away.to(user.getName()));
		if (Caller.isAny(user, Caller.APPROVER, Caller.ADMINISTRATOR)) {
			model.addAttribute("reasons", KeptReason.of(this.reasons.of(user.getName())));
			model.addAttribute("maxReason", FormText.MAX_REASON);
		}
		return "account";
	}

	/**
	 * Keeps a reason, changes one that is kept, or removes it.
	 * @param kept what names the one that is kept, if it is not another one
	 * @param change {@code remove}, or empty
	 * @param user whose
	 * @param request the form
	 * @param response gets the status
	 * @param model the page, if it has to be shown again
	 * @return the page
	 */
	@PostMapping("/account/reasons")
	@Parameters("reason")
	@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR })
	String reasons(@RequestParam(defaultValue = "") String kept, @RequestParam(defaultValue = "") String change,
			Authentication user, HttpServletRequest request, HttpServletResponse response, Model model) {
		return ofAccount(user, response, model, () -> {
			boolean remove = change.equals("remove");
			String reason = remove ? null : FormText.reason(request);
			if (reason == null && !remove) {
				throw new InvalidInputException("reason", "is required");
			}
			if (kept.isEmpty() && reason != null) {
				this.reasons.keep(user.getName(), reason);
			}
			else {
				this.reasons.replace(user.getName(), kept, reason);
			}
			return "redirect:" + this.paths.path() + "/account";
		});
	}

	@PostMapping("/account/password")
	@Parameters({ "username", "present", "password", "repeated" })
	@Allowed(Caller.PERSON)
	String changePassword(Authentication user, HttpServletRequest request, HttpServletResponse response, Model model,
			Actor actor) {
		return ofAccount(user, response, model, () -> {
			this.changes.changePassword(user.getName(), text(request, "present"), repeated(request), actor);
			return toSignIn();
		});
	}

	@PostMapping("/account/key")
	@Parameters({ "username", "present" })
	@Allowed(Caller.PERSON)
	String newKey(Authentication user, HttpServletRequest request, HttpServletResponse response, Model model,
			Actor actor) {
		return ofAccount(user, response, model, () -> {
			model.addAttribute("key", this.changes.newKey(user.getName(), text(request, "present"), actor));
			return "account-key";
		});
	}

	@PostMapping("/account/remove-key")
	@Allowed(Caller.PERSON)
	String removeKey(Authentication user, HttpServletResponse response, Model model, Actor actor) {
		return ofAccount(user, response, model, () -> {
			this.changes.removeKey(user.getName(), actor);
			return "redirect:" + this.paths.path() + "/account";
		});
	}

	private String ofAccount(Authentication user, HttpServletResponse response, Model model, Supplier<String> change) {
		try {
			return change.get();
		}
		catch (RefusedException ex) {
			ProblemText.show(ex, response, model, "problem");
			return account(user, model);
		}
	}

	@GetMapping("/set-password")
	@Allowed(Caller.ANYBODY)
	String setPassword(Model model) {
		model.addAttribute("name", "");
		model.addAttribute("code", "");
		return "set-password";
	}

	@PostMapping("/set-password")
	@Allowed(Caller.ANYBODY)
	String setPassword(HttpServletRequest request, HttpServletResponse response, Model model) {
		String name = text(request, "username").strip();
		String code = text(request, "code").strip();
		try {
			if (name.isEmpty() || code.isEmpty()) {
				throw new InvalidInputException("code", "is at the end of the link, after the user name and a colon");
			}
			this.changes.usePasswordLink(name, code, repeated(request), request.getRemoteAddr());
			return toSignIn();
		}
		catch (RefusedException ex) {
			ProblemText.show(ex, response, model, "problem");
			model.addAttribute("name", name);
			model.addAttribute("code", code);
			return "set-password";
		}
	}

	private static String repeated(HttpServletRequest request) {
		String password = text(request, "password");
		if (!password.equals(text(request, "repeated"))) {
			throw new InvalidInputException("password", "must be the same in both fields");
		}
		return password;
	}

	private static String text(HttpServletRequest request, String name) {
		@Nullable String text = request.getParameter(name);
		return (text != null) ? text : "";
	}

	private static Set<Role> roles(HttpServletRequest request, String name) {
		String[] values = request.getParameterMap().getOrDefault(name, new String[0]);
		Set<Role> roles = EnumSet.noneOf(Role.class);
		for (String value : values) {
			roles.add(Role.find(value)
				.orElseThrow(() -> new InvalidInputException(name, "must be approver, administrator or auditor")));
		}
		return roles;
	}

	private String toSignIn() {
		return "redirect:" + this.paths.path() + "/sign-in?changed";
	}

	private String toUser(String name) {
		return "redirect:" + this.paths.path() + "/users/" + name;
	}

}
