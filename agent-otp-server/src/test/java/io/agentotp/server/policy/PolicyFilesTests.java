package io.agentotp.server.policy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Which files of policies are read, and when again.
 */
@ExtendWith(OutputCaptureExtension.class)
class PolicyFilesTests {

	private static final String DENY = "- {name: x, action: deny}";

	@TempDir
	Path directory;

	@Test
	void readWhenOptionalIsMissingThenNoneUntilItIsThere() throws IOException {
		Path file = this.directory.resolve("policies.yml");
		PolicyFiles files = files("optional:" + file);
		assertThat(files.readIfChanged()).hasValue(List.of());
		assertThat(files.readIfChanged()).isEmpty();
		Files.writeString(file, DENY);
		assertThat(files.readIfChanged().orElseThrow()).flatExtracting(PolicyFile::policies)
			.extracting(Policy::name)
			.containsExactly("x");
		assertThat(files.readIfChanged()).isEmpty();
	}

	@Test
	void readWhenOptionalVanishesThenRefusedSoThatItsPoliciesStay() throws IOException {
		Path file = Files.writeString(this.directory.resolve("policies.yml"), DENY);
		PolicyFiles files = files("optional:" + file);
		assertThat(files.readIfChanged().orElseThrow()).hasSize(1);
		Files.delete(file);
		assertThatExceptionOfType(InvalidPolicyException.class).isThrownBy(files::readIfChanged)
			.satisfies((ex) -> assertThat(ex.text()).contains("policies.yml is not there"));
	}

	@Test
	void readWhenConfiguredIsMissingThenRefused() {
		PolicyFiles files = files(this.directory.resolve("policies.yml").toString());
		assertThatExceptionOfType(InvalidPolicyException.class).isThrownBy(files::readIfChanged)
			.satisfies((ex) -> assertThat(ex.text()).contains("policies.yml is not there"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "/*.yml", "/*.y*ml" })
	void readWhenTheDirectoryIsEmptyThenWarnedUntilThereIsAFileWhichMayNotVanish(String pattern, CapturedOutput output)
			throws IOException {
		PolicyFiles files = files(this.directory + pattern);
		assertThat(files.readIfChanged()).hasValue(List.of());
		assertThat(files.readIfChanged()).isEmpty();
		assertThat(output).containsOnlyOnce("There are no policies at file:" + this.directory);
		Path file = Files.writeString(this.directory.resolve("a.yml"), DENY);
		assertThat(files.readIfChanged().orElseThrow()).hasSize(1);
		Files.delete(file);
		assertThatExceptionOfType(InvalidPolicyException.class).isThrownBy(files::readIfChanged);
	}

	@Test
	void readWhenThereIsNoDirectoryThenRefused() {
		PolicyFiles files = files(this.directory.resolve("none/*.yml").toString());
		assertThatExceptionOfType(InvalidPolicyException.class).isThrownBy(files::readIfChanged);
	}

	@Test
	@Timeout(60)
	void readWhenItIsAPipeThenRefusedAndNotWaitedFor() throws Exception {
		Path pipe = this.directory.resolve("policies.yml");
		assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
		assertThatExceptionOfType(InvalidPolicyException.class).isThrownBy(files(pipe.toString())::readIfChanged)
			.satisfies((ex) -> assertThat(ex.text()).contains("policies.yml is a pipe or a device"));
	}

	@Test
	void readWhenOptionalOnTheClassPathIsMissingThenNone() {
		assertThat(files("optional:classpath:agent-otp-policies.yml").readIfChanged()).hasValue(List.of());
		assertThat(files("optional:classpath*:none/*.yml").readIfChanged()).hasValue(List.of());
		assertThat(files("optional:classpath:policies.yml").readIfChanged().orElseThrow())
			.flatExtracting(PolicyFile::policies)
			.hasSize(4);
	}

	private static PolicyFiles files(String location) {
		return new PolicyFiles(List.of(location), new PolicyParser(true));
	}

}
