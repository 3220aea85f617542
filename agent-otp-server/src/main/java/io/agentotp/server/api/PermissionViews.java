package io.agentotp.server.api;

import java.util.List;

import io.agentotp.server.agent.Agent;
import io.agentotp.server.json.Json;
import io.agentotp.server.permission.Ballot;
import io.agentotp.server.permission.Ballots;
import io.agentotp.server.permission.PermissionReader;
import io.agentotp.server.permission.StoredPermission;
import io.agentotp.server.permission.TokenRejection;
import io.agentotp.server.permission.TokenResult;
import io.agentotp.server.permission.Vote;
import io.agentotp.server.policy.ActionCatalogue;
import io.agentotp.server.policy.ActionCatalogues;
import io.agentotp.server.policy.Routing;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Permissions as callers see them. Only the asking agent sees a token.
 */
final class PermissionViews {

	private final PermissionReader reader;

	private final ActionCatalogues catalogues;

	private final Ballots ballots;

	PermissionViews(PermissionReader reader, ActionCatalogues catalogues, Ballots ballots) {
		this.reader = reader;
		this.catalogues = catalogues;
		this.ballots = ballots;
	}

	ObjectNode forAgent(StoredPermission permission, Agent agent, String url) {
		ObjectNode view = view(permission);
		putText(view, "token", this.reader.token(permission, agent));
		boolean signed = view.has("token") && permission.decision().votes() > 0;
		Ballot ballot = (signed || permission.policy().routing().isCounted()) ? this.ballots.of(permission) : null;
		if (ballot != null && signed) {
			// What lets the agent run, it can verify by itself.
			ArrayNode proofs = view.putArray("proofs");
			ballot.votes()
				.stream()
				.filter((each) -> each.counts() && each.vote().proof() != null)
				.forEach((each) -> proofs.add(Json.readObject(each.vote().proof())));
		}
		if (ballot != null && permission.policy().routing().isCounted()) {
			view.putObject("approvals")
				.put("given", ballot.given())
				.put("needed", ballot.needed())
				.put("stage", ballot.stage() + 1)
				.put("stages", ballot.stages().size());
		}
		if (permission.isPending()) {
			view.put("approvalUrl", url + "/approvals/" + permission.id());
			// The original's client calls back only if both are there; here it can be
			// polled.
			view.put("webhookUrl", url + "/api/v1/permissions/" + permission.id());
		}
		return view;
	}

	ArrayNode forAgent(List<StoredPermission> permissions, Agent agent, String url) {
		ArrayNode views = Json.mapper().createArrayNode();
		permissions.forEach((permission) -> views.add(forAgent(permission, agent, url)));
		return views;
	}

	ObjectNode forPeople(StoredPermission permission) {
		ObjectNode view = view(permission).put("agentId", permission.agentId());
		view.put("decidedByOwner", permission.decision().byOwner()).put("test", permission.asker().test());
		if (permission.isIntact()) {
			ActionCatalogue actions = this.catalogues.of(permission.policy().version());
			putText(view, "title",
					actions.title(permission.policyRequest().bound(permission.grant().scope())).orElse(null));
			view.put("risk", actions.risk(permission.request().action()).text());
			actions.imitated(permission.request().action()).ifPresent((other) -> view.put("looksLike", other.name()));
		}
		ObjectNode call = permission.request().call();
		if (call != null) {
			view.set("call", call);
		}
		if (permission.policy().routing().isCounted()) {
			view.set("approvals", approvals(this.ballots.of(permission)));
		}
		// Without the call the digest covers nothing that is shown.
		view.put("callDigestVerified", call != null && permission.isIntact());
		if (permission.policy().trace() != null) {
			view.set("policyTrace", permission.policy().trace());
		}
		return view;
	}

	private static ObjectNode approvals(Ballot ballot) {
		ObjectNode view = Json.object().put("given", ballot.given()).put("needed", ballot.needed());
		putText(view, "stage", ballot.stageName().isEmpty() ? null : ballot.stageName());
		ArrayNode stages = view.putArray("stages");
		for (int stage = 0; stage < ballot.stages().size(); stage++) {
			Routing.Stage step = ballot.stages().get(stage);
			ObjectNode of = stages.addObject();
			putText(of, "name", step.name().isEmpty() ? null : step.name());
			of.put("given", ballot.given(stage)).put("needed", step.quorum());
			of.setAll(step.approvers().toJson());
		}
		ArrayNode votes = view.putArray("votes");
		ballot.votes().forEach((counted) -> {
			Vote vote = counted.vote();
			String stage = ballot.stages().get(vote.stage()).name();
			ObjectNode of = votes.addObject().put("by", vote.voter());
			putText(of, "inPlaceOf", vote.inPlaceOf());
			putText(of, "stage", stage.isEmpty() ? null : stage);
			of.put("approved", vote.approved()).put("counts", counted.counts()).put("at", vote.at().toString());
			of.set("scope", vote.scope());
			putText(of, "reason", vote.reason());
		});
		return view;
	}

	ObjectNode verified(TokenResult result) {
		StoredPermission permission = result.permission();
		ObjectNode view = Json.object().put("valid", result.accepted());
		if (result.accepted()) {
			view.set("scope", permission.grant().scope());
			view.put("expiresAt", permission.end().toString());
		}
		view.put("usesRemaining", result.usesRemaining());
		return rejected(view, result.rejection());
	}

	ObjectNode used(TokenResult result) {
		ObjectNode view = Json.object().put("success", result.accepted()).put("usesRemaining", result.usesRemaining());
		return rejected(view, result.rejection());
	}

	ObjectNode revoked(TokenResult result) {
		ObjectNode view = Json.object().put("success", result.accepted());
		if (result.accepted()) {
			view.put("revokedAt", String.valueOf(result.permission().grant().revokedAt()));
		}
		return rejected(view, result.rejection());
	}

	private static ObjectNode rejected(ObjectNode view, @Nullable TokenRejection rejection) {
		return (rejection != null) ? view.put("reason", rejection.reason()).put("code", rejection.code()) : view;
	}

	private static ObjectNode view(StoredPermission permission) {
		ObjectNode view = Json.object()
			.put("id", permission.id())
			.put("status", permission.status().text())
			.put("action", permission.request().action());
		putText(view, "resource", permission.request().resource());
		view.set("scope", permission.grant().scope());
		view.set("context", permission.request().context());
		putText(view, "problem",
				permission.isIntact() ? null : "Permission " + permission.id() + " " + permission.problem());
		putText(view, "callDigest", permission.request().callDigest());
		view.put("createdAt", permission.createdAt().toString()).put("expiresAt", permission.end().toString());
		putText(view, "policyId", permission.policy().id());
		putText(view, "policy", permission.policy().name());
		if (permission.policy().version() != null) {
			view.put("policyVersion", permission.policy().version());
		}
		putText(view, "decidedAt", (permission.decision().at() != null) ? permission.decision().at().toString() : null);
		putText(view, "decidedBy", permission.decision().by());
		putText(view, "detailsRemovedAt",
				(permission.detailsRemovedAt() != null) ? permission.detailsRemovedAt().toString() : null);
		putText(view, "reason", permission.decision().reason());
		putText(view, "decisionReason", permission.decision().reason());
		return view;
	}

	private static void putText(ObjectNode view, String field, @Nullable String value) {
		if (value != null) {
			view.put(field, value);
		}
	}

}
