package io.agentotp.server.page;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

import io.agentotp.server.json.Json;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.PermissionSignals;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.LongPolling;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseBody;
import org.springframework.web.context.request.async.DeferredResult;

/**
 * The list of what waits.
 */
@Controller
@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
final class InboxController {

	static final Duration PATIENCE = Duration.ofSeconds(25);

	private static final int LENGTH = 100;

	private final PermissionReader reader;

	private final FactsReader facts;

	private final PermissionSignals signals;

	private final LongPolling longPolling;

	private final ServerPaths paths;

	private final InstantSource clock;

	InboxController(PermissionReader reader, FactsReader facts, PermissionSignals signals, LongPolling longPolling,
			ServerPaths paths, InstantSource clock) {
		this.reader = reader;
		this.facts = facts;
		this.signals = signals;
		this.longPolling = longPolling;
		this.paths = paths;
		this.clock = clock;
	}

	@GetMapping("/")
	String inbox(@RequestParam(defaultValue = "") String agent, @RequestParam(defaultValue = "") String action,
			@RequestParam(defaultValue = "") String risk, @RequestParam(defaultValue = "") String sort,
			@RequestParam(defaultValue = "1") int page, HttpServletRequest request, Model model) {
		if (request.getPathInfo() == null) {
			return "redirect:" + this.paths.path() + "/";
		}
		List<String> pending = this.reader.pendingIds();
		Inbox.Filter filter = new Inbox.Filter(agent, action, risk, sort);
		Inbox inbox = new Inbox(this.facts, filter, this.clock.instant());
		this.reader.each(pending, null, inbox::add);
		List<InboxRow> rows = inbox.rows();
		Paging paging = Paging.of(page, LENGTH, rows.size(), filter.fields());
		model.addAttribute("rows",
				rows.subList((int) paging.offset(), (int) Math.min(rows.size(), paging.offset() + LENGTH)));
		model.addAttribute("paging", paging);
		model.addAttribute("filters", filter.fields());
		model.addAttribute("agents", inbox.agents());
		model.addAttribute("actions", inbox.actions());
		model.addAttribute("waiting", pending.size());
		model.addAttribute("version", PermissionCard.versionOf(pending));
		return "inbox";
	}

	@GetMapping("/live/inbox")
	@ResponseBody
	DeferredResult<ObjectNode> live(@RequestParam(required = false) @Nullable String seen, Authentication user) {
		Supplier<String> version = () -> PermissionCard.versionOf(this.reader.pendingIds());
		return this.longPolling.park("user:" + user.getName(), PATIENCE,
				(listener) -> this.signals.listen(PermissionSignals.inbox(), listener),
				() -> Optional.of(version.get()).filter((now) -> !now.equals(seen)).map(InboxController::answer),
				() -> answer(version.get()));
	}

	private static ObjectNode answer(String version) {
		return Json.object().put("version", version);
	}

}
