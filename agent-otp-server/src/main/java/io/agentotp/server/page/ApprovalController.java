package io.agentotp.server.page;

import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.json.Json;
import io.agentotp.server.language.Messages;
import io.agentotp.server.notification.NotificationReports;
import io.agentotp.server.passkey.Passkeys;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.permission.AlreadyDecidedException;
import io.agentotp.server.permission.Ballots;
import io.agentotp.server.permission.BatchDecisions;
import io.agentotp.server.permission.DecidedBy;
import io.agentotp.server.permission.DecisionOutcome;
import io.agentotp.server.permission.DecisionRights;
import io.agentotp.server.permission.PermissionDecisions;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.PermissionState;
import io.agentotp.server.permission.StepUpRequiredException;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.permission.TokenResult;
import io.agentotp.server.permission.Viewer;
import io.agentotp.server.permission.Viewers;
import io.agentotp.server.policy.StepUp;
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
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;

/**
 * The page of one permission, where a person decides.
 */
@Controller
@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
final class ApprovalController {

	private static final String LIMIT = "scopeModifications.";

	// That one approves without having seen all.
	static final String UNSEEN = "unseen";

	// The fact of what is of high risk, typed again.
	static final String REPEATED = "repeated";

	private static final Pattern DECISION = Pattern.compile("(approve|deny)(-all)?");

	private final PermissionReader reader;

	private final FactsReader facts;

	private final PermissionDecisions decisions;

	private final BatchDecisions batch;

	private final NextRequest next;

	private final Viewers viewers;

	private final AuditLog audit;

	private final KeptReasons reasons;

	private final SessionNotes notes;

	private final ServerPaths paths;

	private final NotificationReports notifications;

	private final AskedReader asked;

	private final Passkeys passkeys;

	private final Ballots ballots;

	private final InstantSource clock;

	ApprovalController(PermissionReader reader, FactsReader facts, PermissionDecisions decisions, BatchDecisions batch,
			NextRequest next, Viewers viewers, AuditLog audit, KeptReasons reasons, SessionNotes notes,
			ServerPaths paths, NotificationReports notifications, AskedReader asked, Passkeys passkeys, Ballots ballots,
			InstantSource clock) {
		this.asked = asked;
		this.passkeys = passkeys;
		this.ballots = ballots;
		this.notifications = notifications;
		this.reader = reader;
		this.facts = facts;
		this.decisions = decisions;
		this.batch = batch;
		this.next = next;
		this.viewers = viewers;
		this.audit = audit;
		this.reasons = reasons;
		this.notes = notes;
		this.paths = paths;
		this.clock = clock;
	}

	@GetMapping("/approvals/{id}")
	String show(@PathVariable String id, Authentication user, Viewer viewer, HttpServletRequest request, Model model) {
		BatchResult.take(this.notes, request).ifPresent((batch) -> model.addAttribute("batch", batch));
		Optional<StoredPermission> found = this.reader.find(id);
		if (found.isEmpty()) {
			Trail trail = Trail.of(this.audit, id, viewer);
			if (!trail.isEmpty()) {
				model.addAttribute("id", id);
				model.addAttribute("trail", trail);
				return "removed";
			}
		}
		StoredPermission permission = found.orElseThrow(PermissionReader::unknownPermission);
		if (!this.viewers.sees(permission, viewer)) {
			return ofOthers(permission, viewer, model);
		}
		Facts bound = this.facts.of(permission);
		return page(permission, bound, NarrowingForm.of(permission.grant().scope(), bound), Map.of(), "", viewer,
				model);
	}

	// An administrator knows that it is there, and can end it.
	private String ofOthers(StoredPermission permission, Viewer viewer, Model model) {
		if (!viewer.administrator()) {
			throw PermissionReader.unknownPermission();
		}
		if (permission.isPending()) {
			model.addAttribute("told", this.notifications.told(List.of(permission.id())).get(permission.id()));
		}
		model.addAttribute("other", OtherRow.of(permission, this.asked.of(permission), this.clock.instant()));
		model.addAttribute("revocable", permission.isPending() || permission.status() == PermissionState.APPROVED);
		model.addAttribute("maxReason", FormText.MAX_REASON);
		return "other";
	}

	private String page(StoredPermission permission, Facts bound, NarrowingForm form, Map<String, Object> limits,
			String reason, Viewer viewer, Model model) {
		Instant now = this.clock.instant();
		List<IdenticalRow> identical = IdenticalRow.of(this.reader, viewer, permission, now);
		model.addAttribute("detail",
				PermissionDetail.of(permission, bound, Trail.of(this.audit, permission.id(), viewer), now));
		model.addAttribute("ending", Ending.of(permission, this.audit));
		model.addAttribute("story", Story.of(permission, this.audit, now));
		model.addAttribute("pending", permission.isPending());
		model.addAttribute("receipt", permission.grant().uses() > 0 && this.ballots.mayHaveReceipt(permission, viewer));
		model.addAttribute("votes", permission.decision().votes());
		if (permission.isPending()) {
			model.addAttribute("told", this.notifications.told(List.of(permission.id())).get(permission.id()));
		}
		else {
			this.next.of(viewer).ifPresent((next) -> model.addAttribute("next", next));
		}
		model.addAttribute("approvals", Approvals.of(permission, this.ballots.of(permission)));
		DecisionRights rights = this.decisions.rights(permission.id(), viewer.name());
		model.addAttribute("rights", rights);
		if (permission.isPending() && !rights.mayDecide()) {
			model.addAttribute("asked", this.asked.of(permission));
		}
		model.addAttribute("revocable", rights.mayRevoke() && (permission.status() == PermissionState.APPROVED
				|| (permission.isPending() && !rights.mayDecide())));
		if (permission.isPending() && rights.mayDecide() && permission.policy().routing().stepUp() == StepUp.PASSKEY) {
			model.addAttribute("sign", "/live/approvals/" + permission.id() + "/sign");
			model.addAttribute("passkey", this.passkeys.has(viewer.name()));
		}
		List<IdenticalRow> others = identical.stream().filter((other) -> !other.id().equals(permission.id())).toList();
		model.addAttribute("identical",
				Stream.concat(Stream.of(permission.id()), others.stream().map(IdenticalRow::id))
					.limit(BatchDecisions.MAX)
					.toList());
		model.addAttribute("others", others);
		model.addAttribute("sumOfAll", sumOfAll(bound, Math.min(identical.size(), BatchDecisions.MAX)));
		model.addAttribute("version", PermissionCard.versionOf(identical.stream().map(IdenticalRow::id).toList()));
		model.addAttribute(UNSEEN, PermissionDetail.unseen(permission, bound, false));
		model.addAttribute("narrowing", form.fields(limits));
		model.addAttribute("tooManyLimits", form.isTooLong());
		model.addAttribute("reason", reason);
		model.addAttribute("maxReason", FormText.MAX_REASON);
		model.addAttribute("reasons", KeptReason.of(this.reasons.of(viewer.name())));
		return "approval";
	}

	/**
	 * How it stands. The page asks when something has changed.
	 * @param id the permission
	 * @param viewer who looks
	 * @return its state, how many times it was used, how many have approved, and which
	 * identical ones wait
	 */
	@GetMapping("/live/approvals/{id}")
	@ResponseBody
	ObjectNode live(@PathVariable String id, Viewer viewer) {
		StoredPermission permission = this.reader.get(id, viewer);
		return Json.object()
			.put("status", permission.status().text())
			.put("uses", permission.grant().uses())
			.put("votes", permission.decision().votes())
			.put("version",
					PermissionCard.versionOf(this.reader.pendingLike(permission, viewer, StoredPermission::id)));
	}

	/**
	 * Asks for what a passkey of the person has to sign, as the form is now.
	 * @param id the question of the page
	 * @param decision as below
	 * @param ids as below
	 * @param user who decides
	 * @param viewer what the person may see
	 * @param request the form
	 * @param actor the person, and from where
	 * @return the statements, and what to tell the browser
	 */
	@PostMapping("/live/approvals/{id}/sign")
	@Parameters({ "reason", "n*", UNSEEN, REPEATED })
	@Allowed(Caller.APPROVER)
	@ResponseBody
	ObjectNode sign(@PathVariable String id, @RequestParam String decision,
			@RequestParam(required = false) @Nullable List<String> ids, Authentication user, Viewer viewer,
			HttpServletRequest request, Actor actor) {
		boolean approve = isApproval(decision);
		StoredPermission permission = this.reader.find(id).orElseThrow(PermissionReader::unknownPermission);
		this.decisions.requireAsked(permission, viewer);
		ObjectNode modifications = approve
				? NarrowingForm.of(permission.grant().scope(), this.facts.of(permission), request).modifications()
				: Json.object();
		List<String> all = decision.endsWith("-all") ? shown(id, ids) : List.of(id);
		if (approve) {
			try {
				this.reader.each(all, viewer, (pending) -> requireRead(pending, modifications, all.size(), request));
			}
			catch (UnreadException ex) {
				// The page says it where the form is sent as it is.
				throw new InvalidInputException(UNSEEN, "must say that all was read");
			}
		}
		return this.decisions
			.challenge(all, approve, FormText.reason(request), modifications,
					new DecidedBy(user.getName(), actor, null, null))
			.toJson();
	}

	private static boolean isApproval(String decision) {
		if (!DECISION.matcher(decision).matches()) {
			throw new InvalidInputException("decision", "must be approve, deny, approve-all or deny-all");
		}
		return decision.startsWith("approve");
	}

	/**
	 * Decides on one question, or on those identical ones that the page showed.
	 * @param id the question of the page
	 * @param decision approve, deny, approve-all or deny-all
	 * @param ids the questions that the page showed
	 * @param user who decides
	 * @param viewer what the person may see
	 * @param request the form
	 * @param response gets the status
	 * @param model the page, if it has to be shown again
	 * @return the page
	 */
	@PostMapping("/approvals/{id}")
	@Parameters({ "reason", "n*", UNSEEN, REPEATED, FormText.ASSERTION })
	@Allowed(Caller.APPROVER)
	String decide(@PathVariable String id, @RequestParam String decision,
			@RequestParam(required = false) @Nullable List<String> ids, Authentication user, Viewer viewer,
			HttpServletRequest request, HttpServletResponse response, Model model, Actor actor) {
		String given = FormText.reason(request);
		boolean approve = isApproval(decision);
		StoredPermission permission = this.reader.find(id).orElseThrow(PermissionReader::unknownPermission);
		this.decisions.requireAsked(permission, viewer);
		Facts bound = this.facts.of(permission);
		NarrowingForm form = NarrowingForm.of(permission.grant().scope(), bound, request);
		model.addAttribute(REPEATED, request.getParameter(REPEATED));
		try {
			ObjectNode modifications = approve ? form.modifications() : Json.object();
			DecidedBy by = new DecidedBy(user.getName(), actor, SignedIn.at(user), FormText.assertion(request));
			Function<String, StoredPermission> one = (asked) -> approve
					? this.decisions.approve(asked, given, modifications, by) : this.decisions.deny(asked, given, by);
			Consumer<StoredPermission> check = (pending) -> {
				if (approve) {
					requireRead(pending, modifications, decision.endsWith("-all") ? shown(id, ids).size() : 1, request);
				}
			};
			if (decision.endsWith("-all")) {
				List<DecisionOutcome> outcomes = this.batch.each(shown(id, ids), viewer, check, one);
				BatchResult.keep(outcomes, approve, true, this.notes, request, this.clock.instant());
			}
			else {
				if (permission.isPending()) {
					check.accept(permission);
				}
				StoredPermission unused = one.apply(id);
			}
		}
		catch (UnreadException ex) {
			response.setStatus(HttpServletResponse.SC_BAD_REQUEST);
			model.addAttribute("unseenProblem", ex.unseen);
			model.addAttribute("repetitionProblem", ex.repetition ? Messages.get("repetition.problem") : null);
			return page(permission, bound, form, Map.of(), (given != null) ? given : "", viewer, model);
		}
		catch (AlreadyDecidedException ex) {
			response.setStatus(Problems.of(ex).status());
			StoredPermission decided = this.reader.get(id, viewer);
			Facts facts = this.facts.of(decided);
			model.addAttribute("late", VisibleText.of(BatchResult.late(ex, this.clock.instant())));
			return page(decided, facts, NarrowingForm.of(decided.grant().scope(), facts), Map.of(),
					(given != null) ? given : "", viewer, model);
		}
		catch (RefusedException ex) {
			Map<String, Object> limits = limits(ex);
			boolean unsigned = ex instanceof StepUpRequiredException
					|| (request.getParameter(FormText.ASSERTION) != null && !(ex instanceof InvalidInputException));
			if ((limits.isEmpty() && !unsigned) || !permission.isPending()) {
				throw ex;
			}
			if (unsigned) {
				// As it is now: that may be why.
				StoredPermission present = this.reader.get(id, viewer);
				response.setStatus(Problems.of(ex).status());
				model.addAttribute("stepUpProblem", VisibleText.of(Messages.ofDomain(ex.text())));
				return page(present, this.facts.of(present), form, Map.of(), (given != null) ? given : "", viewer,
						model);
			}
			response.setStatus(Problems.of(ex).status());
			model.addAttribute("narrowingProblem",
					VisibleText.of(limits.entrySet()
						.stream()
						.map((limit) -> limit.getKey() + " " + limit.getValue())
						.collect(Collectors.joining("; "))));
			return page(permission, bound, form, limits, (given != null) ? given : "", viewer, model);
		}
		return "redirect:" + this.paths.path() + "/approvals/" + id;
	}

	/**
	 * Ends a permission before its time.
	 * @param id the permission
	 * @param user who
	 * @param request the form
	 * @return the page
	 */
	@PostMapping("/approvals/{id}/revoke")
	@Parameters("reason")
	@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR })
	String revoke(@PathVariable String id, Authentication user, HttpServletRequest request, Actor actor) {
		String reason = FormText.reason(request);
		if (reason == null) {
			throw new InvalidInputException("reason", "is missing: say why you revoke it");
		}
		TokenResult unused = this.decisions.revoke(id, reason, user.getName(), actor);
		return "redirect:" + this.paths.path() + "/approvals/" + id;
	}

	// Of several each, as that of the page may be over.
	private void requireRead(StoredPermission pending, ObjectNode modifications, int requests,
			HttpServletRequest request) {
		Facts bound = this.facts.of(pending);
		boolean unseen = request.getParameter(UNSEEN) == null
				&& !PermissionDetail.unseen(pending, bound, false).isEmpty();
		Facts granted = this.facts.narrowed(pending, modifications);
		Repetition repetition = granted.repetition();
		if (repetition != null && requests > 1) {
			repetition = repetition.times((long) requests * granted.maxUses());
		}
		boolean other = repetition != null && !repetition.isIn(request.getParameter(REPEATED));
		if (unseen || other) {
			throw new UnreadException(unseen, other);
		}
	}

	// What identical requests come to, if each is granted and used as often as it can be.
	private static String sumOfAll(Facts bound, int requests) {
		Sum.Amount sum = (requests > 1) ? bound.mainFact().times((long) requests * bound.maxUses()).amount() : null;
		return (sum != null) ? sum.format().sum(sum.value(), sum.currency()) : "";
	}

	private static List<String> shown(String id, @Nullable List<String> ids) {
		if (ids == null || !ids.contains(id)) {
			throw new InvalidInputException("ids", "must name the requests that the page showed");
		}
		return ids;
	}

	// What is wrong with the limits that were to be narrower, by their path.
	private static Map<String, Object> limits(RefusedException refusal) {
		Map<String, Object> limits = new LinkedHashMap<>();
		refusal.details().forEach((field, text) -> {
			if (field.startsWith(LIMIT)) {
				limits.put(field.substring(LIMIT.length()), text);
			}
		});
		return limits;
	}

	/**
	 * An approval of what was not opened or not typed again.
	 */
	private static final class UnreadException extends RuntimeException {

		private static final long serialVersionUID = 1;

		private final boolean unseen;

		private final boolean repetition;

		UnreadException(boolean unseen, boolean repetition) {
			super("Not all was opened and typed again", null, false, false);
			this.unseen = unseen;
			this.repetition = repetition;
		}

	}

}
