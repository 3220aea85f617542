package io.agentotp.trust;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the trust file again when it has changed. A broken one changes nothing, and is
 * told.
 */
final class TrustFileWatch {

	private static final Logger logger = LoggerFactory.getLogger(SignedGrants.class);

	private static final int MAX_BYTES = 10 * 1024 * 1024;

	/** How long a file that cannot be read is left alone. */
	private static final Duration PAUSE = Duration.ofSeconds(10);

	private final Path path;

	private final InstantSource clock;

	private final ReentrantLock lock = new ReentrantLock();

	private volatile State state;

	/**
	 * Reads a file.
	 * @throws IllegalArgumentException if it is missing or broken
	 */
	TrustFileWatch(Path path, InstantSource clock) {
		this.path = path;
		this.clock = clock;
		List<?> version = version();
		this.state = new State(version, read(), null, Instant.MAX);
	}

	/**
	 * Return the file in force.
	 */
	TrustFile now() {
		State known = this.state;
		if (isCurrent(known, version())) {
			return known.file();
		}
		this.lock.lock();
		try {
			// Another call may have read it meanwhile.
			List<?> version = version();
			if (!isCurrent(this.state, version)) {
				this.state = changed(this.state, version);
			}
			return this.state.file();
		}
		finally {
			this.lock.unlock();
		}
	}

	// What could not be read may be readable later, with nothing else that tells so.
	private boolean isCurrent(State known, List<?> version) {
		return version.equals(known.version()) && this.clock.instant().isBefore(known.again());
	}

	private State changed(State known, List<?> version) {
		try {
			TrustFile file = read();
			logger.info("The trust file {} of {} is in force, with the keys of {} approvers", this.path,
					file.exportedAt(), file.approvers());
			return new State(version, file, null, Instant.MAX);
		}
		catch (IllegalArgumentException ex) {
			if (!Objects.equals(ex.getMessage(), known.problem())) {
				logger.error("{}. The one of {} stays in force", ex.getMessage(), known.file().exportedAt());
			}
			return new State(version, known.file(), ex.getMessage(), this.clock.instant().plus(PAUSE));
		}
	}

	@Nullable String problem() {
		return this.state.problem();
	}

	/** What is the same as long as the file is. */
	private List<?> version() {
		try {
			BasicFileAttributes attributes = Files.readAttributes(this.path, BasicFileAttributes.class);
			return List.of(attributes.lastModifiedTime(), attributes.size(), String.valueOf(attributes.fileKey()));
		}
		catch (IOException ex) {
			return List.of();
		}
	}

	private TrustFile read() {
		try {
			if (Files.size(this.path) > MAX_BYTES) {
				throw new IllegalArgumentException("is larger than " + MAX_BYTES + " bytes");
			}
			return TrustFile.parse(Files.readString(this.path));
		}
		catch (NoSuchFileException ex) {
			throw broken("is not there");
		}
		catch (CharacterCodingException ex) {
			throw broken("is not UTF-8");
		}
		catch (IOException ex) {
			throw broken("cannot be read (" + ex.getClass().getSimpleName() + ")");
		}
		catch (IllegalArgumentException ex) {
			throw broken(ex.getMessage());
		}
	}

	private IllegalArgumentException broken(@Nullable String problem) {
		return new IllegalArgumentException("The trust file " + this.path + " " + problem);
	}

	/**
	 * What was read last.
	 *
	 * @param version of which file
	 * @param file the file in force
	 * @param problem why a later one is not
	 * @param again when to read it again, even if it is the same
	 */
	private record State(List<?> version, TrustFile file, @Nullable String problem, Instant again) {
	}

}
