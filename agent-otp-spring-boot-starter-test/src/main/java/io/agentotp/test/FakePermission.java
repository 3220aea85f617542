package io.agentotp.test;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

import io.agentotp.PermissionStatus;
import org.jspecify.annotations.Nullable;

/**
 * The life of one permission, as the protocol describes it. Time comes from outside.
 */
final class FakePermission {

	static final String MAX_USES = "max_uses";

	private static final int DEFAULT_TTL = 300;

	private final String id = UUID.randomUUID().toString();

	private final String token = "otp_" + UUID.randomUUID();

	private final Map<String, Object> request;

	private final Instant createdAt;

	private PermissionStatus status = PermissionStatus.PENDING;

	private Map<String, Object> scope;

	/** End of the approval window, then of the token's life. */
	private Instant end;

	private @Nullable Instant decidedAt;

	private @Nullable String decidedBy;

	private @Nullable String reason;

	private @Nullable String outcome;

	private List<Map<String, Object>> proofs = List.of();

	private int usesRemaining;

	private boolean lookedAt;

	FakePermission(Map<String, Object> request, Instant now, Duration approvalWindow) {
		this.request = request;
		this.scope = object(request, "scope");
		this.createdAt = now;
		this.end = now.plus(approvalWindow);
	}

	String id() {
		return this.id;
	}

	PermissionStatus status() {
		return this.status;
	}

	boolean isPending() {
		return this.status == PermissionStatus.PENDING;
	}

	void lookedAt() {
		this.lookedAt = true;
	}

	/**
	 * Return when a wait that begins now has begun by the manual clock: a test may move
	 * it while the answer to the request is still on its way to who waits.
	 */
	Instant waitBegins(Instant now) {
		return this.lookedAt ? now : this.createdAt;
	}

	/** Whether nobody has decided when a wait ends, nor has the approval window ended. */
	boolean isUndecidedAt(Instant waitEnds) {
		return isPending()
				|| (this.status == PermissionStatus.EXPIRED && this.decidedAt == null && this.end.isAfter(waitEnds));
	}

	void decide(Decision decision, String decider, Instant now) {
		this.status = decision.status();
		if (this.status == PermissionStatus.APPROVED || this.status == PermissionStatus.DENIED) {
			this.decidedAt = now;
			this.decidedBy = decider;
			this.reason = decision.reason();
		}
		if (this.status == PermissionStatus.APPROVED) {
			this.scope = (decision.scope() != null) ? decision.scope() : this.scope;
			this.proofs = decision.signers().stream().map((approver) -> approver.sign(json())).toList();
			this.usesRemaining = (this.scope.get(MAX_USES) instanceof Number uses) ? uses.intValue() : 1;
			this.end = now.plusSeconds((this.request.get("ttl") instanceof Number ttl) ? ttl.longValue() : DEFAULT_TTL);
		}
	}

	void expireIfOverdue(Instant now) {
		if ((isPending() || this.status == PermissionStatus.APPROVED) && !now.isBefore(this.end)) {
			this.status = PermissionStatus.EXPIRED;
		}
	}

	Map<String, Object> verify(Map<String, Object> body) {
		Rejection rejection = rejection(body);
		if (rejection != null) {
			return rejection.json("valid");
		}
		return Map.of("valid", true, "scope", this.scope, "usesRemaining", this.usesRemaining, "expiresAt",
				this.end.toString());
	}

	Map<String, Object> use(Map<String, Object> body) {
		Rejection rejection = rejection(body);
		rejection = (rejection != null) ? rejection : callRejection(body);
		if (rejection != null) {
			return rejection.json("success");
		}
		this.usesRemaining--;
		if (this.usesRemaining == 0) {
			this.status = PermissionStatus.USED;
		}
		this.outcome = String.valueOf(object(body, "actionDetails").getOrDefault("outcome", "used"));
		return Map.of("success", true, "usesRemaining", this.usesRemaining);
	}

	Map<String, Object> revoke(Map<String, Object> body, Instant now) {
		Rejection rejection = body.containsKey("token") ? tokenRejection(body) : null;
		if (rejection == null && !isPending() && this.status != PermissionStatus.REVOKED) {
			rejection = stateRejection();
		}
		if (rejection != null) {
			return rejection.json("success");
		}
		this.status = PermissionStatus.REVOKED;
		this.reason = (body.get("reason") instanceof String given) ? given : this.reason;
		return Map.of("success", true, "revokedAt", now.toString());
	}

	private @Nullable Rejection rejection(Map<String, Object> body) {
		Rejection rejection = tokenRejection(body);
		return (rejection != null) ? rejection : stateRejection();
	}

	private @Nullable Rejection tokenRejection(Map<String, Object> body) {
		if (this.decidedAt == null || this.status == PermissionStatus.DENIED) {
			return Rejection.NOT_APPROVED;
		}
		return this.token.equals(body.get("token")) ? null : Rejection.UNKNOWN;
	}

	private @Nullable Rejection stateRejection() {
		return switch (this.status) {
			case APPROVED -> null;
			case USED -> Rejection.USED;
			case EXPIRED -> Rejection.EXPIRED;
			case REVOKED -> Rejection.REVOKED;
			default -> Rejection.NOT_APPROVED;
		};
	}

	private @Nullable Rejection callRejection(Map<String, Object> body) {
		Object bound = this.request.get("callDigest");
		Object presented = body.get("callDigest");
		if (bound == null || bound.equals(presented)) {
			return null;
		}
		return (presented != null) ? Rejection.OTHER_CALL : Rejection.NO_DIGEST;
	}

	Map<String, Object> json() {
		Map<String, Object> json = new LinkedHashMap<>(this.request);
		json.remove("ttl");
		json.remove("call");
		json.put("id", this.id);
		json.put("status", this.status.name().toLowerCase(Locale.ROOT));
		json.put("scope", this.scope);
		json.put("createdAt", this.createdAt.toString());
		json.put("expiresAt", this.end.toString());
		if (isPending()) {
			json.put("approvalUrl", "http://localhost/approvals/" + this.id);
		}
		if (this.decidedAt != null && this.decidedBy != null) {
			json.put("decidedAt", this.decidedAt.toString());
			json.put("decidedBy", this.decidedBy);
		}
		if (this.reason != null) {
			json.put("reason", this.reason);
		}
		if (this.status == PermissionStatus.APPROVED) {
			json.put("token", this.token);
			json.put("proofs", this.proofs);
		}
		return json;
	}

	AskedPermission asked() {
		return new AskedPermission(this.id, this.status, String.valueOf(this.request.get("action")),
				(String) this.request.get("resource"), object(this.request, "scope"), object(this.request, "context"),
				object(this.request, "call"), this.outcome);
	}

	@SuppressWarnings("unchecked")
	static Map<String, Object> object(Map<String, Object> json, String name) {
		return (json.get(name) instanceof Map<?, ?> map) ? (Map<String, Object>) map : Map.of();
	}

}
