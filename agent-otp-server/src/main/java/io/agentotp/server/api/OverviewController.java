package io.agentotp.server.api;

import java.util.List;
import java.util.Map;
import java.util.Set;

import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.json.Json;
import io.agentotp.server.notification.NotificationReports;
import io.agentotp.server.notification.Told;
import io.agentotp.server.permission.Ballots;
import io.agentotp.server.permission.Deciders;
import io.agentotp.server.permission.EligibleApprovers;
import io.agentotp.server.permission.PermissionFilter;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.PermissionSearch;
import io.agentotp.server.permission.PermissionState;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.permission.Viewer;
import io.agentotp.server.policy.ActionCatalogues;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.JsonAnswer;
import io.agentotp.server.web.Parameters;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * What people can look up.
 */
@RestController
@RequestMapping("/api/v1")
@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
final class OverviewController {

	private final PermissionReader reader;

	private final PermissionSearch search;

	private final PermissionViews views;

	private final NotificationReports notifications;

	private final EligibleApprovers eligible;

	private final Deciders deciders;

	OverviewController(PermissionReader reader, PermissionSearch search, ActionCatalogues catalogues, Ballots ballots,
			NotificationReports notifications, EligibleApprovers eligible, Deciders deciders) {
		this.notifications = notifications;
		this.eligible = eligible;
		this.deciders = deciders;
		this.reader = reader;
		this.search = search;
		this.views = new PermissionViews(reader, catalogues, ballots);
	}

	@GetMapping("/permissions")
	@Parameters({ "page", "limit", "agentId", "action", "resource", "decidedBy", "from", "to", "text", "amountFrom",
			"amountTo" })
	JsonAnswer permissions(@RequestParam(required = false) @Nullable String status, HttpServletRequest request,
			Viewer viewer) {
		PageRequest page = PageRequest.of(request);
		PermissionSearch.Found found = this.search
			.find(PermissionFilter.read(status(status), request::getParameter, false), viewer);
		List<String> ids = this.search.page(found, page.limit(), page.offset());
		Map<String, Told> told = this.notifications.told(ids);
		return page.answer(
				PermissionList.of((each) -> this.reader.each(ids, viewer, each),
						(permission) -> view(permission, told.get(permission.id()))),
				found.total(), found.searchedBackTo());
	}

	@GetMapping("/permissions/others")
	@Allowed(Caller.ADMINISTRATOR)
	JsonAnswer others(Viewer viewer) {
		List<StoredPermission> others = this.reader.pendingOfOthers(viewer);
		List<String> ids = others.stream().map(StoredPermission::id).toList();
		Map<String, Told> told = this.notifications.told(ids);
		Set<String> escalated = this.eligible.escalated(ids);
		Map<String, Set<String>> deciders = this.deciders.of(others);
		ArrayNode rows = Json.mapper().createArrayNode();
		for (StoredPermission permission : others) {
			ObjectNode row = rows.addObject()
				.put("id", permission.id())
				.put("agentId", permission.agentId())
				.put("action", permission.request().action())
				.put("createdAt", permission.createdAt().toString())
				.put("expiresAt", permission.pendingUntil().toString());
			row.setAll(permission.policy().routing().toJson().retain("approvers", "escalate"));
			row.put("escalated", escalated.contains(permission.id()));
			row.put("undecidable", deciders.getOrDefault(permission.id(), Set.of()).isEmpty());
			put(row, told.get(permission.id()));
		}
		return JsonAnswer.success(rows);
	}

	private ObjectNode view(StoredPermission permission, @Nullable Told told) {
		ObjectNode view = this.views.forPeople(permission);
		if (permission.isPending()) {
			put(view, told);
		}
		return view;
	}

	private static void put(ObjectNode view, @Nullable Told told) {
		if (told != null) {
			view.put("told", told.state().text());
			if (told.problem() != null) {
				view.put("toldProblem", told.problem().text());
			}
		}
	}

	private static @Nullable PermissionState status(@Nullable String status) {
		return (status == null || status.isEmpty()) ? null
				: PermissionState.find(status)
					.orElseThrow(() -> new InvalidInputException("status",
							"must be one of pending, approved, denied, expired, used, revoked"));
	}

}
