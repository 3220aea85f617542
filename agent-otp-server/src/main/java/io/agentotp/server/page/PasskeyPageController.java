package io.agentotp.server.page;

import java.time.InstantSource;
import java.util.function.Supplier;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.failure.SignInAgainException;
import io.agentotp.server.json.Json;
import io.agentotp.server.passkey.PasskeyRegistrations;
import io.agentotp.server.passkey.Passkeys;
import io.agentotp.server.passkey.RelyingParty;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.ServerPaths;
import io.agentotp.server.web.SignedIn;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.http.HttpHeaders;
import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/**
 * The passkeys of a person. Everything here is the own, so nothing names a user. A
 * session that somebody left open is not enough to change them.
 */
@Controller
@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
final class PasskeyPageController {

	private static final String PATH = "/account/passkeys";

	private final Passkeys passkeys;

	private final PasskeyRegistrations registrations;

	private final RelyingParty relyingParty;

	private final InstantSource clock;

	private final ServerPaths paths;

	PasskeyPageController(Passkeys passkeys, PasskeyRegistrations registrations, RelyingParty relyingParty,
			InstantSource clock, ServerPaths paths) {
		this.passkeys = passkeys;
		this.registrations = registrations;
		this.relyingParty = relyingParty;
		this.clock = clock;
		this.paths = paths;
	}

	@GetMapping(PATH)
	String show(Authentication user, HttpServletRequest request, Model model) {
		return page(DeviceName.of(request.getHeader(HttpHeaders.USER_AGENT)), user, model);
	}

	private String page(String name, Authentication user, Model model) {
		model.addAttribute("passkeys", PasskeyRow.of(this.passkeys.of(user.getName())));
		model.addAttribute("usable", this.relyingParty.isUsable());
		model.addAttribute("name", name);
		if (SignInAgainException.isFresh(SignedIn.at(user), this.clock.instant())) {
			model.addAttribute("options", Json.write(this.registrations.options(user.getName())));
		}
		return "passkeys";
	}

	/**
	 * Asks who has not signed in lately to do so, before a device makes a passkey.
	 * @param user the person
	 * @return the page
	 */
	@PostMapping(PATH + "/begin")
	String begin(Authentication user) {
		requireFresh(user);
		return toPage();
	}

	@PostMapping(PATH)
	String add(@RequestParam String name, @RequestParam String attestation, Authentication user,
			HttpServletResponse response, Model model, Actor actor) {
		requireFresh(user);
		return answer(name, user, response, model,
				() -> this.registrations.register(user.getName(), name, attestation, actor));
	}

	@PostMapping(PATH + "/revoke")
	String revoke(@RequestParam String id, Authentication user, HttpServletRequest request,
			HttpServletResponse response, Model model, Actor actor) {
		requireFresh(user);
		return answer(DeviceName.of(request.getHeader(HttpHeaders.USER_AGENT)), user, response, model, () -> {
			this.passkeys.revoke(user.getName(), id, actor);
			return "";
		});
	}

	private void requireFresh(Authentication user) {
		SignInAgainException.requireFresh(SignedIn.at(user), this.clock.instant());
	}

	private String answer(String name, Authentication user, HttpServletResponse response, Model model,
			Supplier<?> change) {
		try {
			Object unused = change.get();
			return toPage();
		}
		catch (RefusedException ex) {
			ProblemText.show(ex, response, model, "problem");
			return page(name, user, model);
		}
	}

	private String toPage() {
		return "redirect:" + this.paths.path() + PATH;
	}

}
