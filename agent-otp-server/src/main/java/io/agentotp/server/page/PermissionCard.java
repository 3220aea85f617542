package io.agentotp.server.page;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

import io.agentotp.server.language.Messages;
import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.TimeLeft;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.permission.Ballot;
import io.agentotp.server.permission.PermissionRequest;
import io.agentotp.server.permission.PermissionState;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * A permission in a list.
 *
 * @param id its id
 * @param status where it stands
 * @param agent who asks
 * @param facts what it is bound to, in the words of the operator
 * @param action what for
 * @param resource on what
 * @param call what would be called, if it is known
 * @param askedAt when
 * @param end when the question or the token ends
 * @param left how much time is left
 * @param decidedAt when it was decided
 * @param decidedBy by whom
 * @param byOwner whether the owner of the agent decided
 * @param test whether it was asked for with a key for tests
 * @param identical how many identical questions wait, with this one
 * @param version changes with which ones they are
 * @param problem what is wrong with it because it was changed in the database, else empty
 * @param signs what an approver has to know before all else
 * @param approvals how many have approved, empty if one is enough
 * @param voted whether who looks has approved
 */
public record PermissionCard(String id, String status, List<Segment> agent, Facts facts, List<Segment> action,
		List<Segment> resource, List<Segment> call, Moment askedAt, Moment end, TimeLeft left,
		@Nullable Moment decidedAt, List<Segment> decidedBy, boolean byOwner, boolean test, int identical,
		String version, String problem, List<String> signs, List<Segment> approvals, boolean voted) {

	/**
	 * Identical questions as one.
	 * @param ids the questions, the oldest first
	 * @return this one, with the number of all
	 */
	PermissionCard of(List<String> ids) {
		return new PermissionCard(this.id, this.status, this.agent, this.facts, this.action, this.resource, this.call,
				this.askedAt, this.end, this.left, this.decidedAt, this.decidedBy, this.byOwner, this.test, ids.size(),
				versionOf(ids), this.problem, this.signs, this.approvals, this.voted);
	}

	/**
	 * With how far it is.
	 * @param permission the permission
	 * @param ballot how far it is
	 * @param viewer who looks
	 * @return this one, with who approved
	 */
	PermissionCard with(StoredPermission permission, Ballot ballot, String viewer) {
		boolean granted = permission.status() == PermissionState.APPROVED
				|| permission.status() == PermissionState.USED;
		String people = ballot.votes()
			.stream()
			.filter(Ballot.Counted::counts)
			.map((counted) -> counted.vote().voter())
			.collect(Collectors.joining(", "));
		return new PermissionCard(this.id, this.status, this.agent, this.facts, this.action, this.resource, this.call,
				this.askedAt, this.end, this.left, this.decidedAt,
				(granted && ballot.isCounted() && !people.isEmpty()) ? VisibleText.of(people) : this.decidedBy,
				this.byOwner, this.test, this.identical, this.version, this.problem, this.signs,
				Approvals.text(permission, ballot), permission.isPending() && ballot.hasVoted(viewer));
	}

	/**
	 * What is wrong with it, for the reader.
	 * @return the text, empty if nothing is
	 */
	public String problemText() {
		return Messages.ofDomain(this.problem);
	}

	/**
	 * What is wrong with it, without why that is known.
	 * @return the text, empty if nothing is
	 */
	public String problemInShort() {
		return problemText().replaceFirst(":.*", "");
	}

	static PermissionCard of(StoredPermission permission, Facts facts, Instant now) {
		return new PermissionCard(permission.id(), permission.status().text(), VisibleText.of(permission.agentId()),
				facts, VisibleText.of(permission.request().action()), VisibleText.of(permission.request().resource()),
				CallView.title(permission.request().call()), Moment.of(permission.createdAt()),
				Moment.of(permission.end()), TimeLeft.of(now, permission.end()),
				Moment.ofNullable(permission.decision().at()), VisibleText.of(name(permission.decision().by())),
				permission.decision().byOwner(), permission.asker().test(), 1, versionOf(List.of(permission.id())),
				Objects.requireNonNullElse(permission.problem(), ""), signs(permission, facts), List.of(), false);
	}

	private static List<String> signs(StoredPermission permission, Facts facts) {
		PermissionRequest request = permission.request();
		JsonNode call = (request.call() != null) ? request.call() : MissingNode.getInstance();
		Map<String, Boolean> signs = new LinkedHashMap<>();
		signs.put("changed", !permission.isIntact());
		signs.put("imitates", !facts.imitated().isEmpty());
		if (request.call() == null && permission.detailsRemovedAt() == null) {
			signs.put((request.callDigest() == null) ? "none" : "unseen", true);
		}
		signs.put("not-bound", !call.path("notBound").isEmpty());
		signs.put("left-out", call.path("arguments").valueStream().anyMatch((argument) -> argument.has("sha256")));
		return signs.entrySet().stream().filter(Map.Entry::getValue).map(Map.Entry::getKey).toList();
	}

	// To people, a person is a name.
	static String name(@Nullable String actor) {
		return Objects.requireNonNullElse(actor, "").replaceFirst("^user:", "");
	}

	static String versionOf(List<String> ids) {
		return Secrets.sha256(String.join(",", ids)).substring(0, 16);
	}

}
