package io.agentotp.spring.tool.mcp;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.spec.McpSchema.ReadResourceRequest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.mcp.annotation.McpResource;
import reactor.core.publisher.Mono;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Resources are no tools: nobody knows the session in which they are read.
 */
class McpResourceTests {

	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void resourceWhenItDoesNotWaitThenRefusedSoThatNoOtherSessionPicksItUp(String type) {
		try (McpServerUnderTest server = new McpServerUnderTest(Resources.class, "spring.ai.mcp.server.type=" + type)) {
			Resources resources = server.bean(Resources.class);
			server.agentOtp().leavePending((asked) -> true);
			String uri = type.equals("SYNC") ? "file:///blocking" : "file:///reactive";
			McpSyncClient one = server.client();
			assertThatException().isThrownBy(() -> one.readResource(read(uri)));
			server.agentOtp().decidePending(true, null);
			McpSyncClient other = server.client();
			assertThatException().isThrownBy(() -> other.readResource(read(uri)));
			assertThat(server.agentOtp().asked()).isEmpty();
			assertThat(resources.read).isEmpty();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "SYNC", "ASYNC" })
	void resourceWhenItWaitsThenReadAfterTheApproval(String type) {
		try (McpServerUnderTest server = new McpServerUnderTest(Resources.class, "spring.ai.mcp.server.type=" + type)) {
			Resources resources = server.bean(Resources.class);
			String uri = type.equals("SYNC") ? "file:///waiting" : "file:///later";
			server.agentOtp().deny((asked) -> true, "No");
			McpSyncClient client = server.client();
			assertThatException().isThrownBy(() -> client.readResource(read(uri)));
			assertThat(resources.read).isEmpty();
			server.agentOtp().reset();
			assertThat(client.readResource(read(uri)).contents()).hasSize(1);
			assertThat(resources.read).hasSize(1);
		}
	}

	private static ReadResourceRequest read(String uri) {
		return ReadResourceRequest.builder(uri).build();
	}

	@Configuration(proxyBeanMethods = false)
	static class Resources {

		final List<String> read = new CopyOnWriteArrayList<>();

		@Bean
		Files files() {
			return new Files(this);
		}

	}

	public static class Files {

		private final Resources resources;

		public Files(Resources resources) {
			this.resources = resources;
		}

		@McpResource(uri = "file:///blocking", name = "blocking")
		@RequiresPermission(action = "file.read", onPending = OnPending.THROW)
		public String blocking() {
			this.resources.read.add("blocking");
			return "secret";
		}

		@McpResource(uri = "file:///reactive", name = "reactive")
		@RequiresPermission(action = "file.read", onPending = OnPending.THROW)
		public Mono<String> reactive() {
			this.resources.read.add("reactive");
			return Mono.just("secret");
		}

		@McpResource(uri = "file:///waiting", name = "waiting")
		@RequiresPermission(action = "file.read")
		public String waiting() {
			this.resources.read.add("waiting");
			return "secret";
		}

		@McpResource(uri = "file:///later", name = "later")
		@RequiresPermission(action = "file.read")
		public Mono<String> later() {
			this.resources.read.add("later");
			return Mono.just("secret");
		}

	}

}
