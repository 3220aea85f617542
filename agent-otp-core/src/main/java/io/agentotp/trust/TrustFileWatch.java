package io.agentotp.trust;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
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

	private final Path path;

	private final ReentrantLock lock = new ReentrantLock();

	private volatile State state;

	/**
	 * Reads a file.
	 * @throws IllegalArgumentException if it is missing or broken
	 */
	TrustFileWatch(Path path) {
		this.path = path;
		List<?> version = version();
		this.state = new State(version, read(), null);
	}

	/**
	 * Return the file in force.
	 */
	TrustFile now() {
		State known = this.state;
		if (version().equals(known.version())) {
			return known.file();
		}
		this.lock.lock();
		try {
			// Another call may have read it meanwhile.
			List<?> version = version();
			if (!version.equals(this.state.version())) {
				this.state = changed(this.state, version);
			}
			return this.state.file();
		}
		finally {
			this.lock.unlock();
		}
	}

	private State changed(State known, List<?> version) {
		try {
			TrustFile file = read();
			logger.info("The trust file {} of {} is in force, with the keys of {} approvers", this.path,
					file.exportedAt(), file.approvers());
			return new State(version, file, null);
		}
		catch (IllegalArgumentException ex) {
			logger.error("{}. The one of {} stays in force", ex.getMessage(), known.file().exportedAt());
			return new State(version, known.file(), ex.getMessage());
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
	 */
	private record State(List<?> version, TrustFile file, @Nullable String problem) {
	}

}
