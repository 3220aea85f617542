package io.agentotp.server.page;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.permission.PermissionFilter;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.PermissionState;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;

/**
 * The list of what is decided or over.
 */
@Controller
@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
final class HistoryController {

	private static final int LENGTH = 25;

	private static final List<String> STATUSES = Arrays.stream(PermissionState.values())
		.filter((status) -> status != PermissionState.PENDING)
		.map(PermissionState::text)
		.toList();

	private final PermissionReader reader;

	private final FactsReader facts;

	private final InstantSource clock;

	HistoryController(PermissionReader reader, FactsReader facts, InstantSource clock) {
		this.reader = reader;
		this.facts = facts;
		this.clock = clock;
	}

	@GetMapping("/history")
	String history(@RequestParam(defaultValue = "1") int page, @RequestParam(defaultValue = "") String status,
			@RequestParam(defaultValue = "") String agentId, @RequestParam(defaultValue = "") String action,
			Model model) {
		Map<String, String> filters = new LinkedHashMap<>();
		filters.put("status", status.strip());
		filters.put("agentId", agentId.strip());
		filters.put("action", action.strip());
		PermissionFilter filter = new PermissionFilter(status(filters), text(filters, "agentId"),
				text(filters, "action"), true);
		Instant now = this.clock.instant();
		Paging paging = Paging.of(page, LENGTH, this.reader.count(filter), filters);
		model.addAttribute("cards", this.reader.each(this.reader.page(filter, LENGTH, paging.offset()),
				(permission) -> PermissionCard.of(permission, this.facts.ofCard(permission), now)));
		model.addAttribute("paging", paging);
		model.addAttribute("filters", filters);
		model.addAttribute("statuses", STATUSES);
		return "history";
	}

	private static @Nullable PermissionState status(Map<String, String> filters) {
		String status = text(filters, "status");
		if (status == null) {
			return null;
		}
		return PermissionState.find(status)
			.filter((known) -> known != PermissionState.PENDING)
			.orElseThrow(() -> new InvalidInputException("status", "must be one of " + String.join(", ", STATUSES)));
	}

	private static @Nullable String text(Map<String, String> filters, String name) {
		String value = filters.getOrDefault(name, "");
		return value.isEmpty() ? null : value;
	}

}
