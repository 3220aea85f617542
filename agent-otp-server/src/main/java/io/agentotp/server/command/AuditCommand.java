package io.agentotp.server.command;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;

import io.agentotp.server.audit.AuditEntry;
import io.agentotp.server.audit.AuditKey;
import io.agentotp.server.audit.AuditReport;
import io.agentotp.server.audit.AuditVerifier;
import io.agentotp.server.audit.Checkpoint;
import io.agentotp.server.proof.ApproverKey;
import io.agentotp.server.proof.DecisionStatement;
import org.jspecify.annotations.Nullable;

/**
 * Verifies an export of the audit log, without the service and its database.
 */
final class AuditCommand {

	private static final int MAX_LINE = 16 * 1024 * 1024;

	private final PrintStream out;

	AuditCommand(PrintStream out) {
		this.out = out;
	}

	/**
	 * Verifies.
	 * @param given exports in the order of their rows, {@code --checkpoints FILE},
	 * {@code --key FILE}, {@code --first ROW} for an export that does not begin at the
	 * first row, {@code --trust FILE} for the passkeys that count, and
	 * {@code --decisions} to name each decision that is proved
	 * @return 0 if all is as it was signed, 1 if not, 2 if that cannot be told
	 */
	int verify(List<String> given) {
		List<String> args = given.stream()
			.flatMap((arg) -> arg.matches("--[a-z]+=.*") ? Stream.of(arg.split("=", 2)) : Stream.of(arg))
			.toList();
		List<String> exports = new ArrayList<>();
		List<Checkpoint> checkpoints = new ArrayList<>();
		List<AuditKey> keys = new ArrayList<>();
		List<ApproverKey> trusted = new ArrayList<>();
		boolean named = false;
		long begin = 1;
		for (int i = 0; i < args.size(); i++) {
			switch (args.get(i)) {
				case "--checkpoints" -> checkpoints.addAll(checkpoints(value(args, ++i)));
				case "--first" -> begin = place(value(args, ++i));
				case "--key" -> keys.add(key(value(args, ++i)));
				case "--trust" -> trusted.addAll(trusted(value(args, ++i)));
				case "--decisions" -> named = true;
				default -> exports.add(export(args.get(i)));
			}
		}
		if (exports.isEmpty() || checkpoints.isEmpty() || keys.isEmpty()) {
			throw new UsageException(
					"Name at least one export, one file with --checkpoints that has some, and one --key");
		}
		BiConsumer<AuditEntry, DecisionStatement> proved = named ? this::name : (entry, statement) -> {
		};
		AuditVerifier verifier = new AuditVerifier(null, checkpoints, keys, begin, trusted, proved);
		exports.forEach((export) -> read(export, (line, number) -> verifier.line(line, number)));
		return report(verifier.finish());
	}

	private void name(AuditEntry entry, DecisionStatement statement) {
		this.out.printf("proved: %s %s by %s at %s: %s%n", statement.permission(),
				statement.approved() ? "approved" : "denied", statement.approver(), entry.at(),
				// As JSON, so that no text in it passes for another line.
				statement.text());
	}

	private int report(AuditReport report) {
		report.problems().forEach((problem) -> this.out.println(problem.kind().text() + ": " + problem.text()));
		this.out.printf("%s, %s, signed up to row %d, %s newer than that%n", CommandLine.count(report.rows(), "row"),
				CommandLine.count(report.checkpoints(), "checkpoint"), report.signedTo(),
				CommandLine.count(report.unsigned(), "row"));
		this.out.printf("%s proved by the passkeys of people%n", CommandLine.count(report.proved(), "decision"));
		this.out.println(report.valid() ? "Nothing was tampered with."
				: "Found: " + CommandLine.count(report.found(), "problem") + ".");
		return report.valid() ? CommandLine.DONE : CommandLine.FAILED;
	}

	static String value(List<String> args, int index) {
		if (index >= args.size()) {
			throw new UsageException(args.get(index - 1) + " needs a value");
		}
		return args.get(index);
	}

	private static long place(String text) {
		if (!text.matches("[1-9]\\d{0,17}")) {
			throw new UsageException("--first needs the number of a row");
		}
		return Long.parseLong(text);
	}

	private static String export(String arg) {
		if (arg.startsWith("-")) {
			throw new UsageException("There is no option '" + arg + "'");
		}
		return arg;
	}

	private List<Checkpoint> checkpoints(String file) {
		List<Checkpoint> checkpoints = new ArrayList<>();
		read(file, (line, number) -> {
			Checkpoint checkpoint = Checkpoint.read(line);
			if (checkpoint == null && !line.endsWith("}")) {
				// The service writes it whole again, behind it.
				this.out.printf("Line %d of %s is half a checkpoint, as a crash or a full disk leaves it%n", number,
						file);
				return;
			}
			if (checkpoint == null) {
				throw new UsageException("Line " + number + " of " + file + " is not a checkpoint");
			}
			checkpoints.add(checkpoint);
		});
		return checkpoints;
	}

	static AuditKey key(String file) {
		return read(file, AuditKey::ofPem);
	}

	static List<ApproverKey> trusted(String file) {
		List<ApproverKey> keys = read(file, ApproverKey::readTrustFile);
		if (keys.isEmpty()) {
			throw new UsageException(file + ": names nobody");
		}
		return keys;
	}

	static <T> T read(String file, Function<String, T> reader) {
		try {
			return reader.apply(Files.readString(Path.of(file)));
		}
		catch (IllegalArgumentException ex) {
			throw new UsageException(file + ": " + ex.getMessage());
		}
		catch (IOException ex) {
			throw unreadable(file);
		}
	}

	private static void read(String file, LineReader reader) {
		try (BufferedReader lines = Files.newBufferedReader(Path.of(file))) {
			long number = 1;
			for (String line = next(lines, file, number); line != null; line = next(lines, file, number)) {
				reader.read(line, number++);
			}
		}
		catch (CharacterCodingException ex) {
			throw new UsageException("The file " + file + " is no text in UTF-8");
		}
		catch (IOException ex) {
			throw unreadable(file);
		}
	}

	private static @Nullable String next(BufferedReader lines, String file, long number) throws IOException {
		StringBuilder line = new StringBuilder();
		int read = lines.read();
		if (read < 0) {
			return null;
		}
		for (; read >= 0 && read != '\n'; read = lines.read()) {
			if (line.length() >= MAX_LINE) {
				throw new UsageException("Line " + number + " of " + file + " is longer than a row can be");
			}
			line.append((char) read);
		}
		if (!line.isEmpty() && line.charAt(line.length() - 1) == '\r') {
			line.setLength(line.length() - 1);
		}
		return line.toString();
	}

	private static UsageException unreadable(String file) {
		return new UsageException("The file " + file + " is not there or cannot be read");
	}

	private interface LineReader {

		void read(String line, long number);

	}

}
