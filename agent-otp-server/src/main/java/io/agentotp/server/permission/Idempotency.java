package io.agentotp.server.permission;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

import io.agentotp.server.database.Params;
import io.agentotp.server.database.Times;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.failure.TryLaterException;
import io.agentotp.server.token.Tokens;
import org.jspecify.annotations.Nullable;

import org.springframework.dao.DataAccessException;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.dao.PessimisticLockingFailureException;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Makes a repeated request the same request. The key is stored in the transaction of the
 * effect, so that there is never one without the other. No token is stored.
 */
@Component
public final class Idempotency {

	private static final String KIND = "idempotency";

	private static final Duration KEPT = Duration.ofHours(24);

	private final JdbcClient jdbc;

	private final Tokens tokens;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	Idempotency(JdbcClient jdbc, Tokens tokens, TransactionTemplate transactions, InstantSource clock) {
		this.jdbc = jdbc;
		this.tokens = tokens;
		this.transactions = transactions;
		this.clock = clock;
	}

	/**
	 * Runs an operation in a transaction, once if it has a key.
	 * @param <T> what it gives
	 * @param request which operation
	 * @param begin begins it: what happens here is before the key is stored
	 * @param write makes what is kept of the result
	 * @param replay makes the result again of what was kept
	 * @return the result
	 */
	public <T> T once(Request request, Supplier<Operation<T>> begin, Function<T, Kept> write,
			Function<Kept, T> replay) {
		try {
			return Objects.requireNonNull(this.transactions.execute((status) -> {
				Operation<T> operation = begin.get();
				if (request.key() == null) {
					return operation.run().get();
				}
				insert(request, operation.expected());
				T result = operation.run().get();
				Kept kept = write.apply(result);
				if (!kept.equals(operation.expected())) {
					keep(request, kept);
				}
				return result;
			}));
		}
		catch (KeyTakenException ex) {
			Optional<Kept> known = find(request);
			// Taken by nothing that could be told again: too long ago.
			if (known.isEmpty() && forgetIfOld(request)) {
				return once(request, begin, write, replay);
			}
			return replay.apply(known.orElseThrow(Idempotency::inProgress));
		}
	}

	private Optional<Kept> find(Request request) {
		return this.jdbc.sql("""
				SELECT body_hash, permission_id, response, seal FROM agentotp_idempotency
				WHERE agent_id = ? AND operation = ? AND idempotency_key = ? AND created_at > ?""")
			.params(Params.of(request.agentId(), request.operation(), request.key(), Times.toDatabase(oldest())))
			.query((row, index) -> {
				if (!row.getString("body_hash").equals(request.bodyHash())) {
					throw new KeyReusedException();
				}
				Kept kept = new Kept(row.getString("permission_id"), row.getString("response"));
				if (this.tokens.check(row.getString("seal"), KIND, values(request, kept)) != Tokens.Seal.INTACT) {
					throw new ConflictException("What was kept of this request was changed in the database. "
							+ "Look at the permission, and send a new request with another key", Map.of());
				}
				return kept;
			})
			.optional();
	}

	private boolean forgetIfOld(Request request) {
		return this.jdbc.sql("""
				DELETE FROM agentotp_idempotency
				WHERE agent_id = ? AND operation = ? AND idempotency_key = ? AND created_at <= ?""")
			.params(Params.of(request.agentId(), request.operation(), request.key(), Times.toDatabase(oldest())))
			.update() > 0;
	}

	private void insert(Request request, Kept expected) {
		try {
			this.jdbc.sql("""
					INSERT INTO agentotp_idempotency (agent_id, operation, idempotency_key, body_hash, created_at,
						permission_id, response, seal)
					VALUES (?, ?, ?, ?, ?, ?, ?, ?)""")
				.params(Params.of(request.agentId(), request.operation(), request.key(), request.bodyHash(),
						Times.toDatabase(Now.of(this.clock)), expected.permissionId(), expected.response(),
						seal(request, expected)))
				.update();
		}
		catch (DuplicateKeyException ex) {
			throw new KeyTakenException(ex);
		}
		catch (PessimisticLockingFailureException | QueryTimeoutException ex) {
			throw inProgress();
		}
	}

	private void keep(Request request, Kept kept) {
		this.jdbc.sql("""
				UPDATE agentotp_idempotency SET permission_id = ?, response = ?, seal = ?
				WHERE agent_id = ? AND operation = ? AND idempotency_key = ?""")
			.params(Params.of(kept.permissionId(), kept.response(), seal(request, kept), request.agentId(),
					request.operation(), request.key()))
			.update();
	}

	private String seal(Request request, Kept kept) {
		return this.tokens.seal(KIND, values(request, kept));
	}

	private static @Nullable String[] values(Request request, Kept kept) {
		return new @Nullable String[] { request.agentId(), request.operation(), request.key(), request.bodyHash(),
				kept.permissionId(), kept.response() };
	}

	@Scheduled(initialDelay = 10, fixedDelay = 600, timeUnit = TimeUnit.SECONDS)
	void forgetOld() {
		this.jdbc.sql("DELETE FROM agentotp_idempotency WHERE created_at <= ?")
			.param(Times.toDatabase(oldest()))
			.update();
	}

	private Instant oldest() {
		return Now.of(this.clock).minus(KEPT);
	}

	private static TryLaterException inProgress() {
		return new RequestInProgressException();
	}

	/**
	 * One logical call.
	 *
	 * @param agentId who calls
	 * @param operation what
	 * @param key the key of the call, {@code null} if it has none
	 * @param bodyHash what was sent
	 */
	public record Request(String agentId, String operation, @Nullable String key, String bodyHash) {
	}

	/**
	 * An operation that has begun.
	 *
	 * @param <T> what it gives
	 * @param expected what will probably be kept of the result, so that it need not be
	 * written a second time
	 * @param run does the rest
	 */
	public record Operation<T>(Kept expected, Supplier<T> run) {
	}

	/**
	 * What is kept of a result.
	 *
	 * @param permissionId the permission
	 * @param response the answer, without a token
	 */
	public record Kept(String permissionId, @Nullable String response) {
	}

	private static final class KeyTakenException extends RuntimeException {

		KeyTakenException(DataAccessException cause) {
			super(cause);
		}

	}

}
