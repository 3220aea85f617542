package io.agentotp.server;

import java.nio.file.Path;
import java.util.stream.IntStream;

import io.agentotp.server.audit.AuditSequencer;
import org.h2.store.fs.FilePath;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The disk of an H2 database is full, and has room again.
 */
class FullDiskTests {

	@TempDir
	private Path directory;

	@Test
	void databaseWhenItsDiskWasFullThen503AndGoesOnOnceThereIsRoom() {
		FilePath.register(new FullDisk());
		try (TestServer server = TestServer.startAlone(this.directory,
				"agentotp.server.datasource.url=jdbc:h2:full:" + this.directory.resolve("data")
						+ ";DB_CLOSE_ON_EXIT=FALSE;LOCK_TIMEOUT=10000",
				"agentotp.server.datasource.username=sa", "agentotp.server.datasource.password=")) {
			Api mailer = server.mailer();
			String before = mailer.pending("mail.send");
			for (int i = 0; i < 2; i++) {
				FullDisk.setFull(true);
				for (int j = 0; j < 5; j++) {
					assertThat(mailer.request("mail.send").status()).isEqualTo(503);
				}
				Await.until("health says it", () -> mailer.get("/health").status() == 503);
				FullDisk.setFull(false);
				Await.until("the service goes on", () -> mailer.request("mail.send").status() == 202);
				// With whichever of its connections.
				Await.until("it is whole again", () -> IntStream.range(0, 20)
					.allMatch((k) -> mailer.get("/permissions/" + before).status() == 200));
			}
			assertThat(mailer.status(before)).isEqualTo("pending");
			server.alice().decide(before, true).expect(200);
			String token = mailer.token(before);
			assertThat(mailer.use(before, token).data().path("success").booleanValue()).isTrue();
			server.bean(AuditSequencer.class).seal();
			JsonNode audit = server.admin().get("/audit/verify").expect(200).data();
			assertThat(audit.path("valid").booleanValue()).as(audit.toString()).isTrue();
		}
		finally {
			FullDisk.setFull(false);
		}
	}

}
