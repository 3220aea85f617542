package io.agentotp.spring.tool.mcp;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.AgentOtpClient;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMcpServerAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpToolAutoConfiguration;
import io.agentotp.test.FakeAgentOtp;
import io.modelcontextprotocol.server.McpStatelessServerFeatures.AsyncToolSpecification;
import io.modelcontextprotocol.server.McpStatelessServerFeatures.SyncToolSpecification;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.security.authentication.AnonymousAuthenticationToken;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextImpl;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * For whom a call of a reactive tool is made: the Reactor context knows it, no thread
 * does.
 */
class McpReactiveCallerTests {

	private final FakeAgentOtp service = FakeAgentOtp.approving().leavePending((asked) -> true);

	private final List<String> done = new CopyOnWriteArrayList<>();

	@Test
	void toolWhenAnotherSubscriberMakesTheSameCallThenAnotherRequest() {
		runner().run((context) -> {
			AsyncToolSpecification tool = wiping(context.getBean(McpToolGuard.class));
			assertThat(call(tool, "ann")).contains("pending");
			this.service.decidePending(true, null);
			assertThat(call(tool, "bob")).contains("pending");
			assertThat(callAnonymously(tool)).contains("pending");
			assertThat(this.done).isEmpty();
			assertThat(call(tool, "ann")).isEqualTo("wiped");
			assertThat(this.done).containsExactly("wipe_disk");
			assertThat(this.service.asked()).extracting((asked) -> asked.context().get("caller"))
				.containsExactly(Map.of("user", "ann"), Map.of("user", "bob"), null);
		});
	}

	@Test
	void toolWhenWhatItCallsIsGuardedOnAnotherThreadThenAnotherRequestForAnotherSubscriber() {
		runner().withBean(Disks.class, () -> new Disks(this.done)).run((context) -> {
			Disks disks = context.getBean(Disks.class);
			AsyncToolSpecification tool = context.getBean(McpToolGuard.class)
				.guard(AsyncToolSpecification.builder()
					.tool(Tool.builder("clean", Map.of("type", "object")).build())
					.callHandler((exchange, request) -> Mono.fromCallable(() -> disks.erase("c"))
						.subscribeOn(Schedulers.boundedElastic())
						.map((text) -> CallToolResult.builder().addTextContent(text).build()))
					.build());
			assertThat(call(tool, "ann")).contains("pending");
			this.service.decidePending(true, null);
			assertThat(call(tool, "bob")).contains("pending");
			assertThat(this.done).isEmpty();
			assertThat(call(tool, "ann")).isEqualTo("erased");
			assertThat(this.done).containsExactly("c");
		});
	}

	@Test
	void blockingToolWhenOnlyReactorKnowsTheUserThenRefused() {
		runner().run((context) -> {
			SyncToolSpecification tool = blocking(context.getBean(McpToolGuard.class));
			assertThat(call(tool, "ann")).contains("nobody knows for whom the call is made");
			assertThat(this.done).isEmpty();
			assertThat(this.service.asked()).isEmpty();
		});
	}

	@Test
	void blockingToolWhenReactorsContextIsCarriedToThreadsThenAnotherRequestForAnotherUser() {
		Hooks.enableAutomaticContextPropagation();
		try {
			runner().run((context) -> {
				SyncToolSpecification tool = blocking(context.getBean(McpToolGuard.class));
				assertThat(call(tool, "ann")).contains("pending");
				this.service.decidePending(true, null);
				assertThat(call(tool, "bob")).contains("pending");
				assertThat(this.done).isEmpty();
				assertThat(call(tool, "ann")).isEqualTo("wiped");
				assertThat(this.done).containsExactly("wipe_disk");
			});
		}
		finally {
			Hooks.disableAutomaticContextPropagation();
		}
	}

	private SyncToolSpecification blocking(McpToolGuard guard) {
		return guard.guard(SyncToolSpecification.builder()
			.tool(Tool.builder("wipe_disk", Map.of("type", "object")).build())
			.callHandler((exchange, request) -> {
				this.done.add("wipe_disk");
				return CallToolResult.builder().addTextContent("wiped").build();
			})
			.build());
	}

	/** As a server does that is not told to stay on its thread. */
	private static String call(SyncToolSpecification tool, String name) {
		CallToolRequest request = CallToolRequest.builder("wipe_disk").arguments(Map.of()).build();
		CallToolResult result = Mono.fromCallable(() -> tool.callHandler().apply(null, request))
			.subscribeOn(Schedulers.boundedElastic())
			.contextWrite(
					ReactiveSecurityContextHolder.withAuthentication(new TestingAuthenticationToken(name, "", "USER")))
			.block();
		return ((TextContent) result.content().get(0)).text();
	}

	private ApplicationContextRunner runner() {
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class, AgentOtpAutoConfiguration.class,
					AgentOtpMethodAutoConfiguration.class, AgentOtpToolAutoConfiguration.class,
					AgentOtpMcpServerAutoConfiguration.class, TaskExecutionAutoConfiguration.class))
			.withBean(AgentOtpClient.class, this.service::client)
			.withPropertyValues("agentotp.tools.unmatched=allow", "agentotp.tools.rules[0].name=wipe*",
					"agentotp.tools.rules[0].action=disk.wipe", "agentotp.tools.rules[0].on-pending=throw");
	}

	private AsyncToolSpecification wiping(McpToolGuard guard) {
		return guard.guard(AsyncToolSpecification.builder()
			.tool(Tool.builder("wipe_disk", Map.of("type", "object")).build())
			.callHandler((exchange, request) -> Mono.fromCallable(() -> {
				this.done.add("wipe_disk");
				return CallToolResult.builder().addTextContent("wiped").build();
			}))
			.build());
	}

	private static String call(AsyncToolSpecification tool, String name) {
		return call(tool, new TestingAuthenticationToken(name, "", "USER"));
	}

	private static String callAnonymously(AsyncToolSpecification tool) {
		return call(tool, new AnonymousAuthenticationToken("key", "anonymousUser",
				AuthorityUtils.createAuthorityList("ROLE_ANONYMOUS")));
	}

	private static String call(AsyncToolSpecification tool, Authentication authentication) {
		// As from a store that answers on another thread.
		Mono<SecurityContext> loaded = Mono.<SecurityContext>fromSupplier(() -> new SecurityContextImpl(authentication))
			.subscribeOn(Schedulers.boundedElastic());
		CallToolResult result = tool.callHandler()
			.apply(null, CallToolRequest.builder("wipe_disk").arguments(Map.of()).build())
			.contextWrite(ReactiveSecurityContextHolder.withSecurityContext(loaded))
			.block();
		return ((TextContent) result.content().get(0)).text();
	}

	public static class Disks {

		private final List<String> done;

		Disks(List<String> done) {
			this.done = done;
		}

		@RequiresPermission(action = "disk.erase", onPending = OnPending.THROW)
		public String erase(String disk) {
			this.done.add(disk);
			return "erased";
		}

	}

}
