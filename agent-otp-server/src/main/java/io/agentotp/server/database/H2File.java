package io.agentotp.server.database;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.agentotp.server.config.InvalidSettingException;
import io.agentotp.server.file.PrivateFiles;

/**
 * The file of an H2 database. H2 itself would make it readable by everybody.
 */
final class H2File {

	// How H2 gets at the file may stand before its name, in any number.
	private static final Pattern URL = Pattern
		.compile("jdbc:h2:(?:(?:file|nio|nioMapped|async|retry):)*((?:[A-Za-z]:)?[^:;]+)(?:;.*)?");

	private static final Pattern SPLIT = Pattern.compile("jdbc:h2:(?:[A-Za-z]+:)*?split:.*");

	private H2File() {
	}

	/**
	 * Finds the file.
	 * @param url the URL of a database
	 * @return the file, empty for a database of another kind
	 * @throws InvalidSettingException if H2 would make files that cannot be protected
	 */
	static Optional<Path> of(String url) {
		if (SPLIT.matcher(url).matches()) {
			throw InvalidSettingException.of("datasource.url", null,
					"Everybody could read the parts that H2 adds to a database with split: in its URL. Use one file, without split:");
		}
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
			PrivateFiles.createIfMissing(file, new byte[0]);
			PrivateFiles.warnIfReadableByOthers(file);
		}
		catch (IOException ex) {
			throw PrivateFiles.fault("database file", file, ex);
		}
	}

}
