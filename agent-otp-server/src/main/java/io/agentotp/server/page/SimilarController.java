package io.agentotp.server.page;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.NotAllowedException;
import io.agentotp.server.json.Json;
import io.agentotp.server.language.Messages;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.passkey.Passkeys;
import io.agentotp.server.permission.BatchDecisions;
import io.agentotp.server.permission.DecidedBy;
import io.agentotp.server.permission.PermissionDecisions;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.StepUpRequiredException;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.permission.Viewer;
import io.agentotp.server.user.KeptReasons;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.Parameters;
import io.agentotp.server.web.Problems;
import io.agentotp.server.web.ServerPaths;
import io.agentotp.server.web.SessionNotes;
import io.agentotp.server.web.SignedIn;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;

/**
 * The requests of an agent for an action: one chooses some, sees them again, and decides
 * on each of them at once.
 */
@Controller
@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
final class SimilarController {

	private final PermissionReader reader;

	private final FactsReader facts;

	private final PermissionDecisions decisions;

	private final BatchDecisions batch;

	private final NextRequest next;

	private final Passkeys passkeys;

	private final KeptReasons reasons;

	private final SessionNotes notes;

	private final ServerPaths paths;

	private final InstantSource clock;

	SimilarController(PermissionReader reader, FactsReader facts, PermissionDecisions decisions, BatchDecisions batch,
			NextRequest next, Passkeys passkeys, KeptReasons reasons, SessionNotes notes, ServerPaths paths,
			InstantSource clock) {
		this.reader = reader;
		this.facts = facts;
		this.decisions = decisions;
		this.batch = batch;
		this.next = next;
		this.passkeys = passkeys;
		this.reasons = reasons;
		this.notes = notes;
		this.paths = paths;
		this.clock = clock;
	}

	@GetMapping("/similar")
	String show(@RequestParam(defaultValue = "") String agent, @RequestParam(defaultValue = "") String action,
			Authentication user, Viewer viewer, Model model) {
		List<String> ids = this.reader.pendingIds(agent, action, viewer);
		model.addAttribute("waiting", ids.size());
		return page(SimilarTable.of(this.reader, viewer, this.facts, ids, this.clock.instant()), agent, action, "",
				user, model);
	}

	@GetMapping("/similar/decided")
	String decided(Authentication user, Viewer viewer, HttpServletRequest request, Model model) {
		BatchResult.take(this.notes, request).ifPresent((result) -> {
			model.addAttribute("batch", result);
			// Those of one moment are told apart by what they ask for.
			Map<String, PermissionCard> cards = new HashMap<>();
			this.reader.each(result.lines().stream().map(BatchResult.Line::id).toList(), viewer,
					(permission) -> cards.put(permission.id(),
							PermissionCard.of(permission, this.facts.ofCard(permission), this.clock.instant())));
			model.addAttribute("cards", cards);
		});
		this.next.of(viewer).ifPresent((id) -> model.addAttribute("next", id));
		return "decided";
	}

	/**
	 * Shows the chosen requests again, or decides on each of them.
	 * @param decision approve or deny, and {@code choose-} before it to see them first
	 * @param ids the requests that the page showed
	 * @param user who decides
	 * @param request the form
	 * @param response gets the status
	 * @param model the page, if they are shown
	 * @return the page
	 */
	@PostMapping("/similar")
	@Parameters({ "reason", ApprovalController.UNSEEN, ApprovalController.REPEATED, FormText.ASSERTION })
	@Allowed(Caller.APPROVER)
	String decide(@RequestParam String decision, @RequestParam(required = false) @Nullable List<String> ids,
			Authentication user, HttpServletRequest request, HttpServletResponse response, Model model, Viewer viewer,
			Actor actor) {
		if (ids == null || ids.isEmpty() || ids.size() > BatchDecisions.MAX) {
			throw new InvalidInputException("ids", "must name 1 to " + BatchDecisions.MAX + " requests");
		}
		if (!List.of("choose-approve", "choose-deny", "approve", "deny").contains(decision)) {
			throw new InvalidInputException("decision", "must be approve or deny");
		}
		String given = FormText.reason(request);
		boolean approve = decision.endsWith("approve");
		SimilarTable table = SimilarTable.of(this.reader, viewer, this.facts, ids, this.clock.instant());
		if (table.isCut()) {
			throw new InvalidInputException("ids", "must name no more requests than the page shows");
		}
		String repeated = request.getParameter(ApprovalController.REPEATED);
		boolean unseen = approve && isUnseen(table, request);
		boolean other = approve && isOther(table, request);
		boolean choosing = decision.startsWith("choose-");
		if (!table.isEmpty() && (choosing || unseen || other)) {
			if (!choosing) {
				response.setStatus(HttpServletResponse.SC_BAD_REQUEST);
				model.addAttribute("unseenProblem", unseen);
				model.addAttribute("repetitionProblem", other);
			}
			model.addAttribute("chosen", approve ? "approve" : "deny");
			model.addAttribute(ApprovalController.REPEATED, repeated);
			StoredPermission first = this.reader.get(ids.get(0), viewer);
			return page(table, first.agentId(), first.request().action(), (given != null) ? given : "", user, model);
		}
		DecidedBy by = new DecidedBy(user.getName(), actor, SignedIn.at(user), FormText.assertion(request));
		Function<String, StoredPermission> one = (id) -> approve ? this.decisions.approve(id, given, Json.object(), by)
				: this.decisions.deny(id, given, by);
		try {
			BatchResult.keep(this.batch.eachSimilar(ids, viewer, one), approve, false, this.notes, request,
					this.clock.instant());
		}
		catch (NotAllowedException ex) {
			if (table.isEmpty() || !(ex instanceof StepUpRequiredException || by.assertion() != null)) {
				throw ex;
			}
			response.setStatus(Problems.of(ex).status());
			model.addAttribute("stepUpProblem", VisibleText.of(Messages.ofDomain(ex.text())));
			model.addAttribute("chosen", "approve");
			model.addAttribute(ApprovalController.REPEATED, repeated);
			StoredPermission first = this.reader.get(ids.get(0), viewer);
			return page(table, first.agentId(), first.request().action(), (given != null) ? given : "", user, model);
		}
		return "redirect:" + this.paths.path() + "/similar/decided";
	}

	/**
	 * Asks for what a passkey of the person has to sign, once for all chosen requests.
	 * @param decision approve or deny
	 * @param ids the requests that the page showed
	 * @param user who decides
	 * @param viewer what the person may see
	 * @param request the form
	 * @param actor the person, and from where
	 * @return the statements, and what to tell the browser
	 */
	@PostMapping("/live/similar/sign")
	@Parameters({ "reason", ApprovalController.UNSEEN, ApprovalController.REPEATED })
	@Allowed(Caller.APPROVER)
	@ResponseBody
	ObjectNode sign(@RequestParam String decision, @RequestParam(required = false) @Nullable List<String> ids,
			Authentication user, Viewer viewer, HttpServletRequest request, Actor actor) {
		boolean approve = decision.equals("approve");
		if (ids == null || ids.isEmpty() || ids.size() > BatchDecisions.MAX || (!approve && !decision.equals("deny"))) {
			throw new InvalidInputException("ids", "must name 1 to " + BatchDecisions.MAX + " requests to decide on");
		}
		SimilarTable table = SimilarTable.of(this.reader, viewer, this.facts, ids, this.clock.instant());
		if (approve && !table.isEmpty() && (isUnseen(table, request) || isOther(table, request))) {
			// The page says it where the form is sent as it is.
			throw new InvalidInputException(ApprovalController.UNSEEN, "must say that all was read");
		}
		return this.decisions
			.challenge(ids, approve, FormText.reason(request), Json.object(),
					new DecidedBy(user.getName(), actor, null, null))
			.toJson();
	}

	private static boolean isUnseen(SimilarTable table, HttpServletRequest request) {
		return request.getParameter(ApprovalController.UNSEEN) == null && !table.unseen().isEmpty();
	}

	private static boolean isOther(SimilarTable table, HttpServletRequest request) {
		Repetition repetition = table.isEmpty() ? null : table.repetition();
		return repetition != null && !repetition.isIn(request.getParameter(ApprovalController.REPEATED));
	}

	private String page(SimilarTable table, String agent, String action, String reason, Authentication user,
			Model model) {
		model.addAttribute("list", Inbox.similar(agent, action));
		if (table.isEmpty()) {
			return "decided";
		}
		model.addAttribute("table", table);
		if (table.isSigned() && "approve".equals(model.getAttribute("chosen"))) {
			model.addAttribute("sign", "/live/similar/sign");
			model.addAttribute("passkey", this.passkeys.has(user.getName()));
		}
		model.addAttribute("approver", Caller.isAny(user, Caller.APPROVER));
		model.addAttribute("reason", reason);
		model.addAttribute("maxReason", FormText.MAX_REASON);
		model.addAttribute("reasons", KeptReason.of(this.reasons.of(user.getName())));
		return "similar";
	}

}
