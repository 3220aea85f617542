package io.agentotp.sample.guide;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The page {@code docs/running-the-server.md}, followed as it is written.
 */
class RunningTheServerTests {

	@Test
	void permissionWhenThePageIsFollowedThenItsTokenIsUsedOnce(@TempDir Path directory) throws Exception {
		Guide page = Guide.of("running-the-server.md");
		Files.writeString(directory.resolve("application.yml"), page.block("yaml", "agentotp:"));
		String key = page.block("bash", "export INVOICE_BOT_KEY=").lines().findFirst().orElseThrow();
		Map<String, String> shell = new HashMap<>();
		shell.put("INVOICE_BOT_KEY", Guide.output(Guide.shell(key + "; printf %s $INVOICE_BOT_KEY", 0, shell)));
		assertThat(page.block("bash", "export INVOICE_BOT_KEY=")).contains("ALICE_PASSWORD=correct-horse-battery");
		Map<String, String> environment = Map.of("INVOICE_BOT_KEY", shell.get("INVOICE_BOT_KEY"), "ALICE_PASSWORD",
				"correct-horse-battery");
		try (ServiceProcess service = ServiceProcess.start(directory, environment).awaitReady()) {
			JsonNode requested = run(page.block("bash", "/permissions/request"), service, shell);
			assertThat(requested.path("status").asString()).isEqualTo("pending");
			assertThat(requested.path("approvalUrl").asString())
				.isEqualTo(service.url() + "/approvals/" + requested.path("id").asString());
			Guide.decide(service.url(), "alice", "correct-horse-battery", "approve");
			shell.put("ID", requested.path("id").asString());
			JsonNode approved = run(page.block("bash", "Prefer: wait=30"), service, shell);
			assertThat(approved.path("status").asString()).isEqualTo("approved");
			shell.put("TOKEN", approved.path("token").asString());
			JsonNode used = run(page.block("bash", "/use"), service, shell);
			assertThat(used.path("success").asBoolean()).isTrue();
			JsonNode again = run(page.block("bash", "/use"), service, shell);
			assertThat(again.path("success").asBoolean()).isFalse();
			assertThat(directory.resolve("data")).isDirectory();
		}
	}

	private static JsonNode run(String block, ServiceProcess service, Map<String, String> shell) throws IOException {
		JsonNode answer = JsonMapper.shared().readTree(Guide.output(Guide.shell(block, service.port(), shell)));
		return answer.has("data") ? answer.path("data") : answer;
	}

}
