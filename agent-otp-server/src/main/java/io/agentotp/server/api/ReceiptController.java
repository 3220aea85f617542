package io.agentotp.server.api;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

import io.agentotp.server.audit.Receipts;
import io.agentotp.server.failure.NotAllowedException;
import io.agentotp.server.permission.Ballots;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.permission.Viewer;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/**
 * Receipts of used permissions, for those who verify and those who decided.
 */
@RestController
@Allowed({ Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR })
final class ReceiptController {

	private final PermissionReader permissions;

	private final Ballots ballots;

	private final Receipts receipts;

	ReceiptController(PermissionReader permissions, Ballots ballots, Receipts receipts) {
		this.permissions = permissions;
		this.ballots = ballots;
		this.receipts = receipts;
	}

	@GetMapping("/api/v1/permissions/{id}/receipt")
	void receipt(@PathVariable String id, HttpServletResponse response, Viewer viewer) throws IOException {
		StoredPermission permission = this.permissions.get(id, viewer);
		if (!this.ballots.mayHaveReceipt(permission, viewer)) {
			throw new NotAllowedException("Receipts are for administrators, auditors and those who decided");
		}
		String receipt = this.receipts.of(permission.id(), permission.request().call());
		response.setContentType("application/jose");
		response.setHeader("Content-Disposition", "attachment; filename=\"receipt-" + permission.id() + ".jws\"");
		response.setHeader("Cache-Control", "no-store");
		response.getOutputStream().write(receipt.getBytes(StandardCharsets.US_ASCII));
	}

}
