package io.agentotp.server.user;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import io.agentotp.server.audit.SealedTable;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.json.Json;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The reasons that people keep, to give them again. What somebody else wrote into the
 * database nobody gives as the own reason.
 */
@Component
public final class KeptReasons extends SealedTable {

	private static final int MAX = 20;

	private final JdbcClient jdbc;

	private final TransactionTemplate transactions;

	KeptReasons(JdbcClient jdbc, Tokens tokens, TransactionTemplate transactions) {
		super(jdbc, tokens, "agentotp_kept_reasons", "user_name", List.of("reasons"));
		this.jdbc = jdbc;
		this.transactions = transactions;
		transactions.executeWithoutResult((status) -> renew((user, seal) -> {
		}));
	}

	@Override
	protected String word() {
		return "Kept reasons of user";
	}

	/**
	 * The reasons of a person.
	 * @param user the person
	 * @return the reasons, the last one that was kept first
	 */
	public List<String> of(String user) {
		return this.jdbc.sql("SELECT * FROM agentotp_kept_reasons WHERE user_name = ?")
			.param(user)
			.query((row, index) -> isIntact(row)
					? Json.read(row.getString("reasons")).valueStream().map(JsonNode::stringValue).toList()
					: List.<String>of())
			.optional()
			.orElse(List.of());
	}

	/**
	 * What names a reason in forms.
	 * @param reason the reason
	 * @return its name
	 */
	public static String id(String reason) {
		return Secrets.sha256(reason).substring(0, 16);
	}

	public void keep(String user, String reason) {
		change(user, (reasons) -> {
			reasons.remove(reason);
			if (reasons.size() >= MAX) {
				throw new ConflictException("You keep " + MAX + " reasons already. Remove one first", Map.of());
			}
			reasons.add(0, reason);
		});
	}

	/**
	 * Changes or removes a reason.
	 * @param user the person
	 * @param id what names the reason
	 * @param reason the new one, or {@code null} to remove it
	 */
	public void replace(String user, String id, @Nullable String reason) {
		change(user, (reasons) -> {
			int place = reasons.stream().map(KeptReasons::id).toList().indexOf(id);
			if (place < 0) {
				throw new ConflictException("This reason was changed or removed in the meantime", Map.of());
			}
			String before = reasons.remove(place);
			if (reason != null && !reason.equals(before)) {
				reasons.remove(reason);
			}
			if (reason != null) {
				reasons.add(Math.min(place, reasons.size()), reason);
			}
		});
	}

	private void change(String user, Consumer<List<String>> change) {
		this.transactions.executeWithoutResult((status) -> {
			// One change after the other, also before there is a row.
			this.jdbc.sql("SELECT name FROM agentotp_user WHERE name = ? FOR UPDATE")
				.param(user)
				.query(String.class)
				.single();
			List<String> reasons = new ArrayList<>(of(user));
			change.accept(reasons);
			forget(user);
			if (!reasons.isEmpty()) {
				this.jdbc.sql("INSERT INTO agentotp_kept_reasons (user_name, reasons, seal) VALUES (?, ?, '')")
					.params(user, Json.write(reasons))
					.update();
				String unused = seal(user);
			}
		});
	}

	/**
	 * Forgets all that a person kept.
	 */
	void forget(String user) {
		this.jdbc.sql("DELETE FROM agentotp_kept_reasons WHERE user_name = ?").param(user).update();
	}

}
