package io.agentotp.server.page;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.permission.Ballot;
import io.agentotp.server.permission.Ballots;
import io.agentotp.server.permission.PermissionFilter;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.PermissionSearch;
import io.agentotp.server.permission.PermissionState;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.permission.Viewer;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.Parameters;
import jakarta.servlet.http.HttpServletRequest;
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

	private static final List<String> FILTERS = List.of("status", "agentId", "action", "resource", "decidedBy", "from",
			"to", "text", "amountFrom", "amountTo");

	private final PermissionReader reader;

	private final PermissionSearch search;

	private final Ballots ballots;

	private final FactsReader facts;

	private final InstantSource clock;

	HistoryController(PermissionReader reader, PermissionSearch search, Ballots ballots, FactsReader facts,
			InstantSource clock) {
		this.ballots = ballots;
		this.reader = reader;
		this.search = search;
		this.facts = facts;
		this.clock = clock;
	}

	@GetMapping("/history")
	@Parameters({ "status", "agentId", "action", "resource", "decidedBy", "from", "to", "text", "amountFrom",
			"amountTo" })
	String history(@RequestParam(defaultValue = "1") int page, HttpServletRequest request, Viewer viewer, Model model) {
		Map<String, String> filters = new LinkedHashMap<>();
		FILTERS.forEach((name) -> filters.put(name, FormText.filter(request, name)));
		Instant now = this.clock.instant();
		PermissionSearch.Found found = this.search.find(PermissionFilter.read(status(filters), filters::get, true),
				viewer);
		Paging paging = Paging.of(page, LENGTH, found.total(), filters);
		Function<StoredPermission, Ballot> ballots = this.ballots.each();
		model.addAttribute("cards",
				this.reader.made(this.search.page(found, LENGTH, paging.offset()), viewer,
						(permission) -> PermissionCard.of(permission, this.facts.ofCard(permission), now)
							.with(permission, ballots.apply(permission), viewer.name())));
		model.addAttribute("paging", paging);
		model.addAttribute("filters", filters);
		model.addAttribute("statuses", STATUSES);
		Instant back = found.searchedBackTo();
		if (back != null) {
			Map<String, String> earlier = new LinkedHashMap<>(filters);
			// Others of the same second may not have been read.
			earlier.put("to", back.truncatedTo(ChronoUnit.SECONDS).plusSeconds(1).toString());
			model.addAttribute("searchedBackTo", Moment.of(back));
			model.addAttribute("earlier", Paging.of(1, LENGTH, 0, earlier).query().substring(1));
		}
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
