package io.agentotp.server.notification.telegram;

import java.io.IOException;
import java.util.Objects;

import io.agentotp.server.config.TelegramSettings;
import io.agentotp.server.json.Json;
import io.agentotp.server.token.Secrets;
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
 * Where Telegram sends updates, if it does.
 */
@RestController
@ConditionalOnProperty("agentotp.server.notifications.telegram.webhook-secret")
@Allowed(Caller.ANYBODY)
final class TelegramController {

	private final String secret;

	private final TelegramUpdates updates;

	TelegramController(TelegramSettings settings, TelegramUpdates updates) {
		this.secret = Objects.requireNonNull(settings.webhookSecret());
		this.updates = updates;
	}

	/**
	 * Takes an update. The secret is all by which Telegram is known.
	 * @param request the request
	 * @return an empty answer: what came of a press is told in the chat
	 */
	@PostMapping("/channels/telegram")
	ResponseEntity<Void> updated(HttpServletRequest request) throws IOException {
		String secret = request.getHeader("X-Telegram-Bot-Api-Secret-Token");
		if (secret == null || !Secrets.same(this.secret, secret)) {
			return ResponseEntity.status(HttpStatus.UNAUTHORIZED).build();
		}
		try {
			boolean taken = this.updates.take(Json.read(request.getInputStream().readAllBytes()));
			return ResponseEntity.status(taken ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE).build();
		}
		catch (JacksonException ex) {
			return ResponseEntity.badRequest().build();
		}
	}

}
