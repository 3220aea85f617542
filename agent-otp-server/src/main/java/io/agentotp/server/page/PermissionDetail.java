package io.agentotp.server.page;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import io.agentotp.server.json.Json;
import io.agentotp.server.language.Messages;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.permission.StoredPermission;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * All that a person has to know to decide: facts apart from what the agent says.
 *
 * @param card the permission
 * @param facts what it is bound to
 * @param requestedScope the limits that were asked for, where a policy has narrowed them
 * @param call the call that the permission is bound to, if it is known
 * @param callDigest the digest that the permission is bound to
 * @param ttl how long a token would live
 * @param maxUses how often it could be used
 * @param policy the policy that applied
 * @param policyVersion the version of the policies that were asked
 * @param why the conditions that made it apply, with the values of the request
 * @param says the reason that the agent gives
 * @param saysFolded how long that is, if it is behind one press, else empty
 * @param claims what else the agent says
 * @param trail what happened so far
 * @param removedAt when call and claims were taken away
 */
public record PermissionDetail(PermissionCard card, Facts facts, List<Row> requestedScope, @Nullable CallView call,
		List<Segment> callDigest, String ttl, int maxUses, List<Segment> policy, @Nullable Long policyVersion,
		List<Row> why, List<Segment> says, String saysFolded, List<Fact> claims, Trail trail,
		@Nullable Moment removedAt) {

	private static final String REASON = "reason";

	private static final int LONG_REASON = 400;

	private static final int MANY_LINES = 6;

	static PermissionDetail of(StoredPermission permission, Facts facts, Trail trail, Instant now) {
		JsonNode reason = permission.request().context().path(REASON);
		boolean narrowed = !permission.grant().scope().equals(permission.request().scope());
		return new PermissionDetail(PermissionCard.of(permission, facts, now), facts,
				narrowed ? rows(permission.request().scope(), List.of()) : List.of(),
				CallView.of(permission.request().call(), facts), VisibleText.of(permission.request().callDigest()),
				Moment.text(Duration.ofSeconds(permission.request().ttlSeconds())), permission.grant().maxUses(),
				VisibleText
					.of((permission.policy().name() != null) ? permission.policy().name() : permission.policy().id()),
				permission.policy().version(), why(permission),
				VisibleText.of(reason.isString() ? reason.stringValue() : null),
				(reason.isString() && (reason.stringValue().length() > LONG_REASON
						|| reason.stringValue().lines().count() > MANY_LINES)) ? Fact.length(reason) : "",
				permission.request()
					.context()
					.properties()
					.stream()
					.filter((claim) -> !(claim.getKey().equals(REASON) && reason.isString()))
					.map((claim) -> Fact.of(VisibleText.of(claim.getKey()), false, Shown.raw(claim.getValue(), false),
							claim.getValue(), false, false))
					.toList(),
				trail, Moment.ofNullable(permission.detailsRemovedAt()));
	}

	/**
	 * What binds a token to what is shown.
	 * @return {@code bound}, {@code none} without a digest, {@code unseen} if the digest
	 * covers something else, {@code changed} if the row was changed, {@code removed} if
	 * it is no longer known
	 */
	public String binding() {
		if (this.call != null) {
			return this.card.problem().isEmpty() ? "bound" : "changed";
		}
		if (this.removedAt != null) {
			return "removed";
		}
		return this.callDigest.isEmpty() ? "none" : "unseen";
	}

	/**
	 * Whether an approver has to know something before all else.
	 * @return {@code true} if not all that is shown is bound, or not all that is bound is
	 * shown
	 */
	public boolean alarming() {
		return this.card.test() || !this.card.signs().isEmpty();
	}

	/**
	 * What is too large to be shown, and what is behind one press.
	 * @param all whether no value is behind one press for being one of many
	 */
	static List<List<Segment>> unseen(StoredPermission permission, Facts facts, boolean all) {
		CallView call = CallView.of(permission.request().call(), facts);
		List<List<Segment>> unseen = new ArrayList<>((call != null) ? call.leftOut() : List.of());
		unseen.addAll(facts.unopened());
		if (!all && !facts.more().isEmpty()) {
			unseen.add(List.of(Segment.plain(Messages.get("approval.more-values", facts.more().size()))));
		}
		return unseen;
	}

	static List<Row> claims(StoredPermission permission) {
		return rows(permission.request().context(), List.of());
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
					VisibleText.of(condition.path("path").asString("") + " " + condition.path("operator").asString("")
							+ " " + Json.write(condition.path("value"))),
					condition.has("actual") ? ValueText.of(condition.path("actual"))
							: VisibleText.of(Messages.get("policies.not-there"))))
			.toList();
	}

	static List<Row> rows(ObjectNode object, List<String> without) {
		return object.properties()
			.stream()
			.filter((entry) -> !without.contains(entry.getKey()))
			.map((entry) -> new Row(VisibleText.of(entry.getKey()), ValueText.of(entry.getValue())))
			.toList();
	}

}
