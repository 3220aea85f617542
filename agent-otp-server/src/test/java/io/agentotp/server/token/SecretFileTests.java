package io.agentotp.server.token;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.agentotp.server.config.InvalidSettingException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class SecretFileTests {

	@TempDir
	Path directory;

	@Test
	void readOrCreateWhenMissingThenCreatedForTheOwnerOnly() throws Exception {
		Path file = this.directory.resolve("data/agent-otp.secret");
		List<String> secrets = new SecretFile(file).readOrCreate();
		assertThat(secrets).hasSize(1).allSatisfy((secret) -> assertThat(secret).hasSizeGreaterThanOrEqualTo(43));
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
		assertThat(new SecretFile(file).readOrCreate()).isEqualTo(secrets);
	}

	@Test
	void readOrCreateWhenAtOnceThenAllHaveTheSameSecret() throws Exception {
		int nodes = 4;
		ExecutorService executor = Executors.newFixedThreadPool(nodes);
		try {
			for (int i = 0; i < 300; i++) {
				Path file = this.directory.resolve(i + "/secret");
				CyclicBarrier start = new CyclicBarrier(nodes);
				List<Future<List<String>>> read = executor.invokeAll(Collections.nCopies(nodes, () -> {
					start.await();
					return new SecretFile(file).readOrCreate();
				}));
				List<String> secrets = read.get(0).get();
				assertThat(secrets).hasSize(1);
				for (Future<List<String>> other : read) {
					assertThat(other.get()).isEqualTo(secrets);
				}
				assertThat(file.getParent().toFile().list()).containsExactly("secret");
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	@Timeout(60)
	void readOrCreateWhenItIsNoFileThenSaidAndNotWaitedFor() throws Exception {
		Path pipe = this.directory.resolve("pipe");
		assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
		requireRefused(pipe, pipe + " cannot be read: it is a pipe or a device");
		requireRefused(this.directory, this.directory + " cannot be read: it is a directory");
		Path file = Files.writeString(this.directory.resolve("file"), "x");
		requireRefused(file.resolve("secret"), file + " is a file, but must be a directory");
		requireRefused(Files.write(this.directory.resolve("bytes"), new byte[] { -1, -2 }), "no text in UTF-8");
	}

	private static void requireRefused(Path file, String message) {
		assertThatExceptionOfType(InvalidSettingException.class).isThrownBy(() -> new SecretFile(file).readOrCreate())
			.withMessageContaining(message);
	}

	@Test
	void tokensWhenSecretIsRotatedThenOldTokensAreStillKnownUntilItGoes() {
		String old = "o".repeat(40);
		String current = "n".repeat(40);
		Tokens before = new Tokens(List.of(old));
		String token = before.derive(before.currentSecretId(), "id", "nonce");
		Tokens after = new Tokens(List.of(current, old));
		assertThat(after.currentSecretId()).isNotEqualTo(before.currentSecretId());
		assertThat(after.derive(before.currentSecretId(), "id", "nonce")).isEqualTo(token);
		assertThat(after.derive(after.currentSecretId(), "id", "nonce")).isNotEqualTo(token);
		assertThat(new Tokens(List.of(current)).derive(before.currentSecretId(), "id", "nonce")).isNull();
	}

}
