package io.agentotp.server.notification.slack;

import java.net.URI;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.agentotp.server.json.Json;
import io.agentotp.server.notification.DeliveryException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * A connection of Socket Mode, which is opened again whenever it ends. Slack needs no way
 * to the service then.
 */
final class SlackSocket {

	private static final Logger logger = LoggerFactory.getLogger(SlackSocket.class);

	private static final Duration CONNECT = Duration.ofSeconds(15);

	private static final Duration FIRST_WAIT = Duration.ofMillis(500);

	private static final Duration LONGEST_WAIT = Duration.ofMinutes(1);

	// Of what somebody has to mend.
	private static final Duration FATAL_WAIT = Duration.ofMinutes(5);

	// Slack sends a ping every few seconds.
	private static final Duration SILENCE = Duration.ofMinutes(1);

	private static final int MAX_MESSAGE = 1024 * 1024;

	private final SlackApi api;

	private final SlackPresses presses;

	private final CountDownLatch closed = new CountDownLatch(1);

	private volatile @Nullable Connection connection;

	private volatile boolean fatal;

	private volatile @Nullable String problem = "Socket Mode of Slack is not connected yet";

	SlackSocket(SlackApi api, SlackPresses presses) {
		this.api = api;
		this.presses = presses;
	}

	void start() {
		Thread thread = new Thread(this::run, "agent-otp-slack-socket");
		thread.setDaemon(true);
		thread.start();
	}

	void close() {
		this.closed.countDown();
		Connection open = this.connection;
		if (open != null) {
			open.end();
		}
	}

	Optional<String> problem() {
		return Optional.ofNullable(this.problem);
	}

	private void run() {
		Duration wait = FIRST_WAIT;
		try {
			while (this.closed.getCount() > 0) {
				Connection open = connect();
				if (open != null) {
					open.await();
					this.connection = null;
				}
				if (open != null && open.greeted) {
					wait = FIRST_WAIT;
				}
				boolean ended = this.closed.await(pause(wait).toMillis(), TimeUnit.MILLISECONDS);
				wait = ended ? wait : min(wait.multipliedBy(2), LONGEST_WAIT);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (RuntimeException ex) {
			logger.error("Socket Mode of Slack ended, so nobody decides in Slack until the next start", ex);
			this.problem = "Socket Mode of Slack ended: see the log";
		}
	}

	private Duration pause(Duration wait) {
		Duration longest = this.fatal ? FATAL_WAIT : wait;
		return Duration.ofMillis(ThreadLocalRandom.current().nextLong(longest.toMillis() / 2, longest.toMillis() + 1));
	}

	private static Duration min(Duration one, Duration other) {
		return (one.compareTo(other) < 0) ? one : other;
	}

	private @Nullable Connection connect() throws InterruptedException {
		try {
			URI url = URI.create(this.api.asApp("apps.connections.open", Json.object()).path("url").asString(""));
			this.fatal = false;
			Connection open = new Connection();
			this.connection = open;
			open.socket(this.api.http()
				.client()
				.newWebSocketBuilder()
				.connectTimeout(CONNECT)
				.buildAsync(url, open)
				.get(2 * CONNECT.toMillis(), TimeUnit.MILLISECONDS));
			return open;
		}
		catch (DeliveryException ex) {
			String text = String.valueOf(ex.getMessage());
			this.fatal = SlackApi.FATAL.stream().anyMatch(text::endsWith);
			failed(text);
		}
		catch (ExecutionException | TimeoutException | IllegalArgumentException ex) {
			failed("Slack was not reached: " + name(ex));
		}
		return null;
	}

	// The text may hold the address, and with it a ticket.
	private static String name(Exception ex) {
		Throwable cause = ex.getCause();
		return ((cause != null) ? cause : ex).getClass().getSimpleName();
	}

	private void failed(String text) {
		String told = text + ". Nobody can decide in Slack meanwhile";
		if (!told.equals(this.problem)) {
			logger.warn("{}", told);
		}
		this.problem = told;
	}

	/**
	 * One connection.
	 */
	private final class Connection implements WebSocket.Listener {

		private final CompletableFuture<Void> end = new CompletableFuture<>();

		private final StringBuilder message = new StringBuilder();

		private volatile @Nullable WebSocket socket;

		// The client takes no text while it sends one.
		private CompletableFuture<@Nullable WebSocket> acknowledged = CompletableFuture.completedFuture(null);

		private volatile long heard = System.nanoTime();

		private volatile boolean greeted;

		void socket(WebSocket open) {
			this.socket = open;
			if (this.end.isDone()) {
				open.abort();
			}
		}

		void end() {
			WebSocket open = this.socket;
			this.end.complete(null);
			if (open != null) {
				open.abort();
			}
		}

		void await() throws InterruptedException {
			while (!this.end.isDone()) {
				try {
					Void unused = this.end.get(SILENCE.toMillis() / 4, TimeUnit.MILLISECONDS);
				}
				catch (TimeoutException ex) {
					if (System.nanoTime() - this.heard > SILENCE.toNanos()) {
						failed("Slack has been silent for too long");
						end();
					}
				}
				catch (ExecutionException ex) {
					failed("The connection to Slack broke: " + name(ex));
				}
			}
			end();
		}

		@Override
		public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
			this.heard = System.nanoTime();
			if (this.message.length() + text.length() > MAX_MESSAGE) {
				end();
				return null;
			}
			this.message.append(text);
			if (last) {
				String whole = this.message.toString();
				this.message.setLength(0);
				take(from, whole);
			}
			from.request(1);
			return null;
		}

		@Override
		public @Nullable CompletionStage<?> onPing(WebSocket from, ByteBuffer bytes) {
			this.heard = System.nanoTime();
			from.request(1);
			return null;
		}

		@Override
		public @Nullable CompletionStage<?> onClose(WebSocket from, int status, String reason) {
			this.end.complete(null);
			return null;
		}

		@Override
		public void onError(WebSocket from, Throwable error) {
			this.end.completeExceptionally(error);
		}

		private void take(WebSocket to, String text) {
			JsonNode message;
			try {
				message = Json.read(text);
			}
			catch (JacksonException ex) {
				return;
			}
			switch (message.path("type").asString("")) {
				case "hello" -> {
					this.greeted = true;
					SlackSocket.this.problem = null;
					logger.info("Approvers can decide in Slack: Socket Mode is connected");
				}
				case "disconnect" -> {
					if (message.path("reason").asString("").equals("link_disabled")) {
						SlackSocket.this.fatal = true;
						failed("Socket Mode is switched off in the settings of the app");
					}
					end();
				}
				case "interactive" -> {
					// Without an answer Slack tells the person that it failed.
					if (SlackSocket.this.presses.take(message.path("payload"))) {
						acknowledge(to, message);
					}
				}
				default -> acknowledge(to, message);
			}
		}

		private void acknowledge(WebSocket to, JsonNode message) {
			String id = message.path("envelope_id").asString("");
			if (!id.isEmpty()) {
				String text = Json.write(Json.object().put("envelope_id", id));
				this.acknowledged = this.acknowledged.thenCompose((before) -> to.sendText(text, true));
				this.acknowledged.whenComplete((sent, error) -> {
					if (error != null) {
						end();
					}
				});
			}
		}

	}

}
