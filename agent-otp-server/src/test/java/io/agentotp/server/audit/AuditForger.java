package io.agentotp.server.audit;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.json.Json;
import io.agentotp.server.token.Tokens;

import org.springframework.context.ApplicationContext;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Somebody who may do everything in the database, and knows how the chain is made.
 */
public final class AuditForger {

	private final JdbcClient jdbc;

	private final AuditChainStore store;

	public AuditForger(JdbcClient jdbc, JdbcTemplate batches, String chain) {
		this.jdbc = jdbc;
		this.store = new AuditChainStore(jdbc, batches, chain);
	}

	/**
	 * A sequencer that has published nothing yet.
	 * @param service the context of the service
	 * @param file the file of checkpoints
	 * @param interval the time between checkpoints
	 * @return the sequencer
	 */
	public static AuditSequencer sequencer(ApplicationContext service, Path file, Duration interval) {
		AuditChainStore store = service.getBean(AuditChainStore.class);
		AuditKeys keys = service.getBean(AuditKeys.class);
		AgentOtpServerProperties.Audit settings = new AgentOtpServerProperties.Audit(null, null, file.toString(),
				interval);
		return new AuditSequencer(store, service.getBean(AuditMac.class), keys,
				new CheckpointPublisher(store, keys, service.getBean(AuditLog.class), service.getBean(Tokens.class),
						service.getBean(InstantSource.class), settings),
				service.getBean(AuditLog.class), service.getBean(TransactionTemplate.class),
				service.getBean(InstantSource.class), settings);
	}

	/**
	 * Makes the chain anew of the rows that are there, and its end with it.
	 */
	public void rebuild() {
		List<AuditEntry> entries = this.jdbc.sql("SELECT * FROM agentotp_audit ORDER BY id")
			.query(AuditLog::map)
			.list();
		this.jdbc.sql("DELETE FROM agentotp_audit_chain").update();
		String hash = AuditHash.genesis(this.store.chain());
		long seq = 0;
		for (AuditEntry entry : entries) {
			hash = AuditHash.link(++seq, hash, entry);
			this.store.link(List.of(new LinkedEntry(seq, null, hash, entry)));
		}
		this.store.save(new AuditChainStore.Head(seq, hash, this.store.head().lastId(), "[]"));
	}

	/**
	 * Signs the end of the chain with a key of their own.
	 */
	public void signWithOwnKey() {
		AuditChainStore.Head head = this.store.head();
		this.jdbc.sql("DELETE FROM agentotp_audit_checkpoint").update();
		this.store.put(Checkpoint.sign(this.store.chain(), head.seq(), head.hash(),
				Instant.parse("2026-01-01T00:00:00Z"), AuditKey.ofSeed(new byte[32])));
	}

	/**
	 * An export whose chain was made anew.
	 * @param lines its lines
	 * @return the lines with new hashes
	 */
	public List<String> rebuild(List<String> lines) {
		String hash = AuditHash.genesis(this.store.chain());
		List<String> forged = new ArrayList<>();
		long seq = 0;
		for (String line : lines) {
			AuditEntry entry = LinkedEntry.read(line).entry();
			String next = AuditHash.link(++seq, hash, entry);
			forged.add(Json.write(new LinkedEntry(seq, hash, next, entry).toJson()));
			hash = next;
		}
		return forged;
	}

}
