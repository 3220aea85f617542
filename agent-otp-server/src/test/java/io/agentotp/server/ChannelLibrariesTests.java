package io.agentotp.server;

import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Libraries of channels are there only for who uses the channels.
 */
@Tag("slow")
class ChannelLibrariesTests {

	@TempDir
	private Path directory;

	private static List<String> without(String... libraries) {
		return List.of("-cp",
				Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
					.filter((entry) -> Arrays.stream(libraries).noneMatch(entry::contains))
					.collect(Collectors.joining(File.pathSeparator)));
	}

	@Test
	void startWhenNoLibraryIsThereThenPermissionsAreAskedForAndDecided() {
		try (ServerProcess server = ServerProcess.start(this.directory,
				without("httpclient5", "httpcore5", "jakarta.mail", "angus", "spring-context-support", "greenmail"),
				List.of())) {
			String id = server.api(TestServer.MAILER_KEY).pending("mail.send");
			server.api(TestServer.ALICE_KEY).decide(id, true).expect(200);
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					httpclient5 | webhook.endpoints.x.url=https://h.example/;webhook.endpoints.x.secrets=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw | org.apache.httpcomponents.client5:httpclient5
					httpclient5 | teams.workflows.x=https://h.example/ | org.apache.httpcomponents.client5:httpclient5
					jakarta.mail- | mail.from=a@b.c;mail.host=h.example | org.eclipse.angus:jakarta.mail
					spring-context-support | mail.from=a@b.c;mail.host=h.example | org.springframework:spring-context-support
					""")
	void startWhenLibraryOfAChannelIsMissingThenRefusedAndNamed(String library, String settings, String missing) {
		List<String> all = Arrays.stream(settings.split(";"))
			.map((setting) -> "agentotp.server.notifications." + setting)
			.toList();
		assertThatException().isThrownBy(() -> ServerProcess.start(this.directory, without(library), all))
			.satisfies((ex) -> assertThat(ex.getMessage()).contains("APPLICATION FAILED TO START").contains(missing));
	}

}
