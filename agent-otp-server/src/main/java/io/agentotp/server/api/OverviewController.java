package io.agentotp.server.api;

import java.util.List;

import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.permission.PermissionFilter;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.PermissionSearch;
import io.agentotp.server.permission.PermissionState;
import io.agentotp.server.policy.ActionCatalogues;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.JsonAnswer;
import io.agentotp.server.web.Parameters;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

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

	OverviewController(PermissionReader reader, PermissionSearch search, ActionCatalogues catalogues) {
		this.reader = reader;
		this.search = search;
		this.views = new PermissionViews(reader, catalogues);
	}

	@GetMapping("/permissions")
	@Parameters({ "page", "limit", "agentId", "action", "resource", "decidedBy", "from", "to", "text", "amountFrom",
			"amountTo" })
	JsonAnswer permissions(@RequestParam(required = false) @Nullable String status, HttpServletRequest request) {
		PageRequest page = PageRequest.of(request);
		PermissionSearch.Found found = this.search
			.find(PermissionFilter.read(status(status), request::getParameter, false));
		List<String> ids = this.search.page(found, page.limit(), page.offset());
		return page.answer(PermissionList.of((each) -> this.reader.each(ids, null, each), this.views::forPeople),
				found.total(), found.searchedBackTo());
	}

	private static @Nullable PermissionState status(@Nullable String status) {
		return (status == null || status.isEmpty()) ? null
				: PermissionState.find(status)
					.orElseThrow(() -> new InvalidInputException("status",
							"must be one of pending, approved, denied, expired, used, revoked"));
	}

}
