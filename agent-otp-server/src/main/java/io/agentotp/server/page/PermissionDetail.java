package io.agentotp.server.page;

import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

import io.agentotp.server.audit.AuditEntry;
import io.agentotp.server.json.Json;
import io.agentotp.server.permission.StoredPermission;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * All that a person has to know to decide: facts apart from what the agent says.
 *
 * @param card the permission
 * @param scope the limits
 * @param requestedScope the limits that were asked for, where a policy has narrowed them
 * @param arguments the arguments of the call, if the permission is bound to them
 * @param notCovered the parameters that the permission does not cover
 * @param callDigest the digest that the permission is bound to
 * @param ttl how long a token would live
 * @param maxUses how often it could be used
 * @param policy the policy that applied
 * @param policyVersion the version of the policies that were asked
 * @param why the conditions that made it apply, with the values of the request
 * @param says the reason that the agent gives
 * @param claims what else the agent says
 * @param decisionReason the reason of the decision
 * @param trail what happened so far
 * @param removedAt when arguments and claims were taken away
 */
public record PermissionDetail(PermissionCard card, List<Row> scope, List<Row> requestedScope, List<Row> arguments,
		List<Segment> notCovered, List<Segment> callDigest, String ttl, int maxUses, List<Segment> policy,
		@Nullable Long policyVersion, List<Row> why, List<Segment> says, List<Row> claims, List<Segment> decisionReason,
		List<TrailRow> trail, @Nullable Moment removedAt) {

	private static final String ARGUMENTS = "arguments";

	private static final String REASON = "reason";

	private static final String NOT_BOUND = "notBound";

	static PermissionDetail of(StoredPermission permission, List<AuditEntry> trail, Instant now) {
		JsonNode arguments = permission.request().context().path(ARGUMENTS);
		JsonNode reason = permission.request().context().path(REASON);
		List<String> shown = new ArrayList<>();
		// Without a digest nothing binds the call to them: they are only words.
		boolean bound = arguments.isObject() && permission.request().callDigest() != null;
		JsonNode notBound = permission.request().context().path(NOT_BOUND);
		boolean exceptions = bound && notBound.isArray();
		if (bound) {
			shown.add(ARGUMENTS);
		}
		if (exceptions) {
			shown.add(NOT_BOUND);
		}
		if (reason.isString()) {
			shown.add(REASON);
		}
		boolean narrowed = !permission.grant().scope().equals(permission.request().scope());
		return new PermissionDetail(PermissionCard.of(permission, now), rows(permission.grant().scope(), List.of()),
				narrowed ? rows(permission.request().scope(), List.of()) : List.of(),
				(bound && arguments instanceof ObjectNode object) ? rows(object, List.of()) : List.of(),
				exceptions
						? VisibleText
							.of(notBound.valueStream().map(JsonNode::asString).collect(Collectors.joining(", ")))
						: List.of(),
				VisibleText.of(permission.request().callDigest()),
				Moment.text(Duration.ofSeconds(permission.request().ttlSeconds())), permission.grant().maxUses(),
				VisibleText
					.of((permission.policy().name() != null) ? permission.policy().name() : permission.policy().id()),
				permission.policy().version(), why(permission),
				VisibleText.of(reason.isString() ? reason.stringValue() : null),
				rows(permission.request().context(), shown),
				VisibleText.of(Objects.requireNonNullElse(permission.decision().reason(), "")), rows(trail),
				Moment.ofNullable(permission.detailsRemovedAt()));
	}

	static List<Row> claims(StoredPermission permission) {
		return rows(permission.request().context(),
				(permission.request().callDigest() != null) ? List.of(ARGUMENTS, NOT_BOUND) : List.of());
	}

	private static List<Row> why(StoredPermission permission) {
		if (permission.policy().trace() == null) {
			return List.of();
		}
		return permission.policy()
			.trace()
			.path("conditions")
			.valueStream()
			.map((condition) -> new Row(
					VisibleText.of(condition.path("path").asString() + " " + condition.path("operator").asString() + " "
							+ Json.write(condition.path("value"))),
					condition.has("actual") ? value(condition.path("actual")) : VisibleText.of("not there")))
			.toList();
	}

	static List<TrailRow> rows(List<AuditEntry> trail) {
		return trail.stream().map(PermissionDetail::row).toList();
	}

	static TrailRow row(AuditEntry entry) {
		ObjectNode details = entry.details().deepCopy();
		details.properties().removeIf((detail) -> detail.getValue().isNull());
		String address = (entry.address() != null) ? " (" + entry.address() + ")" : "";
		return new TrailRow(Moment.of(entry.at()), entry.event(), VisibleText.of(entry.actor() + address),
				details.path("byOwner").asBoolean(false), details.path("test").asBoolean(false),
				rows(details, List.of()));
	}

	private static List<Row> rows(ObjectNode object, List<String> without) {
		return object.properties()
			.stream()
			.filter((entry) -> !without.contains(entry.getKey()))
			.map((entry) -> new Row(VisibleText.of(entry.getKey()), value(entry.getValue())))
			.toList();
	}

	// A text stands in quotes, so that it is not taken for a number. In other values the
	// line ends are of the layout and not the agent's, so they are not marked.
	private static List<Segment> value(JsonNode value) {
		if (value.isString()) {
			return VisibleText.of('"' + value.stringValue() + '"');
		}
		List<Segment> segments = new ArrayList<>();
		Json.writePretty(value).lines().forEach((line) -> {
			if (!segments.isEmpty()) {
				segments.add(new Segment("\n", false, ""));
			}
			segments.addAll(VisibleText.of(line));
		});
		return segments;
	}

}
