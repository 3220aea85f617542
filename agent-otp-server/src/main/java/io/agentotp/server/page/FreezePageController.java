package io.agentotp.server.page;

import io.agentotp.server.permission.AgentFreezer;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.Parameters;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;

import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;

/**
 * Stops everything, or lets it go on, after a page that says what that does.
 */
@Controller
@Allowed(Caller.ADMINISTRATOR)
final class FreezePageController {

	private final AgentFreezer freezer;

	private final ServerPaths paths;

	FreezePageController(AgentFreezer freezer, ServerPaths paths) {
		this.freezer = freezer;
		this.paths = paths;
	}

	@GetMapping("/freeze")
	String confirm(Model model) {
		model.addAttribute("maxReason", FormText.MAX_REASON);
		return "freeze";
	}

	@PostMapping("/freeze")
	@Parameters("reason")
	String freeze(Authentication user, HttpServletRequest request) {
		this.freezer.freezeAll(FormText.reason(request), AgentPageController.actor(user, request));
		return "redirect:" + this.paths.path() + "/agents";
	}

	@PostMapping("/unfreeze")
	String unfreeze(Authentication user, HttpServletRequest request) {
		this.freezer.unfreezeAll(AgentPageController.actor(user, request));
		return "redirect:" + this.paths.path() + "/agents";
	}

}
