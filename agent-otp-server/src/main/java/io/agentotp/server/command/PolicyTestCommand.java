package io.agentotp.server.command;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.agentotp.server.policy.InvalidPolicyException;
import io.agentotp.server.policy.PolicyExample;
import io.agentotp.server.policy.PolicyFile;
import io.agentotp.server.policy.PolicySet;

/**
 * Tries the tests of files of policies. The policies of all files count together, as they
 * do in the service.
 */
final class PolicyTestCommand {

	private static final String TRUST_CONTEXT = "--trust-context=";

	private final PrintStream out;

	PolicyTestCommand(PrintStream out) {
		this.out = out;
	}

	/**
	 * Runs the tests.
	 * @param args the files, and {@code --trust-context=false}
	 * @return 0 if all pass, 1 if one fails, 2 if there is nothing that could be tried
	 */
	int run(List<String> args) {
		boolean trustContext = true;
		List<String> names = new ArrayList<>();
		for (String arg : args) {
			if (arg.startsWith(TRUST_CONTEXT)) {
				trustContext = Boolean.parseBoolean(arg.substring(TRUST_CONTEXT.length()));
			}
			else if (arg.startsWith("-")) {
				throw new UsageException("There is no option '" + arg + "'");
			}
			else {
				names.add(arg);
			}
		}
		if (names.isEmpty()) {
			throw new UsageException("Name at least one file");
		}
		try {
			return run(names, trustContext);
		}
		catch (InvalidPolicyException ex) {
			this.out.println(ex.text());
			return CommandLine.UNUSABLE;
		}
	}

	private int run(List<String> names, boolean trustContext) {
		List<PolicyFile> files = names.stream().map((name) -> read(name, trustContext)).toList();
		PolicySet set = PolicySet.of(files.stream().flatMap((file) -> file.policies().stream()).toList());
		int tried = 0;
		int failed = 0;
		for (PolicyFile file : files) {
			for (PolicyExample example : file.examples()) {
				Optional<String> difference = example.difference(set.decide(example.request()));
				this.out.println(difference.isEmpty() ? "ok      " + example.name()
						: "FAILED  " + example.name() + ": " + difference.get());
				tried++;
				failed += difference.isPresent() ? 1 : 0;
			}
		}
		if (tried == 0) {
			this.out.println("There are no tests in these files; put them under 'tests'");
			return CommandLine.UNUSABLE;
		}
		this.out.printf("%d policies, %d tests, %d failed%n", set.policies().size(), tried, failed);
		return (failed == 0) ? CommandLine.DONE : CommandLine.FAILED;
	}

	private static PolicyFile read(String name, boolean trustContext) {
		try (InputStream stream = Files.newInputStream(Path.of(name))) {
			return PolicyFile.read(name, stream.readNBytes(PolicyFile.MAX_BYTES + 1), trustContext);
		}
		catch (IOException ex) {
			throw new UsageException("The file " + name + " is not there or cannot be read");
		}
	}

}
