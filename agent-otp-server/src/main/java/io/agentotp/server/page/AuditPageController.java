package io.agentotp.server.page;

import io.agentotp.server.page.text.VisibleText;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import io.agentotp.server.audit.AuditCheck;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.audit.AuditQuery;
import io.agentotp.server.audit.AuditReport;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.permission.Viewer;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.Parameters;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/**
 * The audit log: searched, exported and verified.
 */
@Controller
@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
final class AuditPageController {

	private static final int LENGTH = 50;

	private static final List<String> FILTERS = List.of("permissionId", "agentId", "event", "actor", "from", "to");

	private static final List<String> EVENTS = Arrays.stream(AuditEvent.values()).map(AuditEvent::text).toList();

	private final AuditLog audit;

	private final AuditCheck check;

	AuditPageController(AuditLog audit, AuditCheck check) {
		this.audit = audit;
		this.check = check;
	}

	@GetMapping("/audit")
	@Parameters({ "permissionId", "agentId", "event", "actor", "from", "to" })
	String audit(@RequestParam(defaultValue = "1") int page, HttpServletRequest request, Authentication user,
			Viewer viewer, Model model) {
		Map<String, String> filters = new LinkedHashMap<>();
		FILTERS.forEach((name) -> filters.put(name, FormText.filter(request, name)));
		return page(page, filters, user, viewer, model);
	}

	/**
	 * Verifies the audit log, which reads all of it and changes nothing.
	 * @param response gets the status
	 * @param user who asks
	 * @param model the page
	 * @return the page with the finding
	 */
	@PostMapping("/audit/verify")
	@Allowed({ Caller.ADMINISTRATOR, Caller.AUDITOR })
	String verify(HttpServletResponse response, Authentication user, Viewer viewer, Model model) {
		try {
			AuditReport report = this.check.verify();
			model.addAttribute("report", report);
			model.addAttribute("findings",
					report.problems()
						.stream()
						.map((problem) -> new Row(
								VisibleText.of(problem.kind().text().replace('_', ' ')
										+ ((problem.seq() > 0) ? " at place " + problem.seq() : "")),
								VisibleText.of(problem.text())))
						.toList());
		}
		catch (RefusedException ex) {
			ProblemText.show(ex, response, model, "verifyProblem");
		}
		Map<String, String> none = FILTERS.stream().collect(Collectors.toMap((name) -> name, (name) -> ""));
		return page(1, none, user, viewer, model);
	}

	private String page(int page, Map<String, String> filters, Authentication user, Viewer viewer, Model model) {
		AuditQuery query = AuditQuery.read(filters::get).seenBy(viewer);
		Paging paging = Paging.of(page, LENGTH, this.audit.count(query), filters);
		model.addAttribute("rows", AuditRow.of(this.audit.find(query, LENGTH, paging.offset())));
		model.addAttribute("paging", paging);
		model.addAttribute("filters", filters);
		model.addAttribute("events", EVENTS);
		model.addAttribute("verifier", Caller.isAny(user, Caller.ADMINISTRATOR, Caller.AUDITOR));
		return "audit";
	}

}
