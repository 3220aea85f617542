package io.agentotp.server.command;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.UnknownProperties;
import io.agentotp.server.policy.InvalidPolicyException;
import io.agentotp.server.policy.PolicyExample;
import io.agentotp.server.policy.PolicyFile;
import io.agentotp.server.policy.PolicyFiles;
import io.agentotp.server.policy.PolicySet;

import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;

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
	 * @param args the files, {@code --trust-context=false}, and settings as for the
	 * service
	 * @return 0 if all pass, 1 if one fails, 2 if there is nothing that could be tried
	 */
	int run(List<String> args) {
		List<String> names = args.stream().filter((arg) -> !arg.startsWith("-")).toList();
		List<String> settings = args.stream()
			.filter((arg) -> arg.startsWith("-"))
			.map(PolicyTestCommand::setting)
			.toList();
		names.forEach(PolicyTestCommand::requireFile);
		try {
			AgentOtpServerProperties.Policies policies = settings(settings);
			List<String> locations = names.isEmpty() ? policies.files() : names;
			List<PolicyFile> files = PolicyFiles.read(locations, policies.trustContext());
			if (files.isEmpty()) {
				throw new UsageException("Name at least one file: there is none at " + String.join(", ", locations));
			}
			return test(files);
		}
		catch (InvalidPolicyException ex) {
			this.out.println(ex.text());
			return CommandLine.UNUSABLE;
		}
	}

	private static String setting(String arg) {
		if (arg.startsWith(TRUST_CONTEXT)) {
			return "--" + AgentOtpServerProperties.PREFIX + ".policies.trust-context="
					+ arg.substring(TRUST_CONTEXT.length());
		}
		if (arg.startsWith("--agentotp.") || arg.startsWith("--spring.")) {
			CommandLine.requireSetting(arg);
			return arg;
		}
		throw new UsageException("There is no option '" + arg + "'");
	}

	private static void requireFile(String name) {
		if (!name.contains(":") && !Files.exists(Path.of(name))) {
			throw new UsageException("The file " + name + " is not there or cannot be read");
		}
	}

	// The settings of the service that would start in this directory.
	private static AgentOtpServerProperties.Policies settings(List<String> args) {
		StandardEnvironment environment = new StandardEnvironment();
		environment.getPropertySources().addFirst(new SimpleCommandLinePropertySource(args.toArray(String[]::new)));
		ConfigDataEnvironmentPostProcessor.applyTo(environment);
		environment.getPropertySources()
			.addLast(new MapPropertySource("standalone", Map.of(AgentOtpServerProperties.PREFIX + ".policies.files",
					AgentOtpServerProperties.Policies.STANDALONE_FILES)));
		UnknownProperties.refuse(environment);
		return Binder.get(environment)
			.bindOrCreate(AgentOtpServerProperties.PREFIX + ".policies", AgentOtpServerProperties.Policies.class);
	}

	private int test(List<PolicyFile> files) {
		PolicySet set = PolicySet.of(files, List.of(), List.of());
		int tried = 0;
		int failed = 0;
		for (PolicyFile file : files) {
			for (PolicyExample example : file.examples()) {
				Optional<String> difference = example.difference(set);
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
		this.out.printf("%s, %s, %s, %d failed%n", CommandLine.count(set.policies().size(), "policy"),
				CommandLine.count(set.actions().entries().size(), "action"), CommandLine.count(tried, "test"), failed);
		return (failed == 0) ? CommandLine.DONE : CommandLine.FAILED;
	}

}
