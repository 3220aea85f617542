package io.agentotp.server.api;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;

import io.agentotp.server.audit.AuditCheck;
import io.agentotp.server.audit.AuditExport;
import io.agentotp.server.audit.AuditKeys;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.audit.AuditQuery;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.NotAllowedException;
import io.agentotp.server.json.Json;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.permission.Viewer;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import io.agentotp.server.web.JsonAnswer;
import io.agentotp.server.web.Parameters;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import tools.jackson.databind.node.ArrayNode;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The audit log: read, exported and verified.
 */
@RestController
@RequestMapping("/api/v1/audit")
@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
final class AuditController {

	private final PermissionReader permissions;

	private final AuditLog audit;

	private final AuditCheck check;

	private final AuditExport export;

	private final AuditKeys keys;

	AuditController(PermissionReader permissions, AuditLog audit, AuditCheck check, AuditExport export,
			AuditKeys keys) {
		this.permissions = permissions;
		this.audit = audit;
		this.check = check;
		this.export = export;
		this.keys = keys;
	}

	@GetMapping
	@Parameters({ "page", "limit", "permissionId", "agentId", "event", "actor", "from", "to" })
	JsonAnswer list(HttpServletRequest request, Viewer viewer) {
		PageRequest page = PageRequest.of(request);
		AuditQuery query = AuditQuery.read(request::getParameter).seenBy(viewer);
		ArrayNode elements = Json.mapper().createArrayNode();
		this.audit.find(query, page.limit(), page.offset()).forEach((entry) -> elements.add(entry.toJson()));
		return page.answer(elements, this.audit.count(query));
	}

	@GetMapping("/permissions/{id}")
	@Parameters({ "page", "limit" })
	JsonAnswer ofPermission(@PathVariable String id, HttpServletRequest request, Viewer viewer) {
		PageRequest page = PageRequest.of(request);
		AuditQuery query = AuditQuery.ofPermission(id).seenBy(viewer);
		long total = this.audit.count(query);
		if (total == 0) {
			StoredPermission unused = this.permissions.get(id, viewer);
		}
		ArrayNode elements = Json.mapper().createArrayNode();
		this.audit.findInOrder(query, page.limit(), page.offset()).forEach((entry) -> elements.add(entry.toJson()));
		return page.answer(elements, total);
	}

	@GetMapping("/verify")
	@Allowed({ Caller.ADMINISTRATOR, Caller.AUDITOR })
	JsonAnswer verify() {
		return JsonAnswer.success(this.check.verify().toJson());
	}

	/**
	 * The keys that checkpoints may be signed with, the present one first.
	 * @return the public keys
	 */
	@GetMapping("/keys")
	JsonAnswer keys() {
		ArrayNode elements = Json.mapper().createArrayNode();
		this.keys.keys()
			.forEach((key) -> elements.add(Json.object().put("keyId", key.id()).put("publicKey", key.pem())));
		return JsonAnswer.success(elements);
	}

	@GetMapping("/export")
	@Allowed({ Caller.ADMINISTRATOR, Caller.AUDITOR })
	@Parameters({ "format", "permissionId", "agentId", "event", "actor", "from", "to" })
	void export(HttpServletRequest request, HttpServletResponse response, Viewer viewer) throws IOException {
		AuditQuery query = AuditQuery.read(request::getParameter);
		// What is left out of an export would look as if it had been removed.
		if (!viewer.auditor() && this.audit.count(query.seenBy(viewer)) != this.audit.count(query)) {
			throw new NotAllowedException(
					"These rows are also about requests that policies show to others only. Exporting them needs the role auditor");
		}
		String format = request.getParameter("format");
		boolean csv = "csv".equals(format);
		if (!csv && format != null && !"jsonl".equals(format)) {
			throw new InvalidInputException("format", "must be jsonl or csv");
		}
		response.setContentType(csv ? "text/csv;charset=UTF-8" : "application/jsonl");
		response.setHeader("Content-Disposition",
				"attachment; filename=\"agent-otp-audit." + (csv ? "csv" : "jsonl") + "\"");
		Writer writer = new BufferedWriter(new OutputStreamWriter(response.getOutputStream(), StandardCharsets.UTF_8));
		if (csv) {
			this.export.writeCsv(query, writer);
		}
		else {
			this.export.writeLines(query, writer);
		}
		writer.flush();
	}

}
