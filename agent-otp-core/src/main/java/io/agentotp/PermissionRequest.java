package io.agentotp;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

/**
 * A permission request: may this agent do this, to this, within these limits? Immutable
 * and checked when built, so that nothing invalid is ever sent.
 */
public final class PermissionRequest {

	/** Longest action and longest resource, in characters. */
	public static final int MAX_TEXT_LENGTH = 255;

	/** Shortest life of a token. */
	public static final Duration MIN_TTL = Duration.ofSeconds(30);

	/** Longest life of a token. */
	public static final Duration MAX_TTL = Duration.ofHours(1);

	private final String action;

	private final @Nullable String resource;

	private final Map<String, Object> scope;

	private final Map<String, Object> context;

	private final @Nullable Duration ttl;

	private final @Nullable Map<String, Object> call;

	private final @Nullable String callDigest;

	private final boolean waitForApproval;

	private final @Nullable Duration timeout;

	private PermissionRequest(Builder builder, Map<String, Object> scope, Map<String, Object> context,
			@Nullable Map<String, Object> call) {
		this.action = builder.action;
		this.resource = builder.resource;
		this.scope = scope;
		this.context = context;
		this.ttl = builder.ttl;
		this.call = call;
		this.callDigest = builder.callDigest;
		this.waitForApproval = builder.waitForApproval;
		this.timeout = builder.timeout;
	}

	private PermissionRequest(PermissionRequest request, Map<String, Object> call, String callDigest) {
		this.action = request.action;
		this.resource = request.resource;
		this.scope = request.scope;
		this.context = request.context;
		this.ttl = request.ttl;
		this.call = call;
		this.callDigest = callDigest;
		this.waitForApproval = request.waitForApproval;
		this.timeout = request.timeout;
	}

	/**
	 * Starts a request.
	 * @param action what the agent wants to do, such as {@code email.send}; 1 to 255
	 * characters
	 * @return a builder
	 */
	public static Builder builder(String action) {
		return new Builder(action);
	}

	/**
	 * Return the action.
	 * @return the action
	 */
	public String action() {
		return this.action;
	}

	/**
	 * Return what the action is done to.
	 * @return the resource, or empty
	 */
	public Optional<String> resource() {
		return Optional.ofNullable(this.resource);
	}

	/**
	 * Return the limits asked for.
	 * @return an unmodifiable map of JSON values
	 */
	public Map<String, Object> scope() {
		return this.scope;
	}

	/**
	 * Return what the agent says about the request.
	 * @return an unmodifiable map of JSON values
	 */
	public Map<String, Object> context() {
		return this.context;
	}

	/**
	 * Return how long the token shall live after the approval.
	 * @return the time, or empty for the service's default
	 */
	public Optional<Duration> ttl() {
		return Optional.ofNullable(this.ttl);
	}

	/**
	 * Return the digest of the call that the permission is to be bound to.
	 * @return the digest, or empty
	 */
	public Optional<String> callDigest() {
		return Optional.ofNullable(this.callDigest);
	}

	/**
	 * Return what is called and with which arguments, as the approver sees it.
	 * @return an unmodifiable map of JSON values, or empty
	 */
	public Optional<Map<String, Object>> call() {
		return Optional.ofNullable(this.call);
	}

	/**
	 * Binds the permission to one call. The service shows the call, and refuses a digest
	 * that does not cover all that it shows.
	 * @param call target, arguments and the names of what is not bound, in the form of
	 * the wire protocol; JSON values by name
	 * @param callDigest the digest of action, resource, scope and call
	 * @return the same request with the call
	 * @throws ValidationException naming every value that is no JSON
	 */
	public PermissionRequest withCall(Map<String, ? extends @Nullable Object> call, String callDigest) {
		Map<String, String> errors = new TreeMap<>();
		Map<String, Object> frozen = JsonCopies.freeze("call", call, errors);
		requireValid(errors);
		return new PermissionRequest(this, frozen, callDigest);
	}

	private static void requireValid(Map<String, String> errors) {
		if (!errors.isEmpty()) {
			throw new ValidationException("VALIDATION_ERROR", "The request is invalid", errors,
					CallInfo.local("request"));
		}
	}

	/**
	 * Return what a permission is granted for otherwise than was asked, but for its
	 * scope, which may be {@linkplain ScopeComparison narrower}. A service that does not
	 * know digests names none.
	 * @param permission an answer of the service to this request
	 * @return what differs, such as {@code resource}; empty if the permission fits
	 */
	public Optional<String> mismatch(Permission permission) {
		if (!permission.action().equals(this.action)) {
			return Optional.of("action");
		}
		if (!permission.resource().equals(resource())) {
			return Optional.of("resource");
		}
		if (this.callDigest != null && !permission.callDigest().orElse(this.callDigest).equals(this.callDigest)) {
			return Optional.of("callDigest");
		}
		return Optional.empty();
	}

	/**
	 * Whether to wait for a human's decision.
	 * @return {@code true} unless switched off
	 */
	public boolean waitForApproval() {
		return this.waitForApproval;
	}

	/**
	 * Return how long to wait for a human's decision.
	 * @return the time, or empty for the client's default
	 */
	public Optional<Duration> timeout() {
		return Optional.ofNullable(this.timeout);
	}

	@Override
	public String toString() {
		return "PermissionRequest[action=" + this.action + ", resource=" + this.resource + "]";
	}

	/**
	 * Builds a {@link PermissionRequest}.
	 */
	public static final class Builder {

		private final String action;

		private @Nullable String resource;

		private final Map<String, @Nullable Object> scope = new LinkedHashMap<>();

		private final Map<String, @Nullable Object> context = new LinkedHashMap<>();

		private @Nullable Duration ttl;

		private @Nullable String callDigest;

		private boolean waitForApproval = true;

		private @Nullable Duration timeout;

		private Builder(String action) {
			this.action = action;
		}

		/**
		 * Sets what the action is done to.
		 * @param resource such as {@code email:client@example.com}, at most 255
		 * characters
		 * @return this builder
		 */
		public Builder resource(@Nullable String resource) {
			this.resource = resource;
			return this;
		}

		/**
		 * Adds one limit.
		 * @param name the limit's name, such as {@code max_emails}
		 * @param value a JSON value: text, number, boolean, {@code null}, or maps and
		 * lists of these
		 * @return this builder
		 */
		public Builder scope(String name, @Nullable Object value) {
			this.scope.put(name, value);
			return this;
		}

		/**
		 * Adds limits.
		 * @param scope limits by name
		 * @return this builder
		 */
		public Builder scope(Map<String, ? extends @Nullable Object> scope) {
			this.scope.putAll(scope);
			return this;
		}

		/**
		 * Adds one thing that the agent says about the request.
		 * @param name the name
		 * @param value a JSON value
		 * @return this builder
		 */
		public Builder context(String name, @Nullable Object value) {
			this.context.put(name, value);
			return this;
		}

		/**
		 * Adds what the agent says about the request.
		 * @param context JSON values by name
		 * @return this builder
		 */
		public Builder context(Map<String, ? extends @Nullable Object> context) {
			this.context.putAll(context);
			return this;
		}

		/**
		 * Sets why the agent asks: shown to the approver as the agent's own words.
		 * Shorthand for {@code context("reason", reason)}.
		 * @param reason the reason
		 * @return this builder
		 */
		public Builder reason(String reason) {
			return context("reason", reason);
		}

		/**
		 * Sets how long the token shall live after the approval.
		 * @param ttl 30 seconds to 1 hour; the service uses 5 minutes if this is not set
		 * @return this builder
		 */
		public Builder ttl(@Nullable Duration ttl) {
			this.ttl = ttl;
			return this;
		}

		/**
		 * Binds the permission to one call: the service rejects a use with another
		 * digest.
		 * @param callDigest a digest of the call
		 * @return this builder
		 */
		public Builder callDigest(@Nullable String callDigest) {
			this.callDigest = callDigest;
			return this;
		}

		/**
		 * Sets whether to wait for a human's decision. Without waiting the answer may be
		 * a pending permission.
		 * @param waitForApproval {@code true} to wait, which is the default
		 * @return this builder
		 */
		public Builder waitForApproval(boolean waitForApproval) {
			this.waitForApproval = waitForApproval;
			return this;
		}

		/**
		 * Sets how long to wait for a human's decision.
		 * @param timeout a positive time
		 * @return this builder
		 */
		public Builder timeout(@Nullable Duration timeout) {
			this.timeout = timeout;
			return this;
		}

		/**
		 * Builds the request.
		 * @return the request
		 * @throws ValidationException naming every field that is wrong
		 */
		public PermissionRequest build() {
			Map<String, String> errors = new TreeMap<>();
			if (this.action.isBlank() || this.action.length() > MAX_TEXT_LENGTH) {
				errors.put("action", "must have 1 to " + MAX_TEXT_LENGTH + " characters and not be blank");
			}
			if (this.resource != null && this.resource.length() > MAX_TEXT_LENGTH) {
				errors.put("resource", "must have at most " + MAX_TEXT_LENGTH + " characters");
			}
			if (this.ttl != null && (this.ttl.compareTo(MIN_TTL) < 0 || this.ttl.compareTo(MAX_TTL) > 0)) {
				errors.put("ttl", "must be from 30 seconds to 1 hour");
			}
			if (this.timeout != null && (this.timeout.isZero() || this.timeout.isNegative())) {
				errors.put("timeout", "must be positive; use waitForApproval(false) not to wait");
			}
			Map<String, Object> frozenScope = JsonCopies.freeze("scope", this.scope, errors);
			Map<String, Object> frozenContext = JsonCopies.freeze("context", this.context, errors);
			requireValid(errors);
			return new PermissionRequest(this, frozenScope, frozenContext, null);
		}

	}

}
