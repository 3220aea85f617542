package io.agentotp.server.notification.webhook;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

import io.agentotp.server.json.Json;
import io.agentotp.server.notification.Notification;
import io.agentotp.server.notification.Notification.Outcome;
import io.agentotp.server.notification.Notification.Progress;
import io.agentotp.server.notification.Notification.Request;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a message to a program says, with the names of the API. It never holds a token or
 * a key.
 */
final class WebhookBody {

	// What the specification recommends. Receivers may refuse more.
	static final int MAX_BYTES = 20_000;

	private WebhookBody() {
	}

	static byte[] of(Notification notification, Instant now) {
		byte[] body = write(notification, now, true);
		return (body.length <= MAX_BYTES) ? body : write(notification, now, false);
	}

	private static byte[] write(Notification notification, Instant now, boolean whole) {
		Request request = notification.request();
		Outcome outcome = notification.outcome();
		ObjectNode body = Json.object();
		body.put("type", type(notification.kind()));
		body.put("timestamp", time((outcome != null) ? outcome.at()
				: (request != null && notification.kind() == Notification.Kind.PENDING) ? request.askedAt() : now));
		ObjectNode data = body.putObject("data");
		if (request != null) {
			write(request, data, whole);
		}
		if (outcome != null) {
			data.put("status", outcome.status());
			put(data, "decidedBy", outcome.by());
			put(data, "decisionReason", whole ? outcome.reason() : null);
			data.put("decidedAt", time(outcome.at()));
		}
		else if (request != null) {
			data.put("status", "pending");
			Progress progress = notification.progress();
			if (progress != null) {
				ObjectNode approvals = data.putObject("approvals")
					.put("given", progress.given())
					.put("needed", progress.needed());
				put(approvals, "stage", progress.stage().isEmpty() ? null : progress.stage());
			}
		}
		data.put((request != null) ? "approvalUrl" : "url", notification.link().toString());
		return Json.write(body).getBytes(StandardCharsets.UTF_8);
	}

	private static void write(Request request, ObjectNode data, boolean whole) {
		data.put("id", request.permissionId());
		if (!request.agent().isEmpty()) {
			data.put("agentId", request.agent());
			data.put("action", request.action());
			put(data, "resource", whole ? request.resource() : null);
			put(data, "title", whole ? request.title() : null);
			if (whole) {
				ArrayNode facts = data.putArray("facts");
				request.facts()
					.forEach((fact) -> facts.addObject().put("label", fact.label()).put("value", fact.value()));
			}
			put(data, "reason", whole ? request.reason() : null);
		}
		data.put("complete", whole && request.complete());
		data.put("highRisk", request.highRisk());
		data.put("createdAt", time(request.askedAt()));
		data.put("expiresAt", time(request.until()));
		put(data, "problem", request.problem());
	}

	private static void put(ObjectNode data, String name, @Nullable String value) {
		if (value != null) {
			data.put(name, value);
		}
	}

	// As the API writes them.
	private static String time(Instant at) {
		return at.truncatedTo(ChronoUnit.MILLIS).toString();
	}

	private static String type(Notification.Kind kind) {
		return ((kind == Notification.Kind.TEST) ? "service." : "permission.") + kind.name().toLowerCase(Locale.ROOT);
	}

}
