package io.agentotp.server.api;

import java.time.Instant;
import java.time.format.DateTimeParseException;

import io.agentotp.server.agent.Agents;
import io.agentotp.server.audit.AuditEntry;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.audit.AuditQuery;
import io.agentotp.server.json.Json;
import io.agentotp.server.permission.PermissionFilter;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.PermissionStatus;
import io.agentotp.server.problem.Problem;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.JsonAnswer;
import io.agentotp.server.web.JsonAnswers;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
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

	private final AuditLog audit;

	private final Agents agents;

	private final PermissionViews views;

	OverviewController(PermissionReader reader, AuditLog audit, Agents agents) {
		this.reader = reader;
		this.audit = audit;
		this.agents = agents;
		this.views = new PermissionViews(reader);
	}

	@GetMapping("/permissions")
	JsonAnswer permissions(@RequestParam(required = false) @Nullable String status,
			@RequestParam(required = false) @Nullable String agentId, HttpServletRequest request) {
		PageRequest page = PageRequest.of(request);
		PermissionFilter filter = new PermissionFilter(status(status), agentId, false);
		ArrayNode elements = Json.mapper().createArrayNode();
		this.reader.page(filter, page.limit(), page.offset())
			.forEach((permission) -> elements.add(this.views.forPeople(permission)));
		return page.answer(elements, this.reader.count(filter));
	}

	private static @Nullable PermissionStatus status(@Nullable String status) {
		return (status == null || status.isEmpty()) ? null
				: PermissionStatus.find(status)
					.orElseThrow(() -> Problem.invalid("status",
							"must be one of pending, approved, denied, expired, used, revoked"));
	}

	@GetMapping("/audit")
	JsonAnswer audit(@RequestParam(required = false) @Nullable String permissionId,
			@RequestParam(required = false) @Nullable String agentId,
			@RequestParam(required = false) @Nullable String event,
			@RequestParam(required = false) @Nullable String actor,
			@RequestParam(required = false) @Nullable String from, @RequestParam(required = false) @Nullable String to,
			HttpServletRequest request) {
		PageRequest page = PageRequest.of(request);
		AuditQuery query = new AuditQuery(permissionId, agentId, event, actor, instant("from", from),
				instant("to", to));
		ArrayNode elements = Json.mapper().createArrayNode();
		this.audit.find(query, page.limit(), page.offset()).forEach((entry) -> elements.add(view(entry)));
		return page.answer(elements, this.audit.count(query));
	}

	private static @Nullable Instant instant(String name, @Nullable String value) {
		try {
			return (value != null) ? Instant.parse(value) : null;
		}
		catch (DateTimeParseException ex) {
			throw Problem.invalid(name, "must be a moment such as 2026-01-31T12:00:00Z");
		}
	}

	@GetMapping("/audit/permissions/{id}")
	JsonAnswer audit(@PathVariable String id) {
		this.reader.get(id);
		ArrayNode elements = Json.mapper().createArrayNode();
		this.audit.ofPermission(id).forEach((entry) -> elements.add(view(entry)));
		return JsonAnswers.success(elements);
	}

	private static ObjectNode view(AuditEntry entry) {
		ObjectNode view = Json.object()
			.put("id", entry.id())
			.put("at", entry.at().toString())
			.put("permissionId", entry.permissionId())
			.put("agentId", entry.agentId())
			.put("event", entry.event())
			.put("actor", entry.actor())
			.put("address", entry.address());
		view.set("details", entry.details());
		return view;
	}

	@GetMapping("/agents")
	JsonAnswer agents(HttpServletRequest request) {
		PageRequest page = PageRequest.of(request);
		ArrayNode elements = Json.mapper().createArrayNode();
		this.agents.findAll(page.limit(), page.offset())
			.forEach((agent) -> elements.add(Json.object()
				.put("id", agent.id())
				.put("name", agent.id())
				.put("owner", agent.owner())
				.put("active", agent.active())
				.put("createdAt", agent.createdAt().toString())));
		return page.answer(elements, this.agents.count());
	}

}
