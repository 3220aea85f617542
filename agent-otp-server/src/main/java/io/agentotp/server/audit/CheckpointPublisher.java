package io.agentotp.server.audit;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.file.PrivateFiles;
import io.agentotp.server.json.Json;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.token.Tokens;
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

	private static final AuditQuery BEGUN = AuditQuery.ofEvent(AuditEvent.CHECKPOINT_FILE);

	private static final int MAX_FILES = 1000;

	private static final String KIND = "checkpoint-file";

	private static final String REMEDY = "it was removed, emptied or cut off. Restore it, or name another one as "
			+ AgentOtpServerProperties.PREFIX + ".audit.checkpoint-file";

	private static final int MAX_TOLD = 1000;

	private final AuditChainStore store;

	private final AuditKeys keys;

	private final AuditLog audit;

	private final Tokens tokens;

	private final InstantSource clock;

	private final @Nullable Path file;

	private long published = -1;

	// Whether the file has what was written to it, as far as that can be told without
	// reading all of it.
	private boolean whole = true;

	private long size;

	private final Set<Long> told = new HashSet<>();

	private boolean alarmed;

	private volatile @Nullable String problem;

	CheckpointPublisher(AuditChainStore store, AuditKeys keys, AuditLog audit, Tokens tokens, InstantSource clock,
			AgentOtpServerProperties.Audit settings) {
		this.store = store;
		this.keys = keys;
		this.audit = audit;
		this.tokens = tokens;
		this.clock = clock;
		String name = settings.checkpointFile();
		this.file = (name != null) ? Path.of(name).toAbsolutePath() : null;
		if (this.file != null && Files.exists(this.file) && !Files.isRegularFile(this.file)) {
			throw PrivateFiles.fault("file of checkpoints", this.file, new IOException());
		}
		requireWritable();
	}

	private void requireWritable() {
		Path file = this.file;
		if (file == null) {
			return;
		}
		try {
			PrivateFiles.createDirectory(file);
			if (!Files.isWritable(Files.exists(file) ? file : Objects.requireNonNull(file.getParent()))) {
				throw new AccessDeniedException(file.toString());
			}
		}
		catch (IOException ex) {
			throw PrivateFiles.fault("file of checkpoints", file, ex);
		}
	}

	/**
	 * Why checkpoints are not in the file.
	 * @return the problem, empty if there is none
	 */
	Optional<String> problem() {
		return Optional.ofNullable(this.problem);
	}

	/**
	 * Publishes what was not published yet, also by other nodes.
	 */
	synchronized void publish() {
		try {
			if (this.published < 0 || (!this.whole && !this.store.checkpointsAfter(this.published).isEmpty())) {
				begin();
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
			this.problem = null;
		}
		catch (IOException ex) {
			String now = "Audit checkpoints cannot be written to " + this.file + " and are tried again: " + ex;
			if (!now.equals(this.problem)) {
				logger.error(now);
			}
			this.problem = now;
		}
	}

	/**
	 * Up to which row checkpoints have to be in the file.
	 * @return the row
	 * @throws IOException if the file cannot be read
	 */
	synchronized long published() throws IOException {
		if (this.published < 0 || !this.whole) {
			begin();
		}
		return this.published;
	}

	// A new file gets all that was signed. One that lacks what it had is not filled again
	// as if nothing had happened: what is written from then on does not make it whole.
	private void begin() throws IOException {
		Path file = this.file;
		if (file == null) {
			this.published = 0;
			return;
		}
		List<Checkpoint> inside = read();
		long known = inside.stream()
			.sorted(Comparator.comparingLong(Checkpoint::seq).reversed())
			.filter((one) -> one.isSignedBy(this.keys.keys()))
			.mapToLong(Checkpoint::seq)
			.findFirst()
			.orElse(0);
		long written = written(file);
		boolean complete = written == 0 || inside.stream().anyMatch((one) -> one.seq() == written);
		if (!complete) {
			alarm(file);
		}
		this.whole = complete;
		this.size = Files.exists(file) ? Files.size(file) : 0;
		this.published = Math.max(known, written);
	}

	private long written(Path file) {
		String id = id(file);
		Optional<AuditChainStore.Written> stored = this.store.written(id);
		ObjectNode begun = Json.object().put("file", file.toString()).put("host", host());
		boolean isKnown = this.audit.find(BEGUN, MAX_FILES, 0).stream().anyMatch((row) -> row.details().equals(begun));
		if (stored.isEmpty()) {
			this.store.put(id, new AuditChainStore.Written(0, seal(id, 0)));
		}
		if (!isKnown) {
			this.audit.record(this.clock.instant(), null, null, AuditEvent.CHECKPOINT_FILE, Actor.SYSTEM, begun);
		}
		return stored.filter((one) -> isSealed(id, one))
			.map(AuditChainStore.Written::seq)
			.orElseGet(() -> isKnown ? this.store.lastCheckpoint(this.keys.keys()).map(Checkpoint::seq).orElse(0L) : 0);
	}

	private static String id(Path file) {
		return Secrets.sha256(host() + "\n" + file);
	}

	private boolean isSealed(String id, AuditChainStore.Written written) {
		return this.tokens.check(written.seal(), KIND, id, String.valueOf(written.seq())) == Tokens.Seal.INTACT;
	}

	private String seal(String id, long seq) {
		return this.tokens.seal(KIND, id, String.valueOf(seq));
	}

	private void alarm(Path file) {
		if (this.whole) {
			logger.error("The file {} lacks checkpoints that were written to it: {}", file, REMEDY);
		}
		this.whole = false;
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
						+ " checkpoints, the last one of " + lost.get(lost.size() - 1).at() + ": " + REMEDY);
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
		Path file = this.file;
		if (file == null) {
			return;
		}
		PrivateFiles.createDirectory(file);
		try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
			if (channel.size() < this.size) {
				alarm(file);
			}
			// What a crash or a full disk has cut in half takes no other line with it.
			String begin = endsWithinALine(file) ? "\n" : "";
			ByteBuffer line = ByteBuffer
				.wrap((begin + Json.write(checkpoint.toJson()) + "\n").getBytes(StandardCharsets.UTF_8));
			while (line.hasRemaining()) {
				channel.write(line);
			}
			channel.force(true);
			this.size = channel.size();
		}
		if (this.whole) {
			String id = id(file);
			this.store.put(id, new AuditChainStore.Written(checkpoint.seq(), seal(id, checkpoint.seq())));
		}
	}

	private static boolean endsWithinALine(Path file) throws IOException {
		try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
			ByteBuffer last = ByteBuffer.allocate(1);
			return channel.size() > 0 && channel.read(last, channel.size() - 1) == 1 && last.get(0) != '\n';
		}
	}

}
