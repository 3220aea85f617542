package io.agentotp.server.command;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import io.agentotp.server.audit.AuditKey;
import io.agentotp.server.audit.ReceiptVerifier;
import io.agentotp.server.proof.ApproverKey;

/**
 * Verifies the receipt of a used permission, without the service and its database.
 */
final class ReceiptCommand {

	private final PrintStream out;

	ReceiptCommand(PrintStream out) {
		this.out = out;
	}

	/**
	 * Verifies.
	 * @param given the receipt, {@code --key FILE} for the public key of the service, and
	 * {@code --trust FILE} for the passkeys that count
	 * @return 0 if all fits, 1 if not
	 */
	int verify(List<String> given) {
		List<String> args = given.stream()
			.flatMap((arg) -> arg.matches("--[a-z]+=.*") ? Stream.of(arg.split("=", 2)) : Stream.of(arg))
			.toList();
		List<String> files = new ArrayList<>();
		List<AuditKey> keys = new ArrayList<>();
		List<ApproverKey> trusted = new ArrayList<>();
		for (int i = 0; i < args.size(); i++) {
			switch (args.get(i)) {
				case "--key" -> keys.add(AuditCommand.key(AuditCommand.value(args, ++i)));
				case "--trust" -> trusted.addAll(AuditCommand.trusted(AuditCommand.value(args, ++i)));
				default -> files.add(args.get(i));
			}
		}
		if (files.size() != 1 || files.get(0).startsWith("-") || (keys.isEmpty() && trusted.isEmpty())) {
			throw new UsageException("Name one receipt, and --key, --trust or both");
		}
		ReceiptVerifier.Result result = AuditCommand.read(files.get(0),
				(text) -> new ReceiptVerifier(keys, trusted).verify(text.strip()));
		result.facts().forEach(this.out::println);
		result.problems().forEach((problem) -> this.out.println("problem: " + problem));
		this.out.println(result.problems().isEmpty() ? "All of it fits."
				: "Found: " + CommandLine.count(result.problems().size(), "problem") + ".");
		return result.problems().isEmpty() ? CommandLine.DONE : CommandLine.FAILED;
	}

}
