package io.agentotp.server.notification.telegram;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.agentotp.server.config.TelegramSettings;
import io.agentotp.server.json.Json;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.database.Lease;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.dao.DataAccessException;

/**
 * Lets updates come in: one node asks Telegram for them, or Telegram is told where to
 * send them.
 */
final class TelegramListener {

	private static final Logger logger = LoggerFactory.getLogger(TelegramListener.class);

	// How long Telegram holds a question for updates.
	private static final Duration POLL = Duration.ofSeconds(25);

	private static final Duration LEASE = Duration.ofSeconds(60);

	private static final Duration WAIT = Duration.ofSeconds(5);

	private static final Duration PAUSE = Duration.ofMillis(500);

	private static final int MAX_UPDATES = 20;

	private final TelegramApi api;

	private final TelegramSettings settings;

	private final TelegramUpdates updates;

	private final Lease lease;

	// Where Telegram sends updates, if it does.
	private final @Nullable String webhook;

	private final CountDownLatch closed = new CountDownLatch(1);

	private volatile @Nullable Thread thread;

	private volatile @Nullable String bot;

	private volatile @Nullable String problem = "Telegram is not connected yet";

	private boolean own;

	private long offset;

	TelegramListener(TelegramApi api, TelegramSettings settings, TelegramUpdates updates, Lease lease,
			@Nullable String webhook) {
		this.api = api;
		this.settings = settings;
		this.updates = updates;
		this.lease = lease;
		this.webhook = webhook;
	}

	/**
	 * The name of the bot.
	 * @return the name, empty before Telegram has told it
	 */
	Optional<String> bot() {
		return Optional.ofNullable(this.bot);
	}

	Optional<String> problem() {
		return Optional.ofNullable(this.problem);
	}

	synchronized void start() {
		if (this.thread == null) {
			Thread listener = new Thread(this::run, "agent-otp-telegram");
			listener.setDaemon(true);
			listener.start();
			this.thread = listener;
		}
	}

	void close() {
		this.closed.countDown();
		Thread listener = this.thread;
		if (listener != null) {
			listener.interrupt();
		}
	}

	private void run() {
		try {
			while (this.closed.getCount() > 0) {
				if (this.closed.await(step().toMillis(), TimeUnit.MILLISECONDS)) {
					break;
				}
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		finally {
			this.lease.release(TelegramChannel.NAME);
		}
	}

	// How long to wait before the next one.
	private Duration step() {
		try {
			if (this.bot == null) {
				String name = this.api.call("getMe", Json.object()).path("username").asString("");
				if (!name.matches("[A-Za-z0-9_]{3,40}")) {
					throw DeliveryException.retry("Telegram does not know the bot", null);
				}
				this.bot = name;
			}
			if (this.webhook != null) {
				setWebhook(this.webhook);
				return WAIT;
			}
			if (!this.lease.take(TelegramChannel.NAME, LEASE)) {
				// Another node asks.
				this.own = false;
				this.problem = null;
				return WAIT;
			}
			long begin = System.nanoTime();
			boolean found = poll();
			this.problem = null;
			// Who answers at once that there is nothing is not asked without a pause.
			return (found || System.nanoTime() - begin > PAUSE.toNanos()) ? Duration.ZERO : PAUSE;
		}
		catch (DeliveryException | DataAccessException ex) {
			if (this.closed.getCount() > 0) {
				failed((ex instanceof DeliveryException) ? String.valueOf(ex.getMessage())
						: "The database cannot be used");
			}
		}
		catch (RuntimeException ex) {
			logger.error("Updates of Telegram were not read", ex);
			failed("The service failed: see the log");
		}
		return WAIT;
	}

	private void setWebhook(String address) throws DeliveryException {
		if (this.own) {
			return;
		}
		ObjectNode body = updates().put("url", address).put("secret_token", this.settings.webhookSecret());
		JsonNode unused = this.api.call("setWebhook", body);
		this.own = true;
		this.problem = null;
		logger.info("People can decide in Telegram, which calls {}", address);
	}

	private boolean poll() throws DeliveryException {
		if (!this.own) {
			// Otherwise Telegram sends them elsewhere.
			JsonNode unused = this.api.call("deleteWebhook", Json.object());
			this.own = true;
			this.problem = null;
			logger.info("People can decide in Telegram");
		}
		ObjectNode body = updates().put("timeout", POLL.toSeconds()).put("limit", MAX_UPDATES);
		if (this.offset > 0) {
			body.put("offset", this.offset);
		}
		JsonNode found = this.api.call("getUpdates", body, POLL.plusSeconds(10));
		for (JsonNode update : found) {
			if (!this.updates.take(update)) {
				// It comes again.
				return false;
			}
			this.offset = update.path("update_id").asLong(0) + 1;
		}
		return !found.isEmpty();
	}

	private static ObjectNode updates() {
		ObjectNode body = Json.object();
		body.putArray("allowed_updates").add("callback_query").add("message");
		return body;
	}

	private void failed(String text) {
		String told = text + ". Nobody can decide in Telegram meanwhile";
		this.own = false;
		if (!told.equals(this.problem)) {
			logger.warn("{}", told);
		}
		this.problem = told;
	}

}
