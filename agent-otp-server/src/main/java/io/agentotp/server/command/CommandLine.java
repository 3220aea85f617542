package io.agentotp.server.command;

import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.server.config.InvalidSettingException;

/**
 * Runs a command instead of the service. Commands open no port and no database.
 */
public final class CommandLine {

	static final int DONE = 0;

	static final int FAILED = 1;

	static final int UNUSABLE = 2;

	private static final Set<String> HELP = Set.of("--help", "-help", "-h", "-?", "help");

	// What Spring Boot takes without a value.
	private static final Set<String> SWITCHES = Set.of("--debug", "--trace");

	private static final String SERVICE = """
			Without a command the program runs the service; settings follow as --name=value.
			With --start-frozen no agent can do anything until an administrator unfreezes them.

			""";

	private static final List<Command> COMMANDS = List.of(new Command("policy test", """
			  policy test FILE...    tries the tests in files of policies; without FILE, those that
			                         the service reads (agentotp.server.policies.files);
			                         --trust-context=false, and settings as for the service
			                         Exit code: 0 all pass, 1 one fails, 2 nothing could be tried
			""", (args, out) -> new PolicyTestCommand(out).run(args)), new Command("audit verify", """
			  audit verify EXPORT... --checkpoints FILE --key FILE
			                         looks for tampering in exports (JSON Lines) of the audit log;
			                         checkpoints are those kept outside, the key is public (PEM);
			                         --first ROW for an export that begins later, --decisions to
			                         name what passkeys prove, --trust FILE for those that count
			                         Exit code: 0 nothing found, 1 tampered with, 2 cannot be told
			""", (args, out) -> new AuditCommand(out).verify(args)), new Command("receipt verify", """
			  receipt verify FILE    verifies the receipt of a used permission; --key FILE is the
			                         public key of the service (PEM), --trust FILE the trust file;
			                         one of them at least
			                         Exit code: 0 all fits, 1 something does not, 2 cannot be told
			""", (args, out) -> new ReceiptCommand(out).verify(args)), new Command("keys make", """
			  keys make KIND FILE    makes a file with one key of a KIND, secret or audit-key, for its
			                         owner only; prints its id and public key; --print the key, too
			""", (args, out) -> new KeysCommand(out).make(args)), new Command("keys rotate", """
			  keys rotate KIND FILE  adds a key, which the next start uses; --last adds it behind the
			                         others, until all nodes know it
			""", (args, out) -> new KeysCommand(out).rotate(args)), new Command("keys promote", """
			  keys promote KIND FILE ID
			                         lets the next start use this key of the file
			""", (args, out) -> new KeysCommand(out).promote(args)), new Command("keys remove", """
			  keys remove KIND FILE ID
			                         takes a key away
			""", (args, out) -> new KeysCommand(out).remove(args)), new Command("keys list", """
			  keys list KIND FILE    lists the ids, the present one first; --print the keys, too
			""", (args, out) -> new KeysCommand(out).list(args)));

	private CommandLine() {
	}

	/**
	 * Runs the command that the arguments name.
	 * @param args the arguments of the program
	 * @param out where results and help go
	 * @param err where complaints go
	 * @return the exit code, empty if the arguments are settings of the service
	 */
	public static OptionalInt run(String[] args, PrintStream out, PrintStream err) {
		List<String> words = Stream.of(args).filter((arg) -> !arg.isBlank()).toList();
		boolean help = words.stream().anyMatch(HELP::contains);
		words = words.stream().filter((word) -> !HELP.contains(word)).toList();
		try {
			if (help) {
				requireCommands(words);
				out.print(usage(words));
				return OptionalInt.of(DONE);
			}
			if (words.isEmpty() || words.get(0).startsWith("-")) {
				words.forEach(CommandLine::requireSetting);
				return OptionalInt.empty();
			}
			requireCommands(words);
			Optional<Command> command = command(words);
			if (command.isEmpty()) {
				throw new UsageException(
						"Say which: " + named(words).map(Command::name).collect(Collectors.joining(", ")));
			}
			return OptionalInt.of(command.get().action().apply(words.subList(2, words.size()), out));
		}
		catch (InvalidSettingException ex) {
			err.println(ex.getMessage());
			return OptionalInt.of(UNUSABLE);
		}
		catch (UsageException ex) {
			err.println(ex.getMessage());
			err.println();
			err.print(usage(words));
			return OptionalInt.of(UNUSABLE);
		}
	}

	// Spring would ignore anything else, and start.
	static void requireSetting(String arg) {
		if (!arg.startsWith("-")) {
			throw new UsageException("'" + arg + "' is neither a setting nor the first word of a command");
		}
		if (!arg.matches("--[^=]+=.*") && !SWITCHES.contains(arg)) {
			throw new UsageException(arg.matches("--[^=]+\\..*") ? arg + " needs a value: " + arg + "=…"
					: "There is no option '" + arg + "'; settings follow as --name=value");
		}
	}

	// What begins as a command does, is one.
	private static void requireCommands(List<String> words) {
		List<String> begin = begin(words);
		if (!begin.isEmpty() && (named(begin).findAny().isEmpty() || (begin.size() > 1 && command(words).isEmpty()))) {
			throw new UsageException("There is no command '" + String.join(" ", begin) + "'");
		}
	}

	static String count(long number, String one) {
		String many = one.endsWith("y") ? one.substring(0, one.length() - 1) + "ies" : one + "s";
		return number + " " + ((number == 1) ? one : many);
	}

	private static Stream<Command> named(List<String> words) {
		return COMMANDS.stream().filter((command) -> !words.isEmpty() && command.name().startsWith(words.get(0) + " "));
	}

	private static Optional<Command> command(List<String> words) {
		String name = String.join(" ", begin(words));
		return COMMANDS.stream().filter((command) -> command.name().equals(name)).findFirst();
	}

	private static List<String> begin(List<String> words) {
		return words.stream().takeWhile((word) -> !word.startsWith("-")).limit(2).toList();
	}

	// Of the command that is named, of those that begin as it does, else of all.
	private static String usage(List<String> words) {
		List<Command> named = command(words).map(List::of).orElseGet(() -> named(words).toList());
		return named.isEmpty() ? SERVICE + "Commands:\n" + texts(COMMANDS) : texts(named);
	}

	private static String texts(List<Command> commands) {
		return commands.stream().map(Command::usage).collect(Collectors.joining());
	}

	private record Command(String name, String usage, BiFunction<List<String>, PrintStream, Integer> action) {
	}

}
