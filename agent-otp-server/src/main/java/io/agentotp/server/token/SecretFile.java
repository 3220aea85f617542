package io.agentotp.server.token;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that keeps a secret between starts: one secret per line, the newest first. To
 * rotate, put a new line on top and take the old one away once its tokens are over.
 */
public final class SecretFile {

	private static final Logger logger = LoggerFactory.getLogger(SecretFile.class);

	private final Path path;

	public SecretFile(Path path) {
		this.path = path.toAbsolutePath();
	}

	/**
	 * Reads the secrets; without a file, makes one with a random secret.
	 * @return the secrets, the newest first
	 */
	public List<String> readOrCreate() {
		try {
			if (!Files.exists(this.path)) {
				create();
			}
			warnIfReadableByOthers();
			return Files.readAllLines(this.path, StandardCharsets.UTF_8)
				.stream()
				.map(String::strip)
				.filter((line) -> !line.isEmpty())
				.toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot read or create the secret file", ex);
		}
	}

	private void create() throws IOException {
		Path directory = this.path.getParent();
		if (directory != null) {
			Files.createDirectories(directory);
		}
		Set<StandardOpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
		try (SeekableByteChannel channel = Files.newByteChannel(this.path, options, ownerOnly())) {
			channel.write(ByteBuffer.wrap((Secrets.random() + "\n").getBytes(StandardCharsets.UTF_8)));
		}
		catch (FileAlreadyExistsException ex) {
			logger.debug("Another process has just created the secret file");
		}
	}

	private FileAttribute<?>[] ownerOnly() {
		return isPosix()
				? new FileAttribute<?>[] {
						PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")) }
				: new FileAttribute<?>[0];
	}

	private void warnIfReadableByOthers() throws IOException {
		if (isPosix()) {
			Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(this.path);
			if (permissions.contains(PosixFilePermission.GROUP_READ)
					|| permissions.contains(PosixFilePermission.OTHERS_READ)) {
				logger.warn("{} can be read by others. Give it mode 600.", this.path);
			}
		}
	}

	private boolean isPosix() {
		return this.path.getFileSystem().supportedFileAttributeViews().contains("posix");
	}

}
