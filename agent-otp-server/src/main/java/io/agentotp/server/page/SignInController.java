package io.agentotp.server.page;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.passkey.PasskeySignIns;
import io.agentotp.server.passkey.RelyingParty;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import jakarta.servlet.http.HttpServletRequest;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ResponseBody;

/**
 * The sign-in page.
 */
@Controller
@Allowed(Caller.ANYBODY)
final class SignInController {

	private final RelyingParty relyingParty;

	private final PasskeySignIns passkeys;

	private final Map<String, String> providers;

	private final boolean local;

	SignInController(RelyingParty relyingParty, PasskeySignIns passkeys, AgentOtpServerProperties properties) {
		this.relyingParty = relyingParty;
		this.passkeys = passkeys;
		this.providers = new TreeMap<>();
		properties.oidc()
			.forEach((name, provider) -> this.providers.put(name, Objects.requireNonNullElse(provider.title(), name)));
		this.local = properties.localSignIn();
	}

	@GetMapping("/sign-in")
	String signIn(HttpServletRequest request, Model model) {
		model.addAttribute("providers", this.providers);
		model.addAttribute("local", this.local);
		model.addAttribute("passkeys", this.local && this.relyingParty.isUsable());
		model.addAttribute("refused", request.getParameter("passkey") != null);
		model.addAttribute("failed", request.getParameter("error") != null);
		model.addAttribute("out", request.getParameter("out") != null);
		model.addAttribute("changed", request.getParameter("changed") != null);
		model.addAttribute("over", request.getParameter("over") != null);
		return "sign-in";
	}

	/**
	 * What a browser is told, to sign in with a passkey: the page asks once it is used,
	 * as it may be open for long.
	 * @return the options: of who is signed in, only the own passkeys
	 */
	@GetMapping("/sign-in/passkey")
	@ResponseBody
	ObjectNode passkey() {
		Authentication user = PageFrame.user();
		return this.passkeys.options((user != null) ? user.getName() : null);
	}

}
