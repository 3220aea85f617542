package io.agentotp.server.audit;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.file.PrivateFiles;
import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import tools.jackson.databind.node.ObjectNode;

import org.springframework.stereotype.Component;

/**
 * Carries checkpoints out of the database: into the log, and into a file that is only
 * ever appended to.
 */
@Component
final class CheckpointPublisher {

	private static final Logger logger = LoggerFactory.getLogger(CheckpointPublisher.class);

	private static final AuditQuery BEGUN = new AuditQuery(null, null, AuditEvent.CHECKPOINT_FILE.text(), null, null,
			null);

	private static final int MAX_FILES = 1000;

	private static final int MAX_TOLD = 1000;

	private final AuditChainStore store;

	private final AuditKeys keys;

	private final AuditLog audit;

	private final InstantSource clock;

	private final @Nullable Path file;

	private volatile long published = -1;

	private final Set<Long> told = new HashSet<>();

	private boolean alarmed;

	CheckpointPublisher(AuditChainStore store, AuditKeys keys, AuditLog audit, InstantSource clock,
			AgentOtpServerProperties.Audit settings) {
		this.store = store;
		this.keys = keys;
		this.audit = audit;
		this.clock = clock;
		String name = settings.checkpointFile();
		this.file = (name != null) ? Path.of(name).toAbsolutePath() : null;
	}

	/**
	 * Publishes what was not published yet, also by other nodes.
	 */
	void publish() {
		try {
			if (this.published < 0) {
				this.published = begin();
			}
			alarmIfCutOff();
			for (Checkpoint checkpoint : this.store.checkpointsAfter(this.published)) {
				if (!checkpoint.isSignedBy(this.keys.keys())) {
					if (this.told.size() < MAX_TOLD && this.told.add(checkpoint.seq())) {
						logger.error("The audit checkpoint at row {} is not signed by a key of this node",
								checkpoint.seq());
					}
					continue;
				}
				append(checkpoint);
				logger.info("Audit checkpoint: {}", checkpoint.toJson());
				this.published = checkpoint.seq();
			}
		}
		catch (IOException ex) {
			logger.error("Audit checkpoints cannot be written to {} and are tried again: {}", this.file, ex.toString());
		}
	}

	// A new file gets all that was signed. One that had some and has none now was removed
	// or emptied, so it is not filled again as if nothing had happened.
	private long begin() throws IOException {
		long known = read().stream()
			.filter((one) -> one.isSignedBy(this.keys.keys()))
			.mapToLong(Checkpoint::seq)
			.max()
			.orElse(0);
		if (this.file == null || known > 0) {
			return known;
		}
		ObjectNode begun = Json.object().put("file", this.file.toString()).put("host", host());
		if (this.audit.find(BEGUN, MAX_FILES, 0).stream().noneMatch((row) -> row.details().equals(begun))) {
			this.audit.record(this.clock.instant(), null, null, AuditEvent.CHECKPOINT_FILE, Actor.SYSTEM, begun);
			return 0;
		}
		return this.store.lastCheckpoint(this.keys.keys()).map(Checkpoint::seq).orElse(0L);
	}

	private static String host() {
		try {
			return InetAddress.getLocalHost().getHostName();
		}
		catch (UnknownHostException ex) {
			return "";
		}
	}

	/**
	 * Up to which row checkpoints were published.
	 * @return the row, negative before the first look
	 */
	long published() {
		return this.published;
	}

	/**
	 * What stood in the file once, and does not any more.
	 * @param inside the checkpoints of the database
	 * @param outside those of the file
	 * @param known what was {@link #published()} before the file was read
	 * @return what is wrong
	 */
	Optional<String> lost(Collection<Checkpoint> inside, Set<Checkpoint> outside, long known) {
		List<Checkpoint> lost = (this.file == null) ? List.of()
				: inside.stream()
					.filter((one) -> one.seq() <= known && !outside.contains(one) && one.isSignedBy(this.keys.keys()))
					.toList();
		return lost.isEmpty() ? Optional.empty()
				: Optional.of("The file " + this.file + " lacks " + lost.size() + " of " + inside.size()
						+ " checkpoints, the last one of " + lost.get(lost.size() - 1).at()
						+ ": it was removed, emptied or cut off. Restore it, or begin another file");
	}

	private void alarmIfCutOff() {
		long end = this.store.head().seq();
		if (end < this.published && !this.alarmed) {
			this.alarmed = true;
			logger.error("The audit was cut off: it ends at row {}, but {} rows were signed for", end, this.published);
		}
	}

	/**
	 * What stands in the file.
	 * @return the checkpoints of this database
	 * @throws IOException if the file cannot be read
	 */
	List<Checkpoint> read() throws IOException {
		List<Checkpoint> checkpoints = new ArrayList<>();
		if (this.file != null && Files.exists(this.file)) {
			try (BufferedReader reader = Files.newBufferedReader(this.file)) {
				for (String line = reader.readLine(); line != null; line = reader.readLine()) {
					Checkpoint checkpoint = Checkpoint.read(line);
					if (checkpoint != null && checkpoint.chain().equals(this.store.chain())) {
						checkpoints.add(checkpoint);
					}
				}
			}
		}
		return checkpoints;
	}

	private void append(Checkpoint checkpoint) throws IOException {
		if (this.file == null) {
			return;
		}
		PrivateFiles.createDirectory(this.file);
		try (FileChannel channel = FileChannel.open(this.file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
			ByteBuffer line = ByteBuffer
				.wrap((Json.write(checkpoint.toJson()) + "\n").getBytes(StandardCharsets.UTF_8));
			while (line.hasRemaining()) {
				channel.write(line);
			}
			channel.force(true);
		}
	}

}
