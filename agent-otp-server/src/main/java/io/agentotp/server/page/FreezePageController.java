package io.agentotp.server.page;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.permission.AgentFreezer;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.Parameters;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;

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
	String freeze(HttpServletRequest request, Actor actor) {
		this.freezer.freezeAll(FormText.reason(request), actor);
		return "redirect:" + this.paths.path() + "/agents";
	}

	@PostMapping("/unfreeze")
	String unfreeze(Actor actor) {
		this.freezer.unfreezeAll(actor);
		return "redirect:" + this.paths.path() + "/agents";
	}

}
