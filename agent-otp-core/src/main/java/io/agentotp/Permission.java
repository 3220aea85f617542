package io.agentotp;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * What the service last said about a permission: a read-only snapshot. Only the client
 * makes one, from an answer of the service, so that neither an application nor a language
 * model can make up a grant.
 */
public final class Permission {

	private final String id;

	private final String statusText;

	private final String action;

	private final @Nullable String resource;

	private final Map<String, Object> scope;

	private final Map<String, Object> context;

	private final @Nullable OtpToken token;

	private final @Nullable String approvalUrl;

	private final @Nullable Instant expiresAt;

	private final @Nullable String reason;

	private final @Nullable String decidedBy;

	private final @Nullable Instant decidedAt;

	private final @Nullable Instant createdAt;

	private final @Nullable String policyId;

	private final @Nullable String callDigest;

	private final List<Map<String, Object>> proofs;

	Permission(String id, String statusText, String action, @Nullable String resource, Map<String, Object> scope,
			Map<String, Object> context, @Nullable OtpToken token, @Nullable String approvalUrl,
			@Nullable Instant expiresAt, @Nullable String reason, @Nullable String decidedBy,
			@Nullable Instant decidedAt, @Nullable Instant createdAt, @Nullable String policyId,
			@Nullable String callDigest, List<Map<String, Object>> proofs) {
		this.id = id;
		this.statusText = statusText;
		this.action = action;
		this.resource = resource;
		this.scope = scope;
		this.context = context;
		this.token = token;
		this.approvalUrl = approvalUrl;
		this.expiresAt = expiresAt;
		this.reason = reason;
		this.decidedBy = decidedBy;
		this.decidedAt = decidedAt;
		this.createdAt = createdAt;
		this.policyId = policyId;
		this.callDigest = callDigest;
		this.proofs = proofs;
	}

	/**
	 * Return the permission's id.
	 * @return the id
	 */
	public String id() {
		return this.id;
	}

	/**
	 * Return where the permission stands.
	 * @return the status
	 */
	public PermissionStatus status() {
		return PermissionStatus.of(this.statusText);
	}

	/**
	 * Return the status as the service wrote it, also when this version does not know it.
	 * @return the status text
	 */
	public String statusText() {
		return this.statusText;
	}

	/**
	 * Whether the permission is granted and its token is here to be used.
	 * @return {@code true} for a grant, {@code false} for everything else
	 */
	public boolean isGranted() {
		return status() == PermissionStatus.APPROVED && this.token != null;
	}

	/**
	 * Whether a decision may still come. A status that this version does not know may be
	 * a step on the way to one.
	 */
	boolean isOpen() {
		return status() == PermissionStatus.PENDING || status() == PermissionStatus.UNKNOWN;
	}

	/**
	 * Return the same facts without the token, for those who watch and must not act.
	 * @return a permission that is no grant
	 */
	public Permission withoutToken() {
		return (this.token != null) ? new Permission(this.id, this.statusText, this.action, this.resource, this.scope,
				this.context, null, this.approvalUrl, this.expiresAt, this.reason, this.decidedBy, this.decidedAt,
				this.createdAt, this.policyId, this.callDigest, this.proofs) : this;
	}

	/**
	 * Return the same permission for those who must not send anybody there any more.
	 */
	Permission withoutApprovalUrl() {
		return new Permission(this.id, this.statusText, this.action, this.resource, this.scope, this.context,
				this.token, null, this.expiresAt, this.reason, this.decidedBy, this.decidedAt, this.createdAt,
				this.policyId, this.callDigest, this.proofs);
	}

	/**
	 * Return the same permission for what was asked.
	 */
	Permission of(PermissionRequest request) {
		return with(request.action(), request.resource().orElse(null), request.scope(), this.callDigest);
	}

	/**
	 * Return this permission as a later answer than an earlier one. What is no grant need
	 * not repeat what it is for.
	 * @throws ProtocolException if a grant does not say the same
	 */
	Permission after(Permission earlier) {
		if (isGranted()) {
			boolean named = !earlier.action.isEmpty();
			if ((named && !this.action.equals(earlier.action))
					|| (named && !Objects.equals(this.resource, earlier.resource))
					|| (earlier.callDigest != null && !earlier.callDigest.equals(this.callDigest))) {
				throw new ProtocolException(
						"Permission " + Answers.printable(this.id)
								+ " was approved for something else than the service said before",
						CallInfo.local("wait"));
			}
			return this;
		}
		return with(this.action.isEmpty() ? earlier.action : this.action,
				(this.resource != null) ? this.resource : earlier.resource, this.scope,
				(this.callDigest != null) ? this.callDigest : earlier.callDigest);
	}

	private Permission with(String action, @Nullable String resource, Map<String, Object> scope,
			@Nullable String callDigest) {
		return new Permission(this.id, this.statusText, action, resource, scope, this.context, this.token,
				this.approvalUrl, this.expiresAt, this.reason, this.decidedBy, this.decidedAt, this.createdAt,
				this.policyId, callDigest, this.proofs);
	}

	/**
	 * Return this permission if it is a grant.
	 * @return this permission
	 * @throws PermissionPendingException if nobody has decided yet
	 * @throws PermissionExpiredException if nobody decided in time or the grant is over
	 * @throws PermissionDeniedException if it was denied, revoked, is used up, or has a
	 * status that this version does not know
	 */
	public Permission orThrow() {
		if (isGranted()) {
			return this;
		}
		throw switch (status()) {
			case PENDING -> new PermissionPendingException(this);
			case EXPIRED -> new PermissionExpiredException(this);
			default -> new PermissionDeniedException(this);
		};
	}

	/**
	 * Return the action, such as {@code email.send}.
	 * @return the action
	 */
	public String action() {
		return this.action;
	}

	/**
	 * Return what the action is done to, such as {@code email:client@example.com}.
	 * @return the resource, or empty
	 */
	public Optional<String> resource() {
		return Optional.ofNullable(this.resource);
	}

	/**
	 * Return the limits of the permission: as granted once it is approved, as asked for
	 * before. The granted scope can be narrower than the requested one.
	 * @return an unmodifiable map of JSON values
	 */
	public Map<String, Object> scope() {
		return this.scope;
	}

	/**
	 * Return what the agent said about the request.
	 * @return an unmodifiable map of JSON values
	 */
	public Map<String, Object> context() {
		return this.context;
	}

	/**
	 * Return the one-time token.
	 * @return the token; empty unless the permission is approved, unused and unexpired
	 */
	public Optional<OtpToken> token() {
		return Optional.ofNullable(this.token);
	}

	/**
	 * Return the page on which a human decides.
	 * @return the address, or empty
	 */
	public Optional<String> approvalUrl() {
		return Optional.ofNullable(this.approvalUrl);
	}

	/**
	 * Return the end of the approval window while pending, the end of the token's life
	 * once approved. The service judges expiry by its own clock.
	 * @return the instant, or empty
	 */
	public Optional<Instant> expiresAt() {
		return Optional.ofNullable(this.expiresAt);
	}

	/**
	 * Return why it was decided so, in the words of the human or the policy.
	 * @return the reason, or empty
	 */
	public Optional<String> reason() {
		return Optional.ofNullable(this.reason);
	}

	/**
	 * Return who decided, such as {@code user:alice} or {@code policy:read-reports}.
	 * @return the decider, or empty
	 */
	public Optional<String> decidedBy() {
		return Optional.ofNullable(this.decidedBy);
	}

	/**
	 * Return when it was decided.
	 * @return the instant, or empty
	 */
	public Optional<Instant> decidedAt() {
		return Optional.ofNullable(this.decidedAt);
	}

	/**
	 * Return when it was asked for.
	 * @return the instant, or empty
	 */
	public Optional<Instant> createdAt() {
		return Optional.ofNullable(this.createdAt);
	}

	/**
	 * Return the policy that matched.
	 * @return the policy's id, or empty
	 */
	public Optional<String> policyId() {
		return Optional.ofNullable(this.policyId);
	}

	/**
	 * Return the digest of the call that this permission is bound to.
	 * @return the digest, or empty if it is bound to none
	 */
	public Optional<String> callDigest() {
		return Optional.ofNullable(this.callDigest);
	}

	/**
	 * Return what approvers have signed, as the service sent it. Nothing of it is checked
	 * yet: {@link GrantVerifier} does that.
	 * @return an unmodifiable list of JSON objects, empty if nobody has signed
	 */
	public List<Map<String, Object>> proofs() {
		return this.proofs;
	}

	@Override
	public String toString() {
		return Answers
			.printable("Permission[id=" + this.id + ", status=" + this.statusText + ", action=" + this.action + "]");
	}

}
