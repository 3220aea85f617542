package io.agentotp.server.command;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.agentotp.server.audit.AuditKey;
import io.agentotp.server.audit.AuditKeys;
import io.agentotp.server.file.PrivateFiles;
import io.agentotp.server.token.SecretFile;
import io.agentotp.server.token.Secrets;
import io.agentotp.server.token.Tokens;

/**
 * Makes and rotates files of secrets and audit keys. It prints ids and public keys; the
 * keys themselves only if that is asked for.
 */
final class KeysCommand {

	private static final String SECRET = "secret";

	private static final String AUDIT_KEY = "audit-key";

	private final PrintStream out;

	KeysCommand(PrintStream out) {
		this.out = out;
	}

	/**
	 * Makes a file with one new key.
	 * @param args the kind, the file, and {@code --print}
	 * @return 0 when done
	 */
	int make(List<String> args) {
		Arguments arguments = Arguments.of(args, 2, "--print");
		if (Files.exists(arguments.file())) {
			throw new UsageException("The file " + arguments.file() + " exists; 'keys rotate' adds a key to it");
		}
		return show(arguments, new SecretFile(arguments.file()).readOrCreate());
	}

	/**
	 * Adds a new key, which is the present one after the next start.
	 * @param args the kind, the file, {@code --last} for a key that only is to be known
	 * yet, and {@code --print}
	 * @return 0 when done
	 */
	int rotate(List<String> args) {
		Arguments arguments = Arguments.of(args, 2, "--last", "--print");
		List<String> lines = read(arguments);
		lines.add(arguments.has("--last") ? lines.size() : 0, Secrets.random());
		return save(arguments, lines);
	}

	/**
	 * Makes a key the present one after the next start.
	 * @param args the kind, the file and the id
	 * @return 0 when done
	 */
	int promote(List<String> args) {
		Arguments arguments = Arguments.of(args, 3);
		List<String> lines = read(arguments);
		lines.add(0, lines.remove(index(arguments, lines)));
		return save(arguments, lines);
	}

	/**
	 * Takes a key away.
	 * @param args the kind, the file and the id
	 * @return 0 when done
	 */
	int remove(List<String> args) {
		Arguments arguments = Arguments.of(args, 3);
		List<String> lines = read(arguments);
		int index = index(arguments, lines);
		if (index == 0) {
			throw new UsageException("It is the present key; promote another one first");
		}
		lines.remove(index);
		return save(arguments, lines);
	}

	/**
	 * Lists the keys of a file, the present one first.
	 * @param args the kind, the file, and {@code --print}
	 * @return 0 when done
	 */
	int list(List<String> args) {
		Arguments arguments = Arguments.of(args, 2, "--print");
		return show(arguments, read(arguments));
	}

	private static List<String> read(Arguments arguments) {
		if (!Files.exists(arguments.file())) {
			throw new UsageException("The file " + arguments.file() + " does not exist; 'keys make' makes one");
		}
		List<String> lines = new ArrayList<>(new SecretFile(arguments.file()).readOrCreate());
		if (lines.isEmpty()) {
			throw new UsageException("The file " + arguments.file() + " is empty; remove it and use 'keys make'");
		}
		lines.forEach((line) -> id(arguments, line));
		return lines;
	}

	private static int index(Arguments arguments, List<String> lines) {
		int index = lines.stream().map((line) -> id(arguments, line)).toList().indexOf(arguments.id());
		if (index < 0) {
			throw new UsageException("The file has no key " + arguments.id() + "; 'keys list' shows the ids");
		}
		return index;
	}

	private int save(Arguments arguments, List<String> lines) {
		try {
			PrivateFiles.replace(arguments.file(), (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
		}
		catch (IOException ex) {
			throw PrivateFiles.fault("file of keys", arguments.file(), ex);
		}
		return show(arguments, lines);
	}

	private int show(Arguments arguments, List<String> lines) {
		for (int i = 0; i < lines.size(); i++) {
			String line = lines.get(i);
			this.out.println(id(arguments, line) + ((i == 0) ? "  present" : "")
					+ (arguments.has("--print") ? "  " + line : ""));
			if (!arguments.isSecret()) {
				this.out.print(key(arguments, line).pem());
			}
		}
		return CommandLine.DONE;
	}

	private static String id(Arguments arguments, String line) {
		return arguments.isSecret() ? Tokens.idOf(line) : key(arguments, line).id();
	}

	private static AuditKey key(Arguments arguments, String line) {
		return AuditKeys.ofFile(arguments.file().toString(), List.of(line)).get(0);
	}

	private record Arguments(boolean isSecret, Path file, String id, List<String> options) {

		static Arguments of(List<String> args, int count, String... options) {
			List<String> words = args.stream().filter((arg) -> !arg.startsWith("-")).toList();
			List<String> given = args.stream().filter((arg) -> arg.startsWith("-")).toList();
			given.stream().filter((option) -> !List.of(options).contains(option)).findFirst().ifPresent((option) -> {
				throw new UsageException("There is no option '" + option + "'");
			});
			if (words.size() != count || !List.of(SECRET, AUDIT_KEY).contains(words.get(0))) {
				throw new UsageException("Say " + SECRET + " or " + AUDIT_KEY + ", then the file"
						+ ((count > 2) ? ", then the id of the key" : ""));
			}
			return new Arguments(words.get(0).equals(SECRET), Path.of(words.get(1)).toAbsolutePath(),
					(count > 2) ? words.get(2) : "", given);
		}

		boolean has(String option) {
			return this.options.contains(option);
		}

	}

}
