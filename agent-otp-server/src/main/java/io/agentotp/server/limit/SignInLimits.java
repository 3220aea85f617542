package io.agentotp.server.limit;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.failure.LimitExceededException;
import io.agentotp.server.failure.RefusedException;
import io.agentotp.server.failure.TryLaterException;
import io.agentotp.server.token.Secrets;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.stereotype.Component;

/**
 * Slows down who tries passwords or keys. An attempt is counted before it is looked at,
 * so that many at once are not looked at either, and given back unless it was wrong.
 */
@Component
public final class SignInLimits {

	private static final Logger logger = LoggerFactory.getLogger(SignInLimits.class);

	// More than one address has, so that a single stranger does not use it up.
	private static final int ADDRESSES_PER_ACCOUNT = 3;

	private static final int MESSAGES_PER_MINUTE = 3;

	// As some proxies write an address, with another port for each connection.
	private static final Pattern WITH_PORT = Pattern.compile("(\\[.*]|[0-9.]+):[0-9]+");

	private final Buckets buckets;

	private final AgentOtpServerProperties.Limits limits;

	SignInLimits(Buckets buckets, AgentOtpServerProperties.Limits limits) {
		this.buckets = buckets;
		this.limits = limits;
	}

	/**
	 * Counts an attempt with a password. A device from which this account signed in
	 * before has a budget of its own, which strangers cannot use up.
	 * @param account the name that was given, whether or not there is such an account
	 * @param address from where
	 * @param device the device, if it is one of this account
	 * @return the attempt
	 * @throws RefusedException if there were too many
	 */
	public Attempt password(String account, String address, @Nullable String device) {
		int limit = this.limits.wrongPasswordsPerMinute();
		if (device != null) {
			return take(new Limit("device", device, limit));
		}
		return take(new Limit("address", network(address), limit),
				new Limit("account", account.toLowerCase(Locale.ROOT), ADDRESSES_PER_ACCOUNT * limit));
	}

	/**
	 * Counts an attempt with the code of a link. Codes are too long to be guessed, so
	 * there is no budget for the account, which strangers elsewhere could use up.
	 * @param address from where
	 * @return the attempt
	 * @throws RefusedException if there were too many
	 */
	public Attempt link(String address) {
		return take(new Limit("link", network(address), this.limits.wrongPasswordsPerMinute()));
	}

	/**
	 * Counts an attempt with a passkey. What it signs cannot be guessed, as with the code
	 * of a link.
	 * @param address from where
	 * @return the attempt
	 * @throws RefusedException if there were too many
	 */
	public Attempt passkey(String address) {
		return take(new Limit("passkey", network(address), this.limits.wrongPasswordsPerMinute()));
	}

	/**
	 * Counts an attempt of somebody who is signed in to repeat the password.
	 * @param user who is signed in
	 * @return the attempt
	 * @throws RefusedException if there were too many
	 */
	public Attempt repeated(String user) {
		return take(new Limit("user", user, this.limits.wrongPasswordsPerMinute()));
	}

	/**
	 * Counts a message that a person has sent to an address, which may be a stranger's.
	 * @param user who is signed in
	 * @return the attempt, which is not given back
	 * @throws RefusedException if there were too many
	 */
	public Attempt message(String user) {
		return take(new Limit("message", user, MESSAGES_PER_MINUTE));
	}

	/**
	 * Counts an attempt with a key.
	 * @param address from where
	 * @return the attempt
	 * @throws RefusedException if there were too many
	 */
	public Attempt key(String address) {
		return take(new Limit("keys", network(address), this.limits.wrongKeysPerMinute()));
	}

	/**
	 * Counts an attempt of somebody whom nobody knows to answer in a chat.
	 * @param channel the name of the channel
	 * @param address who
	 * @return the attempt
	 * @throws RefusedException if there were too many
	 */
	public Attempt chat(String channel, String address) {
		return take(new Limit("chat", channel + ":" + address, this.limits.wrongPasswordsPerMinute()));
	}

	private Attempt take(Limit... all) {
		Attempt attempt = new Attempt(new ArrayList<>());
		try {
			for (Limit limit : all) {
				Bucket bucket = this.buckets.get(limit.id(), limit.perMinute());
				ConsumptionProbe probe = bucket.tryConsumeAndReturnRemaining(1);
				if (!probe.isConsumed()) {
					throw tooMany(Duration.ofNanos(probe.getNanosToWaitForRefill()));
				}
				attempt.taken.add(bucket);
			}
			return attempt;
		}
		catch (RefusedException ex) {
			throw ex;
		}
		catch (RuntimeException ex) {
			logger.warn("Attempts to sign in cannot be counted, so they are refused: {}", ex.toString());
			attempt.giveBack();
			throw TryLaterException.unavailable();
		}
	}

	private static TryLaterException tooMany(Duration wait) {
		long seconds = Math.max(1, wait.plusMillis(999).toSeconds());
		return new LimitExceededException("Too many attempts. Try again in " + seconds + " seconds",
				Duration.ofSeconds(seconds));
	}

	/**
	 * Whose an address is, as far as one can tell: one customer of IPv6 has at least the
	 * addresses of a /64.
	 * @param address the address
	 * @return the same for all addresses of one customer
	 */
	public static String network(String address) {
		Matcher port = WITH_PORT.matcher(address);
		return port.matches() ? withoutPort(port.group(1)) : withoutPort(address);
	}

	private static String withoutPort(String text) {
		String address = text.replaceFirst("^\\[(.*)]$", "$1");
		if (address.indexOf(':') >= 0 && address.matches("[0-9A-Fa-f:.]{2,45}(%.*)?")) {
			try {
				byte[] bytes = InetAddress.getByName(address.replaceFirst("%.*", "")).getAddress();
				if (bytes.length == 16) {
					return HexFormat.of().formatHex(bytes, 0, 8);
				}
			}
			catch (UnknownHostException ex) {
				// Then as it stands.
			}
		}
		return address;
	}

	private record Limit(String kind, String value, int perMinute) {

		// Names and addresses can be long, and are nobody's business.
		String id() {
			return "sign-in:" + this.kind + ":" + Secrets.sha256(this.value);
		}

	}

	/**
	 * An attempt that may be looked at.
	 */
	public static final class Attempt {

		private final List<Bucket> taken;

		private Attempt(List<Bucket> taken) {
			this.taken = taken;
		}

		/**
		 * Does not count it, since it was right, or since nobody could say whether it
		 * was. Never for one that was wrong, and once only.
		 */
		public void giveBack() {
			try {
				this.taken.forEach((bucket) -> bucket.addTokens(1));
			}
			catch (RuntimeException ex) {
				logger.warn("A password or key that was not wrong was counted as if it were: {}", ex.toString());
			}
		}

	}

}
