package io.agentotp.server.token;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import io.agentotp.server.file.PrivateFiles;

/**
 * A file that keeps a secret between starts: one secret per line, the newest first. To
 * rotate, put a new line on top and take the old one away once its tokens are over.
 */
public final class SecretFile {

	/**
	 * What to do with a file that holds something else.
	 */
	public static final String REMEDY = "Restore it from the backup, or copy it from another node. "
			+ "If the database is new, remove it: one is made at start";

	private final Path path;

	public SecretFile(Path path) {
		this.path = path.toAbsolutePath();
	}

	Path path() {
		return this.path;
	}

	/**
	 * Reads the secrets; without a file, makes one with a random secret.
	 * @return the secrets, the newest first
	 */
	public List<String> readOrCreate() {
		try {
			PrivateFiles.createIfMissing(this.path, (Secrets.random() + "\n").getBytes(StandardCharsets.UTF_8));
			PrivateFiles.warnIfReadableByOthers(this.path);
			return Files.readAllLines(this.path, StandardCharsets.UTF_8)
				.stream()
				.map(String::strip)
				.filter((line) -> !line.isEmpty())
				.toList();
		}
		catch (IOException ex) {
			throw PrivateFiles.fault("file of keys", this.path, ex);
		}
	}

}
