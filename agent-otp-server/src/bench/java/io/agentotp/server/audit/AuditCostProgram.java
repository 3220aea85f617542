package io.agentotp.server.audit;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import com.zaxxer.hikari.HikariDataSource;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.token.RandomTokens;
import io.agentotp.server.token.Tokens;
import io.agentotp.server.token.SecretFile;
import io.agentotp.server.json.Json;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import org.flywaydb.core.Flyway;

import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What the chain costs those who write: rows a second, each in a transaction of its own on
 * a PostgreSQL that syncs, in turns without and with the sequencer running beside them.
 */
public final class AuditCostProgram {

	private static final int THREADS = 8;

	private static final int ROUNDS = Integer.getInteger("bench.rounds", 3);

	private static final long MILLIS = (long) (1000 * Double.parseDouble(System.getProperty("bench.seconds", "4")));

	private final AuditLog audit;

	private final AuditSequencer sequencer;

	private final TransactionTemplate transactions;

	private AuditCostProgram(HikariDataSource dataSource, Path keyFile) {
		JdbcClient jdbc = JdbcClient.create(dataSource);
		this.transactions = new TransactionTemplate(new JdbcTransactionManager(dataSource));
		Tokens tokens = RandomTokens.create();
		AuditMac mac = new AuditMac(tokens);
		this.audit = new AuditLog(jdbc, mac);
		AuditChainStore store = new AuditChainStore(jdbc, new JdbcTemplate(dataSource), "bench");
		AgentOtpServerProperties.Audit settings = new AgentOtpServerProperties.Audit(keyFile.toString(), null, null,
				Duration.ofSeconds(1));
		AuditKeys keys = new AuditKeys(AuditKeys.ofFile(keyFile.toString(), new SecretFile(keyFile).readOrCreate()));
		this.sequencer = new AuditSequencer(store, mac, keys,
				new CheckpointPublisher(store, keys, this.audit, tokens, InstantSource.system(), settings), this.audit, this.transactions,
				InstantSource.system(), settings);
	}

	/**
	 * Measures.
	 * @param args none
	 * @throws Exception if it cannot
	 */
	public static void main(String[] args) throws Exception {
		try (EmbeddedPostgres postgres = EmbeddedPostgres.builder().setServerConfig("fsync", "on").start();
				HikariDataSource dataSource = new HikariDataSource()) {
			dataSource.setJdbcUrl(postgres.getJdbcUrl("postgres", "postgres"));
			dataSource.setMaximumPoolSize(THREADS + 2);
			Flyway.configure().dataSource(dataSource).locations("classpath:io/agentotp/server/db/migration").load().migrate();
			Path keyFile = Files.createTempDirectory("agent-otp-bench").resolve("audit.key");
			try {
				new AuditCostProgram(dataSource, keyFile).run();
			}
			finally {
				Files.deleteIfExists(keyFile);
				Files.delete(keyFile.getParent());
			}
		}
	}

	private void run() throws InterruptedException {
		round(true);
		List<Double> ratios = new ArrayList<>();
		for (int i = 0; i < ROUNDS; i++) {
			double without = round(false);
			this.sequencer.seal();
			double with = round(true);
			ratios.add(with / without);
			System.out.printf("without %.0f rows/s, with %.0f rows/s, ratio %.2f%n", without, with, with / without);
		}
		ratios.sort(null);
		System.out.printf("median ratio %.2f%n", ratios.get(ratios.size() / 2));
	}

	private double round(boolean linked) throws InterruptedException {
		AtomicBoolean running = new AtomicBoolean(true);
		AtomicLong rows = new AtomicLong();
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < THREADS; i++) {
			threads.add(new Thread(() -> write(running, rows)));
		}
		if (linked) {
			threads.add(new Thread(() -> link(running)));
		}
		long begin = System.nanoTime();
		threads.forEach(Thread::start);
		Thread.sleep(MILLIS);
		running.set(false);
		for (Thread thread : threads) {
			thread.join();
		}
		return rows.get() * 1e9 / (System.nanoTime() - begin);
	}

	private void write(AtomicBoolean running, AtomicLong rows) {
		while (running.get()) {
			this.transactions.executeWithoutResult((status) -> this.audit.record(Instant.ofEpochMilli(
					System.currentTimeMillis()), "3f1f7f3e-6f0b-4a53-9a5b-6c5f0c9d8a11", "mailer", AuditEvent.REQUESTED,
					Actor.agent("mailer", "127.0.0.1"), Json.object().put("action", "mail.send").put("ttl", 300)));
			rows.incrementAndGet();
		}
	}

	private void link(AtomicBoolean running) {
		while (running.get()) {
			this.sequencer.run();
			try {
				Thread.sleep(1000);
			}
			catch (InterruptedException ex) {
				return;
			}
		}
	}

}
