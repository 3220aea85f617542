package io.agentotp;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What shall be different for some calls, see {@link AgentOtpClient#with(CallOptions)}.
 * Immutable.
 */
public final class CallOptions {

	/** What the client itself sends, and what would change where the request goes. */
	private static final Set<String> RESERVED = Set.of("authorization", "x-api-key", "idempotency-key", "prefer",
			"accept", "content-type", "content-length", "transfer-encoding", "host", "connection", "upgrade", "expect");

	private static final int MAX_KEY_LENGTH = 255;

	private final @Nullable Duration timeout;

	private final @Nullable Integer retries;

	private final @Nullable String idempotencyKey;

	private final Map<String, String> headers;

	private final boolean patient;

	private CallOptions(@Nullable Duration timeout, @Nullable Integer retries, @Nullable String idempotencyKey,
			Map<String, String> headers, boolean patient) {
		this.timeout = timeout;
		this.retries = retries;
		this.idempotencyKey = idempotencyKey;
		this.headers = Map.copyOf(headers);
		this.patient = patient;
	}

	/**
	 * Starts options that change nothing.
	 * @return a builder
	 */
	public static Builder builder() {
		return new Builder();
	}

	Optional<Duration> timeout() {
		return Optional.ofNullable(this.timeout);
	}

	OptionalInt retries() {
		return (this.retries != null) ? OptionalInt.of(this.retries) : OptionalInt.empty();
	}

	Optional<String> idempotencyKey() {
		return Optional.ofNullable(this.idempotencyKey);
	}

	Map<String, String> headers() {
		return this.headers;
	}

	/**
	 * Return the same options with this idempotency key.
	 */
	CallOptions withIdempotencyKey(String key) {
		return new CallOptions(this.timeout, this.retries, key, this.headers, this.patient);
	}

	/**
	 * Return the same options for a call that does not wait for a service that cannot be
	 * reached, because it is made again later.
	 */
	CallOptions impatient() {
		return new CallOptions(this.timeout, this.retries, this.idempotencyKey, this.headers, false);
	}

	/** Whether to wait for a service that cannot be reached. */
	boolean patient() {
		return this.patient;
	}

	@Override
	public String toString() {
		return "CallOptions[timeout=" + this.timeout + ", retries=" + this.retries + ", headers="
				+ this.headers.keySet() + "]";
	}

	/**
	 * Builds {@link CallOptions}.
	 */
	public static final class Builder {

		private @Nullable Duration timeout;

		private @Nullable Integer retries;

		private @Nullable String idempotencyKey;

		private final Map<String, String> headers = new LinkedHashMap<>();

		private Builder() {
		}

		/**
		 * Sets how long one call may take, with all its retries and without the wait for
		 * a human.
		 * @param timeout a positive time
		 * @return this builder
		 */
		public Builder timeout(Duration timeout) {
			this.timeout = timeout;
			return this;
		}

		/**
		 * Sets how often a failed call is tried again.
		 * @param retries 0 or more
		 * @return this builder
		 */
		public Builder retries(int retries) {
			this.retries = retries;
			return this;
		}

		/**
		 * Sets the idempotency key of one call, instead of one that the client makes: the
		 * service gives the same answer to the same request with the same key for 24
		 * hours, also after a restart of this application. Meant for one request, use or
		 * revocation; with another body the service refuses the key.
		 * @param idempotencyKey 1 to 255 visible ASCII characters
		 * @return this builder
		 */
		public Builder idempotencyKey(String idempotencyKey) {
			this.idempotencyKey = idempotencyKey;
			return this;
		}

		/**
		 * Adds a header, such as {@code traceparent}.
		 * @param name the name; headers that the client itself sends are refused
		 * @param value visible ASCII characters and spaces
		 * @return this builder
		 */
		public Builder header(String name, String value) {
			this.headers.put(name, value);
			return this;
		}

		/**
		 * Builds the options.
		 * @return the options
		 * @throws ConfigurationException naming the setting that is wrong, without its
		 * value
		 */
		public CallOptions build() {
			if (this.timeout != null) {
				AgentOtpClientBuilder.positive("timeout", this.timeout);
			}
			if (this.retries != null && this.retries < 0) {
				throw new ConfigurationException("retries must be 0 or more, not " + this.retries);
			}
			if (this.idempotencyKey != null && (this.idempotencyKey.isEmpty()
					|| this.idempotencyKey.length() > MAX_KEY_LENGTH || !isVisibleAscii(this.idempotencyKey))) {
				throw new ConfigurationException(
						"idempotencyKey must have 1 to " + MAX_KEY_LENGTH + " visible ASCII characters");
			}
			this.headers.forEach((name, value) -> {
				if (!name.matches("[A-Za-z0-9-]+") || RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
					throw new ConfigurationException("header must be one that the client does not send itself, with a "
							+ "name of letters, digits and hyphens");
				}
				if (!isVisibleAscii(value.replace(' ', '_'))) {
					throw new ConfigurationException("the header " + name + " must have visible ASCII characters only");
				}
			});
			return new CallOptions(this.timeout, this.retries, this.idempotencyKey, this.headers, true);
		}

		private static boolean isVisibleAscii(String text) {
			for (int index = 0; index < text.length(); index++) {
				if (text.charAt(index) <= ' ' || text.charAt(index) >= 0x7f) {
					return false;
				}
			}
			return true;
		}

	}

}
