package io.agentotp.server.page;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.NotFoundException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.notification.AddressCheck;
import io.agentotp.server.notification.Channels;
import io.agentotp.server.notification.DirectMessages;
import io.agentotp.server.notification.NotificationChannel;
import io.agentotp.server.notification.push.PushChannel;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.user.Address;
import io.agentotp.server.user.Addresses;
import io.agentotp.server.user.Pairings;
import io.agentotp.server.user.UserChanges;
import io.agentotp.server.user.UserProfile;
import io.agentotp.server.user.Users;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.Parameters;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/**
 * How a person is told: where, in which language, and when not. Everything here is the
 * own, so nothing names a user.
 */
@Controller
@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
final class OwnNotificationsController {

	private static final String PATH = "/account/notifications";

	private static final Set<String> DONE = Set.of("saved", "sent", "tested", "confirmed", "removed");

	private final Users users;

	private final UserChanges changes;

	private final Addresses addresses;

	private final Pairings pairings;

	private final Channels channels;

	private final AddressCheck check;

	private final DirectMessages messages;

	private final PolicyRegistry policies;

	private final ServerPaths paths;

	OwnNotificationsController(Users users, UserChanges changes, Addresses addresses, Pairings pairings,
			Channels channels, AddressCheck check, DirectMessages messages, PolicyRegistry policies,
			ServerPaths paths) {
		this.users = users;
		this.changes = changes;
		this.addresses = addresses;
		this.pairings = pairings;
		this.channels = channels;
		this.check = check;
		this.messages = messages;
		this.policies = policies;
		this.paths = paths;
	}

	@GetMapping(PATH)
	String show(@RequestParam(defaultValue = "") String done, Authentication user, Model model) {
		model.addAttribute("done", DONE.contains(done) ? done : "");
		return page(user, model);
	}

	private String page(Authentication user, Model model) {
		UserProfile profile = this.users.get(user.getName()).profile();
		model.addAttribute("channels", channels(user.getName()));
		model.addAttribute("profile", profile);
		model.addAttribute("languages", languages(profile.language()));
		model.addAttribute("zones", new TreeSet<>(ZoneId.getAvailableZoneIds()));
		boolean approver = Caller.isAny(user, Caller.APPROVER);
		model.addAttribute("approver", approver);
		model.addAttribute("asked",
				approver ? AskedBy.of(this.policies.shown().policies(), user.getName(), profile.groups()) : List.of());
		return "own-notifications";
	}

	private List<ChannelCard> channels(String user) {
		Map<String, List<Address>> own = this.addresses.of(user)
			.stream()
			.collect(Collectors.groupingBy(Address::channel, LinkedHashMap::new, Collectors.toList()));
		List<ChannelCard> cards = new ArrayList<>();
		this.channels.all().stream().filter(NotificationChannel::reachesPeople).forEach((channel) -> {
			List<Address> known = own.remove(channel.name());
			cards.add(ChannelCard.of(channel, (known != null) ? known : List.of()));
		});
		own.forEach((name, known) -> cards.add(ChannelCard.off(name, known)));
		return cards;
	}

	private static Set<String> languages(@Nullable String own) {
		Set<String> languages = new TreeSet<>(Set.of("en", "de"));
		if (own != null) {
			languages.add(own);
		}
		return languages;
	}

	@PostMapping(PATH)
	@Parameters({ "language", "zone", "quietFrom", "quietUntil", "quietFirst" })
	String save(Authentication user, HttpServletRequest request, HttpServletResponse response, Model model,
			Actor actor) {
		try {
			String language = orNull(FormText.filter(request, "language"));
			String zone = orNull(FormText.filter(request, "zone"));
			String from = orNull(FormText.filter(request, "quietFrom"));
			String until = orNull(FormText.filter(request, "quietUntil"));
			boolean first = request.getParameter("quietFirst") != null;
			this.changes.setPreferences(user.getName(),
					(before) -> before.withPreferences(language, zone, from, until, first), actor);
			return done("saved");
		}
		catch (RefusedException ex) {
			ProblemText.show(ex, response, model, "preferencesProblem");
			String page = page(user, model);
			// What was typed.
			model.addAttribute("profile",
					this.users.get(user.getName())
						.profile()
						.withPreferences(FormText.filter(request, "language"), FormText.filter(request, "zone"),
								FormText.filter(request, "quietFrom"), FormText.filter(request, "quietUntil"),
								request.getParameter("quietFirst") != null));
			return page;
		}
	}

	private static @Nullable String orNull(@Nullable String text) {
		return (text != null && !text.isBlank()) ? text.strip() : null;
	}

	@PostMapping(PATH + "/add")
	@Parameters({ "channel", "address" })
	String add(Authentication user, HttpServletRequest request, HttpServletResponse response, Model model,
			Actor actor) {
		return answer(user, response, model, () -> {
			String channel = text(request, "channel");
			String address = text(request, "address");
			this.messages.confirming(channel);
			this.check.require(channel, address);
			String code = this.pairings.codeFor(user.getName(), channel, address, actor);
			// Browsers do not send what is behind the hash, so the code is in no log.
			this.messages.confirm(channel, user.getName(), address,
					URI.create(url(request) + "#" + encode(channel) + ":" + encode(address) + ":" + code));
			return done("sent");
		});
	}

	private static String encode(String text) {
		return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
	}

	@PostMapping(PATH + "/confirm")
	@Parameters({ "channel", "address", "code" })
	String confirm(Authentication user, HttpServletRequest request, HttpServletResponse response, Model model,
			Actor actor) {
		return answer(user, response, model, () -> {
			this.pairings.confirm(user.getName(), text(request, "channel"), text(request, "address"),
					text(request, "code"), actor);
			return done("confirmed");
		});
	}

	/**
	 * Shows where a person connects an account in a chat. A link, since pages may not
	 * lead a form elsewhere.
	 * @param user the person
	 * @param request the form
	 * @param response gets the status
	 * @param model the page
	 * @param actor the person
	 * @return the page
	 */
	@PostMapping(PATH + "/connect")
	@Parameters("channel")
	String connect(Authentication user, HttpServletRequest request, HttpServletResponse response, Model model,
			Actor actor) {
		return answer(user, response, model, () -> {
			String name = text(request, "channel");
			NotificationChannel channel = this.channels.find(name)
				.orElseThrow(() -> new NotFoundException("There is no such channel to connect to"));
			URI link = channel.connectLink(this.pairings.code(user.getName(), name, actor))
				.orElseThrow(() -> new ConflictException("Nobody can connect to this channel at present", Map.of()));
			model.addAttribute("connect", link.toString());
			model.addAttribute("connecting", name);
			return page(user, model);
		});
	}

	@PostMapping(PATH + "/remove")
	@Parameters("id")
	String remove(Authentication user, HttpServletRequest request, HttpServletResponse response, Model model,
			Actor actor) {
		return answer(user, response, model, () -> {
			this.addresses.remove(user.getName(), text(request, "id"), actor);
			return done("removed");
		});
	}

	@PostMapping(PATH + "/test")
	@Parameters("id")
	String test(Authentication user, HttpServletRequest request, HttpServletResponse response, Model model) {
		return answer(user, response, model, () -> {
			Address address = this.addresses.find(text(request, "id"))
				.filter((own) -> own.user().equals(user.getName()))
				.orElseThrow(() -> new NotFoundException("There is no such address"));
			this.messages.test(address, URI.create(url(request)));
			return done("tested");
		});
	}

	/**
	 * Adds the browser at hand, or what it is now in place of what it was.
	 * @param user the person
	 * @param request what the browser says
	 * @param response gets the status
	 * @param model the page, if it has to be shown again
	 * @param actor the person
	 * @return the page
	 */
	@PostMapping(PATH + "/push")
	@Parameters({ "endpoint", "p256dh", "auth", "key", "before" })
	String push(Authentication user, HttpServletRequest request, HttpServletResponse response, Model model,
			Actor actor) {
		return answer(user, response, model, () -> {
			String endpoint = text(request, "endpoint");
			String secrets = push().secrets(endpoint, text(request, "p256dh"), text(request, "auth"),
					text(request, "key"), DeviceName.of(request.getHeader(HttpHeaders.USER_AGENT)));
			this.addresses.add(user.getName(), PushChannel.NAME, endpoint, secrets, actor);
			String before = text(request, "before");
			if (!before.equals(endpoint)) {
				removeBrowser(user.getName(), before, actor);
			}
			return done("saved");
		});
	}

	@PostMapping(PATH + "/push/end")
	@Parameters("endpoint")
	String endPush(Authentication user, HttpServletRequest request, Actor actor) {
		removeBrowser(user.getName(), text(request, "endpoint"), actor);
		return done("removed");
	}

	private void removeBrowser(String user, String endpoint, Actor actor) {
		this.addresses.find(PushChannel.NAME, endpoint)
			.filter((own) -> own.user().equals(user))
			.ifPresent((own) -> this.addresses.remove(user, own.id(), actor));
	}

	private PushChannel push() {
		Optional<PushChannel> push = this.channels.find(PushChannel.NAME)
			.filter(PushChannel.class::isInstance)
			.map(PushChannel.class::cast);
		return push.orElseThrow(() -> new NotFoundException("This service tells no browsers"));
	}

	private String answer(Authentication user, HttpServletResponse response, Model model, Supplier<String> change) {
		try {
			return change.get();
		}
		catch (RefusedException ex) {
			ProblemText.show(ex, response, model, "problem");
			return page(user, model);
		}
	}

	private static String text(HttpServletRequest request, String name) {
		@Nullable String text = request.getParameter(name);
		if (text == null) {
			throw new InvalidInputException(name, "is required");
		}
		return text.strip();
	}

	private String url(HttpServletRequest request) {
		return this.paths.url(request) + PATH;
	}

	private String done(String what) {
		return "redirect:" + this.paths.path() + PATH + "?done=" + what;
	}

}
