package io.agentotp.server.database;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.agentotp.server.file.OwnerOnly;

/**
 * The file of an H2 database. H2 itself would make it readable by everybody.
 */
final class H2File {

	private static final Pattern URL = Pattern.compile("jdbc:h2:(?:file:)?((?:[A-Za-z]:)?[^:;]+)(?:;.*)?");

	private H2File() {
	}

	/**
	 * Finds the file.
	 * @param url the URL of a database
	 * @return the file, empty for a database of another kind
	 */
	static Optional<Path> of(String url) {
		Matcher matcher = URL.matcher(url);
		if (!matcher.matches()) {
			return Optional.empty();
		}
		String path = matcher.group(1);
		if (path.equals("~") || path.startsWith("~/")) {
			path = System.getProperty("user.home") + path.substring(1);
		}
		return Optional.of(Path.of(path + ".mv.db").toAbsolutePath().normalize());
	}

	/**
	 * Makes the file for its owner only, if there is none yet.
	 * @param file the file
	 */
	static void protect(Path file) {
		try {
			OwnerOnly.createIfMissing(file, new byte[0]);
			OwnerOnly.warnIfReadableByOthers(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot create the database file " + file, ex);
		}
	}

}
