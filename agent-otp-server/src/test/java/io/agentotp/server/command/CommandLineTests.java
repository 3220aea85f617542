package io.agentotp.server.command;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is no command and no setting starts nothing.
 */
class CommandLineTests {

	private final ByteArrayOutputStream out = new ByteArrayOutputStream();

	private final ByteArrayOutputStream err = new ByteArrayOutputStream();

	@ParameterizedTest
	@ValueSource(strings = { "--help", "help", "-h", "-help", "-?", "--server.port=9090 --help" })
	void runWhenHelpIsAskedForThenAllCommandsAndZero(String args) {
		assertThat(run(args)).hasValue(0);
		assertThat(this.out.toString(StandardCharsets.UTF_8)).contains("runs the service", "policy test FILE",
				"audit verify EXPORT");
	}

	@ParameterizedTest
	@ValueSource(strings = { "audit --help", "audit verify --help", "help audit", "help audit verify", "audit help",
			"audit verify x.jsonl -h" })
	void runWhenHelpOfACommandIsAskedForThenThatOnly(String args) {
		assertThat(run(args)).hasValue(0);
		assertThat(this.out.toString(StandardCharsets.UTF_8)).contains("audit verify EXPORT", "Exit code")
			.doesNotContain("policy test");
	}

	@ParameterizedTest
	@ValueSource(strings = { "help nothing", "nothing --help", "help audit verfy", "audit verfy --help" })
	void runWhenHelpOfNoCommandIsAskedForThenSaidAndTwo(String args) {
		assertThat(run(args)).hasValue(2);
		assertThat(this.err.toString(StandardCharsets.UTF_8)).startsWith("There is no command '")
			.contains("audit verify EXPORT");
	}

	@Test
	void runWhenACommandHasOneWordThenTheOthersAreNamed() {
		assertThat(run("keys")).hasValue(2);
		assertThat(this.err.toString(StandardCharsets.UTF_8))
			.startsWith("Say which: keys make, keys rotate, keys promote, keys remove, keys list");
	}

	@ParameterizedTest
	@ValueSource(strings = { "--agentotp.server.public-url", "--agentotp.server.test-keys", "--server.port",
			"--server.port=1 --spring.x" })
	void runWhenASettingHasNoValueThenSaidAndTwo(String args) {
		assertThat(run(args)).hasValue(2);
		String name = args.substring(args.lastIndexOf(' ') + 1);
		assertThat(this.err.toString(StandardCharsets.UTF_8)).startsWith(name + " needs a value: " + name + "=…");
	}

	@ParameterizedTest
	@ValueSource(strings = { "--key=nowhere.pem", "--key nowhere.pem", "--checkpoints=nowhere.pem",
			"--checkpoints nowhere.pem" })
	void verifyWhenAnOptionIsWrittenEitherWayThenTaken(String option) {
		assertThat(run("audit verify x.jsonl " + option)).hasValue(2);
		assertThat(this.err.toString(StandardCharsets.UTF_8)).startsWith("The file nowhere.pem is not there");
	}

	@ParameterizedTest
	@ValueSource(strings = { "audti verify", "audti", "verify", "start", "--hlep", "-x", "--version", "-Dserver.port=1",
			"--server.port=9090 audit verify", "--debug extra", "server.port=9090", "--", "-server.port=9090" })
	void runWhenNeitherCommandNorSettingThenUsageAndTwo(String args) {
		assertThat(run(args)).hasValue(2);
		assertThat(this.err.toString(StandardCharsets.UTF_8)).contains("runs the service", "policy test FILE",
				"audit verify EXPORT");
		assertThat(this.out.toString(StandardCharsets.UTF_8)).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "audit verfy", "audit", "audit verify", "audit verify --kye x" })
	void runWhenTheRestOfACommandIsWrongThenItsUsageAndTwo(String args) {
		assertThat(run(args)).hasValue(2);
		assertThat(this.err.toString(StandardCharsets.UTF_8)).contains("audit verify EXPORT")
			.doesNotContain("policy test");
	}

	@ParameterizedTest
	@ValueSource(strings = { "--debug", "--server.port=0 --trace", "--agentotp.server.test-keys=true", "--spring.x=",
			"--spring.profiles.active=help", "--foo=bar" })
	void runWhenSettingsOnlyThenTheServiceIsMeant(String args) {
		assertThat(run(args)).isEmpty();
	}

	private OptionalInt run(String args) {
		return CommandLine.run(args.split(" "), new PrintStream(this.out, true, StandardCharsets.UTF_8),
				new PrintStream(this.err, true, StandardCharsets.UTF_8));
	}

}
