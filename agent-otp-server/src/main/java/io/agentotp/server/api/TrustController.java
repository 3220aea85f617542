package io.agentotp.server.api;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.json.Json;
import io.agentotp.server.passkey.Passkey;
import io.agentotp.server.passkey.Passkeys;
import io.agentotp.server.passkey.RelyingParty;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.user.UserAccount;
import io.agentotp.server.user.Users;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import jakarta.servlet.http.HttpServletResponse;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The trust file: whose keys applications believe, whatever the service says later. That
 * it was exported is on record, since a key too many in it would be believed, too.
 */
@RestController
@RequestMapping("/api/v1/trust")
@Allowed(Caller.ADMINISTRATOR)
final class TrustController {

	private static final int VERSION = 1;

	private final Users users;

	private final Passkeys passkeys;

	private final RelyingParty relyingParty;

	private final AuditLog audit;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	TrustController(Users users, Passkeys passkeys, RelyingParty relyingParty, AuditLog audit,
			TransactionTemplate transactions, InstantSource clock) {
		this.users = users;
		this.passkeys = passkeys;
		this.relyingParty = relyingParty;
		this.audit = audit;
		this.transactions = transactions;
		this.clock = clock;
	}

	@GetMapping
	void export(HttpServletResponse response, Actor actor) throws IOException {
		Instant now = this.clock.instant();
		byte[] file = this.transactions.execute((status) -> {
			ObjectNode content = content(now);
			byte[] text = Json.mapper()
				.writerWithDefaultPrettyPrinter()
				.writeValueAsString(content)
				.getBytes(StandardCharsets.UTF_8);
			this.audit.record(now, null, null, AuditEvent.TRUST_EXPORTED, actor,
					Json.object()
						.put("sha256", Secrets.sha256(text))
						.put("approvers", content.path("approvers").size()));
			return text;
		});
		response.setContentType("application/json");
		response.setHeader("Content-Disposition", "attachment; filename=\"agent-otp-trust.json\"");
		response.setHeader("Cache-Control", "no-store");
		response.getOutputStream().write(file);
	}

	/** Those who can decide now, with keys that are revoked: a guard tells so. */
	private ObjectNode content(Instant now) {
		ObjectNode file = Json.object().put("v", VERSION).put("rpId", this.relyingParty.id());
		this.relyingParty.origins().forEach(file.putArray("origins")::add);
		file.put("exportedAt", now.toString());
		Map<String, List<Passkey>> keys = this.passkeys.all().stream().collect(Collectors.groupingBy(Passkey::person));
		ArrayNode approvers = file.putArray("approvers");
		this.users.approvers()
			.stream()
			.filter((user) -> keys.containsKey(user.name()))
			.forEach((user) -> approvers.add(approver(user, keys.getOrDefault(user.name(), List.of()))));
		return file;
	}

	private static ObjectNode approver(UserAccount user, List<Passkey> passkeys) {
		ObjectNode approver = Json.object().put("name", user.name());
		user.profile().groups().forEach(approver.putArray("groups")::add);
		ArrayNode credentials = approver.putArray("credentials");
		passkeys.forEach((passkey) -> credentials.addObject()
			.put("id", passkey.credentialId())
			.put("publicKey", passkey.keySpki())
			.put("algorithm", passkey.algorithm())
			.put("validFrom", passkey.createdAt().toString())
			.put("revokedAt", (passkey.revokedAt() != null) ? passkey.revokedAt().toString() : null));
		return approver;
	}

}
