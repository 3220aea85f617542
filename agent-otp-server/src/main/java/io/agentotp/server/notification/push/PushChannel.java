package io.agentotp.server.notification.push;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

import io.agentotp.server.config.PushSettings;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.json.Json;
import io.agentotp.server.notification.DeliveryException;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.Notification.Kind;
import io.agentotp.server.notification.NotificationChannel;
import io.agentotp.server.notification.NotificationText;
import io.agentotp.server.notification.http.BoundedCall;
import org.jspecify.annotations.Nullable;

/**
 * Sends to the browsers that people have asked to tell them. A message says that a
 * request waits, and names it, so that nobody on its way learns what it is about: the
 * page does that, once one has signed in.
 */
public final class PushChannel implements NotificationChannel {

	/**
	 * The name of the channel.
	 */
	public static final String NAME = "push";

	private static final Duration TEST_LIFE = Duration.ofMinutes(5);

	// What services take of the time that one signs for is at most a day.
	private static final Duration SIGNED = Duration.ofHours(12);

	private static final Duration PATIENCE = Duration.ofSeconds(15);

	private static final int MAX_TOPIC = 32;

	private final PushSettings settings;

	private final PushEndpoints endpoints;

	private final PushKeys keys;

	private final InstantSource clock;

	private final HttpClient client = HttpClient.newBuilder()
		.followRedirects(HttpClient.Redirect.NEVER)
		.connectTimeout(PATIENCE)
		.build();

	PushChannel(PushSettings settings, PushKeys keys, InstantSource clock) {
		this.settings = settings;
		this.endpoints = new PushEndpoints(settings.endpoints());
		this.keys = keys;
		this.clock = clock;
	}

	@Override
	public String name() {
		return NAME;
	}

	@Override
	public Optional<String> problemOfAddress(String address) {
		return this.endpoints.isAllowed(address) ? Optional.empty()
				: Optional.of("It is not at one of the services of browsers that this service sends to");
	}

	@Override
	public Details details() {
		return Details.NOTHING;
	}

	// A browser must show each message that it gets, so none says that there is nothing
	// to do any more. Nobody proves an address by a message: the browser has made it.
	@Override
	public boolean tells(Kind kind) {
		return switch (kind) {
			case PENDING, REMINDER, ESCALATED, UNDECIDABLE, UNTOLD, TEST -> true;
			case DECIDED, ENDED, CONFIRM -> false;
		};
	}

	/**
	 * The key that browsers subscribe with.
	 * @return the public half in base64 for URLs
	 */
	public String key() {
		return this.keys.current().text();
	}

	/**
	 * Looks at what a browser says when it subscribes.
	 * @param endpoint its address
	 * @param receiver its key
	 * @param secret its secret
	 * @param key the key of this service that it subscribed with
	 * @param device what the person is to know it by
	 * @return what is stored with the address
	 * @throws InvalidInputException if it cannot be sent to
	 */
	public String secrets(String endpoint, String receiver, String secret, String key, String device) {
		problemOfAddress(endpoint).ifPresent((problem) -> {
			throw new InvalidInputException("endpoint",
					"is not at one of the services of browsers that this service sends to");
		});
		if (this.keys.find(key).isEmpty()) {
			throw new InvalidInputException("key", "is none of this service. Load the page again");
		}
		return Subscription.of(receiver, secret, key, device)
			.orElseThrow(() -> new InvalidInputException("endpoint", "has no key that can be used"))
			.json();
	}

	/**
	 * What a person knows a browser by.
	 * @param secrets what is stored with its address
	 * @return the name, empty if it is not known
	 */
	public static String device(@Nullable String secrets) {
		return Subscription.read(secrets).map(Subscription::device).orElse("");
	}

	@Override
	public Optional<String> send(Notification notification) throws DeliveryException {
		String endpoint = notification.to().address();
		Subscription subscription = Subscription.read(notification.to().secrets())
			.orElseThrow(() -> DeliveryException.forgetAddress("The browser has to be added on its own account page"));
		PushKey key = this.keys.find(subscription.key())
			.orElseThrow(() -> DeliveryException
				.forgetAddress("The secret of this service is another one now. Open a page of it in that browser"));
		if (!this.endpoints.isAllowed(endpoint)) {
			throw DeliveryException.forgetAddress("The settings do not allow to send to the service of this browser");
		}
		BoundedCall.Answer answer = post(request(notification, URI.create(endpoint), subscription, key));
		requireTaken(answer);
		return Optional.empty();
	}

	private HttpRequest request(Notification notification, URI endpoint, Subscription subscription, PushKey key)
			throws DeliveryException {
		Instant now = this.clock.instant();
		Notification.Request request = notification.request();
		Duration life = (request != null) ? Duration.between(now, request.until()) : TEST_LIFE;
		if (life.toSeconds() < 1) {
			throw DeliveryException.giveUp("It is too late to tell");
		}
		HttpRequest.Builder post = HttpRequest.newBuilder(endpoint)
			.timeout(PATIENCE)
			.header("TTL", String.valueOf(life.toSeconds()))
			.header("Urgency", "high")
			.header("Content-Type", "application/octet-stream")
			.header("Content-Encoding", "aes128gcm")
			.header("Authorization", authorization(endpoint, key, now));
		String topic = (request != null) ? request.permissionId().replace("-", "") : "";
		if (topic.length() == MAX_TOPIC) {
			// A browser that was off gets the last message of a request only.
			post.header("Topic", topic);
		}
		try {
			return post
				.POST(HttpRequest.BodyPublishers.ofByteArray(
						PushEncryption.encrypt(text(notification), subscription.receiver(), subscription.secret())))
				.build();
		}
		catch (GeneralSecurityException ex) {
			throw DeliveryException.forgetAddress("The key of the browser cannot be used");
		}
	}

	private static byte[] text(Notification notification) {
		Notification.Request request = notification.request();
		return Json.mapper()
			.writeValueAsBytes(Json.object()
				.put("title", NotificationText.heading(notification))
				.put("text", NotificationText.open(notification))
				.put("permission", (request != null) ? request.permissionId() : null));
	}

	// VAPID (RFC 8292).
	private String authorization(URI endpoint, PushKey key, Instant now) {
		String head = Json.write(Json.object().put("typ", "JWT").put("alg", "ES256"));
		String claims = Json.write(Json.object()
			.put("aud", PushEndpoints.origin(endpoint))
			.put("exp", now.plus(SIGNED).getEpochSecond())
			.put("sub", this.settings.subject()));
		String signed = base64(head) + "." + base64(claims);
		return "vapid t=" + signed + "." + PushKey.base64(key.sign(signed)) + ", k=" + key.text();
	}

	private static String base64(String text) {
		return PushKey.base64(text.getBytes(StandardCharsets.UTF_8));
	}

	private BoundedCall.Answer post(HttpRequest request) throws DeliveryException {
		try {
			return BoundedCall.send(this.client, request, PATIENCE);
		}
		catch (IOException ex) {
			throw DeliveryException
				.retry("The service of the browser cannot be reached: " + ex.getClass().getSimpleName(), null);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw DeliveryException.retry("Sending was interrupted", null);
		}
	}

	private static void requireTaken(BoundedCall.Answer answer) throws DeliveryException {
		int status = answer.status();
		if (status / 100 == 2) {
			return;
		}
		String text = "The service of the browser answered with status " + status;
		if (status == 404 || status == 410) {
			throw DeliveryException.forgetAddress("The browser does not take messages any more");
		}
		if (status == 429 || status >= 500) {
			throw DeliveryException.retry(text, answer.after());
		}
		throw DeliveryException.giveUp(text);
	}

}
