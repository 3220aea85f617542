package io.agentotp.server.page;

import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import jakarta.servlet.http.HttpServletRequest;

import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;

/**
 * The sign-in page.
 */
@Controller
@Allowed(Caller.ANYBODY)
final class SignInController {

	@GetMapping("/sign-in")
	String signIn(HttpServletRequest request, Model model) {
		model.addAttribute("failed", request.getParameter("error") != null);
		model.addAttribute("out", request.getParameter("out") != null);
		model.addAttribute("changed", request.getParameter("changed") != null);
		model.addAttribute("over", request.getParameter("over") != null);
		return "sign-in";
	}

}
