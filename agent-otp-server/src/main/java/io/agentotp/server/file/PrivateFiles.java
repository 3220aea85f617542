package io.agentotp.server.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;

import io.agentotp.server.config.InvalidSettingException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes files that only their owner can read: mode 600, in directories of mode 700 where
 * those are new. File systems without modes are left to their own.
 */
public final class PrivateFiles {

	private static final Logger logger = LoggerFactory.getLogger(PrivateFiles.class);

	private PrivateFiles() {
	}

	/**
	 * Makes a file, unless it is there already. Whoever finds it finds all of it, also
	 * another process that starts at the same time.
	 * @param file the absolute path
	 * @param content what stands in it
	 * @throws IOException if it cannot be made
	 */
	public static void createIfMissing(Path file, byte[] content) throws IOException {
		if (Files.exists(file)) {
			if (!Files.isRegularFile(file)) {
				// Reading from a pipe would wait until somebody writes into it.
				throw new FileSystemException(file.toString());
			}
			return;
		}
		createDirectory(file);
		Path whole = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID());
		try {
			create(whole, content);
			link(file, whole, content);
		}
		catch (FileAlreadyExistsException ex) {
			logger.debug("Another process has just created {}", file);
		}
		finally {
			Files.deleteIfExists(whole);
		}
	}

	/**
	 * Replaces the content of a file, all at once. The file keeps its owner.
	 * @param file the path of a file that exists
	 * @param content what is to stand in it
	 * @throws IOException if it cannot be replaced
	 */
	public static void replace(Path file, byte[] content) throws IOException {
		Path target = file.toRealPath();
		Path whole = target.resolveSibling("." + target.getFileName() + "." + UUID.randomUUID());
		try {
			create(whole, content);
			if (!Files.getOwner(whole).equals(Files.getOwner(target))) {
				Files.setOwner(whole, Files.getOwner(target));
			}
			Files.move(whole, target, StandardCopyOption.ATOMIC_MOVE);
		}
		finally {
			Files.deleteIfExists(whole);
		}
	}

	// Unlike a move, a link never replaces what another process has made meanwhile.
	private static void link(Path file, Path whole, byte[] content) throws IOException {
		try {
			Files.createLink(file, whole);
		}
		catch (FileAlreadyExistsException ex) {
			throw ex;
		}
		catch (UnsupportedOperationException | FileSystemException ex) {
			logger.debug("There are no links where {} is to be", file);
			create(file, content);
		}
	}

	private static void create(Path file, byte[] content) throws IOException {
		Set<StandardOpenOption> options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE,
				StandardOpenOption.SYNC);
		try (SeekableByteChannel channel = Files.newByteChannel(file, options, mode(file, "rw-------"))) {
			channel.write(ByteBuffer.wrap(content));
		}
	}

	/**
	 * Makes the directory of a file, unless it is there already.
	 * @param file the absolute path of the file
	 * @throws IOException if it cannot be made
	 */
	public static void createDirectory(Path file) throws IOException {
		Path directory = file.getParent();
		if (directory != null && !Files.isDirectory(directory)) {
			Files.createDirectories(directory, mode(directory, "rwx------"));
		}
	}

	/**
	 * Warns of a file that others can read or change.
	 * @param file the file
	 * @throws IOException if its mode cannot be read
	 */
	public static void warnIfReadableByOthers(Path file) throws IOException {
		if (isPosix(file)) {
			Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
			if (permissions.contains(PosixFilePermission.GROUP_WRITE)
					|| permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
				logger.warn("{} can be changed by others. Give it mode 600.", file);
			}
			else if (permissions.contains(PosixFilePermission.GROUP_READ)
					|| permissions.contains(PosixFilePermission.OTHERS_READ)) {
				logger.warn("{} can be read by others. Give it mode 600.", file);
			}
		}
	}

	/**
	 * Says what to do about a file that cannot be used.
	 * @param what what the file is
	 * @param file the file
	 * @param cause why it cannot be used
	 * @return the exception to throw
	 */
	public static InvalidSettingException fault(String what, Path file, IOException cause) {
		String problem = "The " + what + " " + file + " cannot be ";
		if (Files.exists(file) && !Files.isRegularFile(file)) {
			return InvalidSettingException.fault(
					problem + "read: it is " + (Files.isDirectory(file) ? "a directory" : "a pipe or a device"),
					"Name a file");
		}
		for (Path above = file.getParent(); above != null; above = above.getParent()) {
			if (Files.exists(above) && !Files.isDirectory(above)) {
				return InvalidSettingException.fault(problem + "made: " + above + " is a file, but must be a directory",
						"Move that file away, or name another place");
			}
		}
		if (cause instanceof CharacterCodingException) {
			return InvalidSettingException.fault(problem + "read: it is no text in UTF-8",
					"Restore it from the backup, or copy it from another node");
		}
		return InvalidSettingException.fault(problem + "read or made: " + cause.getClass().getSimpleName(),
				"It must be a file of mode 600 that belongs to the user of the process, '"
						+ System.getProperty("user.name")
						+ "'. Where it does not exist yet, this user must be able to write to its directory");
	}

	private static FileAttribute<?>[] mode(Path file, String mode) {
		return isPosix(file)
				? new FileAttribute<?>[] { PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode)) }
				: new FileAttribute<?>[0];
	}

	private static boolean isPosix(Path file) {
		return file.getFileSystem().supportedFileAttributeViews().contains("posix");
	}

}
