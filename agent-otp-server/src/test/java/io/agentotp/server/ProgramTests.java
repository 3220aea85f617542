package io.agentotp.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The program as an operator starts it: what cannot be meant starts nothing and makes no
 * file.
 */
class ProgramTests {

	@TempDir
	private Path directory;

	@ParameterizedTest
	@CsvSource({ "--help, 0", "audti verify, 2" })
	void mainWhenHelpOrUnknownCommandThenUsageAndNothingStarts(String args, int code) {
		Program program = Program.run(this.directory, args.split(" "));
		assertThat(program.code()).isEqualTo(code);
		assertThat(program.output()).contains("policy test FILE").doesNotContain("Started", "Tomcat");
		assertThat(this.directory).isEmptyDirectory();
	}

	@Test
	void mainWhenPropertiesDoNotExistThenNamedAndNothingStarts() {
		Program program = Program.run(this.directory, Map.of("AGENTOTP_SERVER_USER_ALICE_PASSWORD", "hunter2"),
				"--agentotp.server.policies.rule=hunter2", ServerProcess.WITHOUT_SECURITY_OF_A_HOST);
		assertThat(program.code()).isEqualTo(1);
		assertThat(program.output()).contains("APPLICATION FAILED TO START", "'agentotp.server.policies.rule'",
				"'agentotp.server.policies.files'", "AGENTOTP_SERVER_USER_ALICE_PASSWORD", "'agentotp.server.users'")
			.doesNotContain("hunter2", "\tat ");
		assertThat(this.directory).isEmptyDirectory();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "application.yml | agentotp:\\n\\tserver: hunter2 | line 2, column 1",
					"config/application-prod.yaml | agentotp:\\n  secret: hunter2: x | line 2, column 18",
					"application.yml | a: 1\\na: hunter2 | line 2, column 1" })
	void mainWhenAFileOfSettingsIsNoYamlThenFileLineAndRemedyAndNothingStarts(String file, String text, String place)
			throws IOException {
		Path path = this.directory.resolve(file);
		Files.createDirectories(path.getParent());
		Files.writeString(path, text.replace("\\n", "\n").replace("\\t", "\t"));
		Program program = Program.run(this.directory, "--spring.profiles.active=prod");
		assertThat(program.code()).isEqualTo(1);
		assertThat(program.output())
			.contains("APPLICATION FAILED TO START", path.toRealPath().toString(), place, "Indent with spaces")
			.doesNotContain("hunter2", "\tat ");
	}

	@Test
	void mainWhenKeysAreMadeThenOnlyTheFileIsMadeAndOnlyItsIdPrinted() throws IOException {
		Program program = Program.run(this.directory, "keys", "make", "secret", "a.secret");
		assertThat(program.code()).isZero();
		assertThat(program.output()).matches("[0-9a-f]{16}  present\\R");
		assertThat(this.directory.toFile().list()).containsExactly("a.secret");
		assertThat(Files.readString(this.directory.resolve("a.secret"))).hasSizeGreaterThan(40);
	}

}
