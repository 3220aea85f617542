package io.agentotp.server.permission;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.agentotp.server.audit.SealedTable;
import io.agentotp.server.database.AfterCommit;
import io.agentotp.server.database.Params;
import io.agentotp.server.database.Times;
import io.agentotp.server.json.Json;
import io.agentotp.server.metric.Meters;
import io.agentotp.server.token.Tokens;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * What people decided on requests, each for itself. How many there are stands sealed in
 * the request, so none can be taken away or added unseen.
 */
@Component
public final class Votes extends SealedTable {

	private final JdbcClient jdbc;

	private final Meters meters;

	Votes(JdbcClient jdbc, Tokens tokens, Meters meters) {
		super(jdbc, tokens, "agentotp_vote", "id", List.of("permission_id", "number", "stage", "person", "voter",
				"approved", "scope", "reason", "by_owner", "at", "proof"));
		this.jdbc = jdbc;
		this.meters = meters;
	}

	@Override
	protected String word() {
		return "Vote";
	}

	/**
	 * Keeps one, in the transaction that counts it.
	 * @param vote the vote
	 */
	void add(Vote vote) {
		String id = vote.permissionId() + "/" + vote.number();
		this.jdbc.sql("""
				INSERT INTO agentotp_vote (id, permission_id, number, stage, person, voter, approved, scope, reason,
					by_owner, at, proof, seal) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')""")
			.params(Params.of(id, vote.permissionId(), vote.number(), vote.stage(), vote.person(), vote.voter(),
					vote.approved(), Json.write(vote.scope()), vote.reason(), vote.byOwner(),
					Times.toDatabase(vote.at()), vote.proof()))
			.update();
		String unused = seal(id);
		AfterCommit.run(() -> this.meters.voted(vote.approved()));
	}

	/**
	 * Those of some requests.
	 * @param permissionIds the requests
	 * @return the votes by request, in their order; without those that somebody else
	 * wrote
	 */
	public Map<String, List<Vote>> of(List<String> permissionIds) {
		Map<String, List<Vote>> votes = new HashMap<>();
		if (!permissionIds.isEmpty()) {
			this.jdbc.sql("SELECT * FROM agentotp_vote WHERE permission_id IN (:ids) ORDER BY permission_id, number")
				.param("ids", permissionIds)
				.query((row) -> {
					ObjectNode scope = Json.readObjectOrNull(row.getString("scope"));
					if (scope != null && isIntact(row)) {
						String permission = row.getString("permission_id");
						votes.computeIfAbsent(permission, (id) -> new ArrayList<>())
							.add(new Vote(permission, row.getInt("number"), row.getInt("stage"),
									row.getString("person"), row.getString("voter"), row.getBoolean("approved"), scope,
									row.getString("reason"), row.getBoolean("by_owner"), Times.get(row, "at"),
									row.getString("proof")));
					}
				});
		}
		return votes;
	}

}
