package io.agentotp.server.audit;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.file.PrivateFiles;
import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.stereotype.Component;

/**
 * Carries checkpoints out of the database: into the log, and into a file that is only
 * ever appended to.
 */
@Component
final class CheckpointPublisher {

	private static final Logger logger = LoggerFactory.getLogger(CheckpointPublisher.class);

	private final AuditChainStore store;

	private final AuditKeys keys;

	private final @Nullable Path file;

	private long published = -1;

	private boolean alarmed;

	CheckpointPublisher(AuditChainStore store, AuditKeys keys, AgentOtpServerProperties.Audit settings) {
		this.store = store;
		this.keys = keys;
		String name = settings.checkpointFile();
		this.file = (name != null) ? Path.of(name).toAbsolutePath() : null;
	}

	/**
	 * Publishes what was not published yet, also by other nodes.
	 */
	void publish() {
		try {
			if (this.published < 0) {
				this.published = read().stream().mapToLong(Checkpoint::seq).max().orElse(0);
			}
			alarmIfCutOff();
			for (Checkpoint checkpoint : this.store.checkpointsAfter(this.published)) {
				if (!checkpoint.isSignedBy(this.keys.keys())) {
					logger.error("The audit checkpoint at row {} is not signed by a key of this node",
							checkpoint.seq());
					this.published = checkpoint.seq();
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
