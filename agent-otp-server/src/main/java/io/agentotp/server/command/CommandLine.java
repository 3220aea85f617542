package io.agentotp.server.command;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * Runs a command instead of the service. Commands open no port and no database.
 */
public final class CommandLine {

	static final int DONE = 0;

	static final int FAILED = 1;

	static final int UNUSABLE = 2;

	private static final String USAGE = """
			Without a command the program runs the service; settings follow as --name=value.
			With --start-frozen no agent can do anything until an administrator unfreezes them.

			Commands:
			  policy test FILE...    tries the tests in files of policies; without FILE, those that
			                         the service reads (agentotp.server.policies.files)
			  audit verify EXPORT... --checkpoints FILE --key FILE
			                         looks for tampering in exports (JSON Lines) of the audit log;
			                         checkpoints are those kept outside, the key is public (PEM);
			                         --first ROW for an export that begins later
			""";

	private CommandLine() {
	}

	/**
	 * Runs the command that the arguments name.
	 * @param args the arguments of the program
	 * @param out where results go
	 * @param err where complaints go
	 * @return the exit code, empty if no command is named
	 */
	public static OptionalInt run(String[] args, PrintStream out, PrintStream err) {
		if (args.length == 0 || args[0].startsWith("-") || args[0].isBlank()) {
			return OptionalInt.empty();
		}
		List<String> rest = Arrays.asList(args).subList(Math.min(2, args.length), args.length);
		String command = String.join(" ", Arrays.asList(args).subList(0, Math.min(2, args.length)));
		try {
			return OptionalInt.of(switch (command) {
				case "policy test" -> new PolicyTestCommand(out).run(rest);
				case "audit verify" -> new AuditCommand(out).verify(rest);
				default -> throw new UsageException("There is no command '" + command + "'");
			});
		}
		catch (UsageException ex) {
			err.println(ex.getMessage());
			err.println();
			err.print(USAGE);
			return OptionalInt.of(UNUSABLE);
		}
	}

}
