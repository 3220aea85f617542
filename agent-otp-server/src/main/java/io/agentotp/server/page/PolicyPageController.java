package io.agentotp.server.page;

import java.util.List;
import java.util.Map;

import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.permission.Deciders;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.permission.Viewer;
import io.agentotp.server.policy.PolicyAdministration;
import io.agentotp.server.policy.PolicyRegistry;
import io.agentotp.server.policy.PolicyRequest;
import io.agentotp.server.policy.PolicySet;
import io.agentotp.server.policy.PolicyVersions;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.Parameters;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;

/**
 * The policies in force, and a form to try them.
 */
@Controller
@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
final class PolicyPageController {

	private static final int VERSIONS = 10;

	private final PolicyRegistry policies;

	private final PolicyVersions versions;

	private final PermissionReader permissions;

	private final PolicyAdministration administration;

	private final Deciders deciders;

	PolicyPageController(PolicyRegistry policies, PolicyVersions versions, PermissionReader permissions,
			PolicyAdministration administration, Deciders deciders) {
		this.administration = administration;
		this.deciders = deciders;
		this.policies = policies;
		this.versions = versions;
		this.permissions = permissions;
	}

	@GetMapping("/policies")
	String policies(Model model) {
		return page(this.policies.shown(), SimulationForm.EMPTY, model);
	}

	/**
	 * Asks the policies, and changes nothing. What was typed stays in the form.
	 * @param request the form
	 * @param response gets the status
	 * @param model the page
	 * @return the page with the answer
	 */
	@PostMapping("/policies/simulate")
	@Parameters({ "permissionId", "agentId", "action", "resource", "scope", "context", "call" })
	String simulate(HttpServletRequest request, HttpServletResponse response, Model model, Viewer viewer) {
		SimulationForm form = SimulationForm.of(request);
		PolicySet set = this.policies.refresh();
		try {
			String id = form.pastId();
			StoredPermission past = (id != null) ? this.permissions.get(id, viewer) : null;
			PolicyRequest question = (past != null) ? past.pastPolicyRequest() : form.request();
			model.addAttribute("simulation", Simulation.of(set, question, past,
					this.deciders.of(question, set.decide(question).routing().steps().get(0).approvers(), set)));
		}
		catch (RefusedException ex) {
			ProblemText.show(ex, response, model, "simulationProblem");
		}
		return page(set, form, model);
	}

	private String page(PolicySet set, SimulationForm form, Model model) {
		model.addAttribute("version", set.version());
		model.addAttribute("problem", VisibleText.of(this.policies.problem().orElse(null)));
		Map<String, List<String>> warnings = this.administration.routingWarnings(set.policies());
		model.addAttribute("policies",
				set.policies()
					.stream()
					.map((policy) -> PolicyCard.of(policy, warnings.getOrDefault(policy.name(), List.of())))
					.toList());
		model.addAttribute("actions", set.actions().entries().stream().map(ActionCard::of).toList());
		model.addAttribute("versions", this.versions.list(VERSIONS, 0).stream().map(PolicyVersionRow::of).toList());
		model.addAttribute("form", form);
		return "policies";
	}

}
