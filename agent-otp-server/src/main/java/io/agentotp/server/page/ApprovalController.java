package io.agentotp.server.page;

import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.json.Json;
import io.agentotp.server.permission.Permission;
import io.agentotp.server.permission.PermissionDecisions;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.PermissionSignals;
import io.agentotp.server.problem.Problem;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.Parking;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;
import org.springframework.web.context.request.async.DeferredResult;

/**
 * The page of one permission, where a person decides.
 */
@Controller
@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
final class ApprovalController {

	private final PermissionReader reader;

	private final PermissionDecisions decisions;

	private final PermissionSignals signals;

	private final AuditLog audit;

	private final Parking parking;

	private final ServerPaths paths;

	private final InstantSource clock;

	ApprovalController(PermissionReader reader, PermissionDecisions decisions, PermissionSignals signals,
			AuditLog audit, Parking parking, ServerPaths paths, InstantSource clock) {
		this.reader = reader;
		this.decisions = decisions;
		this.signals = signals;
		this.audit = audit;
		this.parking = parking;
		this.paths = paths;
		this.clock = clock;
	}

	@GetMapping("/approvals/{id}")
	String show(@PathVariable String id, Authentication user, Model model) {
		Permission permission = this.reader.get(id);
		model.addAttribute("detail",
				PermissionDetail.of(permission, this.audit.ofPermission(id), this.clock.instant()));
		model.addAttribute("pending", permission.isPending());
		model.addAttribute("decider", PageModel.isDecider(user));
		model.addAttribute("owner", !this.decisions.mayDecide(permission, user.getName()));
		model.addAttribute("maxReason", FormText.MAX_REASON);
		return "approval";
	}

	@GetMapping("/live/approvals/{id}")
	@ResponseBody
	DeferredResult<ObjectNode> live(@PathVariable String id) {
		Supplier<Permission> read = () -> this.reader.get(id);
		return this.parking.park(InboxController.PATIENCE,
				(listener) -> this.signals.listen(PermissionSignals.permission(id), listener),
				() -> Optional.of(read.get())
					.filter((permission) -> !permission.isPending())
					.map(ApprovalController::answer),
				() -> answer(read.get()));
	}

	private static ObjectNode answer(Permission permission) {
		return Json.object().put("status", permission.status().text());
	}

	@PostMapping("/approvals/{id}")
	@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR })
	String decide(@PathVariable String id, @RequestParam String decision, Authentication user,
			HttpServletRequest request) {
		String given = FormText.reason(request);
		Actor actor = Actor.user(user.getName(), request.getRemoteAddr());
		switch (decision) {
			case "approve" -> this.decisions.approve(id, given, Json.object(), user.getName(), actor);
			case "deny" -> this.decisions.deny(id, given, user.getName(), actor);
			default -> throw Problem.invalid("decision", "must be approve or deny");
		}
		return "redirect:" + this.paths.path() + "/approvals/" + id;
	}

}
