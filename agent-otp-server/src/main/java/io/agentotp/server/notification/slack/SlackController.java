package io.agentotp.server.notification.slack;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Objects;

import io.agentotp.server.config.SlackSettings;
import io.agentotp.server.json.Json;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import jakarta.servlet.http.HttpServletRequest;
import tools.jackson.core.JacksonException;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Where Slack sends presses of buttons without Socket Mode.
 */
@RestController
@ConditionalOnProperty("agentotp.server.notifications.slack.signing-secret")
@Allowed(Caller.ANYBODY)
final class SlackController {

	private static final String PAYLOAD = "payload=";

	private final SlackSignature signature;

	private final SlackPresses presses;

	private final InstantSource clock;

	SlackController(SlackSettings settings, SlackChannel channel, InstantSource clock) {
		this.signature = new SlackSignature(Objects.requireNonNull(settings.signingSecret()));
		this.presses = channel.presses();
		this.clock = clock;
	}

	/**
	 * Takes a press.
	 * @param request the request, whose body nobody has read as a form
	 * @return an empty answer at once: whether it decides is told in the chat
	 */
	@PostMapping("/channels/slack")
	ResponseEntity<Void> pressed(HttpServletRequest request) throws IOException {
		byte[] body = request.getInputStream().readAllBytes();
		if (!this.signature.isGood(request.getHeader("X-Slack-Request-Timestamp"),
				request.getHeader("X-Slack-Signature"), body, this.clock.instant())) {
			return ResponseEntity.status(HttpStatus.UNAUTHORIZED).build();
		}
		String form = new String(body, StandardCharsets.UTF_8);
		try {
			boolean taken = !form.startsWith(PAYLOAD) || this.presses
				.take(Json.read(URLDecoder.decode(form.substring(PAYLOAD.length()), StandardCharsets.UTF_8)));
			return ResponseEntity.status(taken ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE).build();
		}
		catch (JacksonException | IllegalArgumentException ex) {
			return ResponseEntity.badRequest().build();
		}
	}

}
