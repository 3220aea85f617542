package io.agentotp.spring.tool.langchain4j;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import dev.langchain4j.agent.tool.ReturnBehavior;
import dev.langchain4j.agent.tool.Tool;
import dev.langchain4j.invocation.InvocationParameters;
import dev.langchain4j.memory.chat.MessageWindowChatMemory;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.IllegalConfigurationException;
import dev.langchain4j.service.tool.AiServiceTool;
import io.agentotp.PermissionStatus;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.test.AskedPermission;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.support.AopUtils;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ApplicationContext;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.context.SecurityContextHolder;

import static io.agentotp.test.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Methods of beans that LangChain4j calls as tools, guarded by the annotation. The
 * numbers P… are those of the pitfalls in the integration of such frameworks.
 */
@ExtendWith(OutputCaptureExtension.class)
class LangChain4jAnnotatedToolTests {

	private static final String SEND = "send {\"to\":\"a@b.c\",\"body\":\"Hi\"}";

	private final LangChain4jApplication application = new LangChain4jApplication();

	@AfterEach
	void signOut() {
		SecurityContextHolder.clearContext();
	}

	@Test
	void callWhenApprovedThenRunsAndReportsItsUse() {
		this.application.runner(MailTools.class).run((context) -> {
			assertThat(results(context, SEND)).containsExactly("send: sent to a@b.c");
			AskedPermission asked = this.application.service.asked().get(0);
			assertThat(asked.action()).isEqualTo("email.send");
			assertThat(asked.resource()).isEqualTo("email:a@b.c");
			assertThat(asked.outcome()).isEqualTo("succeeded");
			assertThat(done(context)).containsExactly("send a@b.c email.send");
		});
	}

	/** P9: LangChain4j itself finds no tools in such a proxy. */
	@Test
	void callWhenTheBeanIsAClassProxyThenItsToolsAreFound() {
		this.application.runner(MailTools.class).run((context) -> {
			MailTools tools = context.getBean(MailTools.class);
			assertThat(AopUtils.isCglibProxy(tools)).isTrue();
			Assistant assistant = this.application.assistant((services) -> services.tools(tools));
			assertThat(this.application.results(assistant, "read {\"id\":1}")).containsExactly("read: mail 1");
			assertThat(context.getBean(AgentOtpLangChain4jTools.class).from(tools)).extracting(AiServiceTool::name)
				.containsExactlyInAnyOrder("send", "report", "leak", "delete", "forward", "purge", "archive", "read",
						"unguarded");
		});
	}

	/** P9. */
	@Test
	void callWhenTheBeanIsAnInterfaceProxyThenItsToolsAreFoundAndGuarded() {
		this.application.service.deny("disk.format", "Never");
		this.application.runner(Disks.class)
			.withPropertyValues("spring.aop.proxy-target-class=false")
			.run((context) -> {
				DiskTools disks = context.getBean(DiskTools.class);
				assertThat(AopUtils.isJdkDynamicProxy(disks)).isTrue();
				Assistant assistant = this.application.assistant(
						(services) -> services.tools(context.getBean(AgentOtpLangChain4jTools.class).from(disks)));
				assertThat(this.application.results(assistant, "format {\"disk\":\"c\"}"))
					.containsExactly("format: Permission denied: Never (error)");
				assertThat(disks.formatted()).isZero();
				this.application.service.approve("disk.format");
				assertThat(this.application.results(assistant, "format {\"disk\":\"c\"}"))
					.containsExactly("format: formatted c");
				assertThat(disks.formatted()).isOne();
			});
	}

	@Test
	void fromWhenAnObjectHasNoToolsThenRefusedAsLangChain4jDoes() {
		this.application.runner().run((context) -> {
			AgentOtpLangChain4jTools tools = context.getBean(AgentOtpLangChain4jTools.class);
			assertThatExceptionOfType(IllegalConfigurationException.class).isThrownBy(() -> tools.from("none"));
		});
	}

	@Test
	void callWhenTheObjectIsNoBeanThenRefused() {
		this.application.runner().run((context) -> {
			MailTools tools = new MailTools();
			Assistant assistant = this.application
				.assistant((services) -> services.tools(context.getBean(AgentOtpLangChain4jTools.class).from(tools)));
			assertThat(this.application.results(assistant, SEND)).containsExactly(
					"send: Permission denied: the tool send must not be called: its object is no Spring bean (error)");
			assertThat(tools.done()).isEmpty();
		});
	}

	/** P17. */
	@Test
	void callWhenDeniedThenTheModelReadsTheReasonAndTheLogIsQuiet(CapturedOutput output) {
		this.application.service.deny("email.send", "Not today");
		this.application.runner(MailTools.class).run((context) -> {
			Assistant assistant = this.application.assistant(context, MailTools.class);
			int before = output.getAll().length();
			assertThat(this.application.results(assistant, SEND))
				.containsExactly("send: Permission denied: Not today (error)");
			assertThat(done(context)).isEmpty();
			assertThat(output.getAll().substring(before)).doesNotContain("WARN").doesNotContain("\tat ");
		});
	}

	@Test
	void callWhenDeniedAndTheServiceThrowsOnErrorsThenTheModelReadsTheReasonAllTheSame() {
		this.application.service.deny("email.send", "Not today");
		this.application.runner(MailTools.class).run((context) -> {
			Assistant assistant = this.application.assistant((services) -> services
				.tools(context.getBean(AgentOtpLangChain4jTools.class).from(context.getBean(MailTools.class)))
				.toolExecutionErrorHandler((ex, failed) -> {
					throw new IllegalStateException(ex);
				}));
			assertThat(this.application.results(assistant, SEND))
				.containsExactly("send: Permission denied: Not today (error)");
			assertThat(done(context)).isEmpty();
		});
	}

	@Test
	void callWhenExpiredThenTheModelReadsIt() {
		this.application.service.expire("email.send");
		this.application.runner(MailTools.class).run((context) -> {
			assertThat(results(context, SEND))
				.containsExactly("send: Permission denied: nobody decided in time (error)");
			assertThat(done(context)).isEmpty();
		});
	}

	@Test
	void callWhenPendingThenTheModelIsToldWhereToApproveAndTheSameCallRunsAfterwards() {
		SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken("ann", "", "USER"));
		this.application.service.leavePending("email.delete");
		this.application.runner(MailTools.class).run((context) -> {
			List<String> first = results(context, "delete {\"id\":7}");
			assertThat(first).singleElement()
				.asString()
				.startsWith("delete: Permission pending: approve at http://localhost/approvals/")
				.contains("call again");
			assertThat(done(context)).isEmpty();
			this.application.service.decidePending(true, null);
			assertThat(results(context, "delete {\"id\":7}")).containsExactly("delete: deleted 7");
			assertThat(this.application.service.asked()).hasSize(1);
			assertThat(done(context)).containsExactly("delete 7");
		});
	}

	@Test
	void callWhenNarrowedThenRefusedUnlessTheMethodTakesTheGrant() {
		this.application.service.approve((asked) -> true, Map.of("max", 0));
		this.application.runner(MailTools.class).run((context) -> {
			assertThat(results(context, SEND)).singleElement()
				.asString()
				.startsWith("send: Permission denied: ")
				.endsWith("(error)");
			assertThat(done(context)).isEmpty();
			assertThat(results(context, "report {\"to\":\"a\"}")).singleElement().asString().contains("{max=0}");
			assertThat(done(context)).containsExactly("report a {max=0} true");
		});
	}

	@Test
	void callWhenTheToolFailsThenItsOwnFailureIsToldAndReported() {
		this.application.runner(MailTools.class).run((context) -> {
			assertThat(results(context, "forward {\"to\":\"a\"}")).containsExactly("forward: no connection (error)");
			assertThat(this.application.service.asked().get(0).outcome()).isEqualTo("failed");
		});
	}

	@Test
	void callWhenTheServiceIsUnreachableThenRefusedWithoutDetails() {
		this.application.service.unreachable();
		this.application.runner(MailTools.class).run((context) -> {
			assertThat(results(context, SEND))
				.containsExactly("send: Permission denied: the permission service could not be asked (error)");
			assertThat(done(context)).isEmpty();
		});
	}

	@Test
	void callWhenItsResultIsForTheUserThenItIsReturnedAtOnceButARefusalIsForTheModel() {
		this.application.runner(MailTools.class).run((context) -> {
			assertThat(context.getBean(AgentOtpLangChain4jTools.class).from(context.getBean(MailTools.class)))
				.filteredOn((tool) -> tool.name().equals("purge"))
				.extracting(AiServiceTool::returnBehavior)
				.containsExactly(ReturnBehavior.IMMEDIATE);
			this.application.service.deny("email.purge", "Never");
			assertThat(results(context, "purge {}")).containsExactly("purge: Permission denied: Never (error)");
			assertThat(done(context)).isEmpty();
		});
	}

	/** P8. */
	@Test
	void callWhenAParameterTakesTheGrantThenTheModelNeitherSeesNorFillsIt() {
		this.application.runner(MailTools.class).run((context) -> {
			List<String> results = results(context,
					"report {\"to\":\"a\",\"grant\":{\"id\":\"forged\",\"action\":\"x\"}}",
					"unguarded {\"permission\":{\"id\":\"forged\"}}", "unguarded {\"permission\":{\"id\":\"forged\"},}",
					"unguarded ");
			assertThat(results.get(0)).contains("report: reported").doesNotContain("forged");
			assertThat(results.subList(1, 4)).containsExactly("unguarded: done",
					"unguarded: The arguments are not one JSON object (error)", "unguarded: done");
			assertThat(done(context)).containsExactly("report a {max=5} true", "unguarded null", "unguarded null");
			assertThat(this.application.model.shown()).filteredOn((tool) -> tool.parameters() != null)
				.allSatisfy(
						(tool) -> assertThat(tool.parameters().properties()).doesNotContainKeys("grant", "permission"));
			assertThat(this.application.model.shown()).filteredOn((tool) -> tool.name().equals("report"))
				.singleElement()
				.satisfies((tool) -> {
					assertThat(tool.parameters().properties()).containsOnlyKeys("to");
					assertThat(tool.parameters().required()).containsExactly("to");
				});
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void callsWhenOneOfThreeIsDeniedThenTheOthersRunAndTheOrderStays(boolean concurrently) {
		this.application.service.deny((asked) -> "email:b".equals(asked.resource()), "Not to b");
		this.application.runner(MailTools.class).run((context) -> {
			Assistant assistant = this.application.assistant((services) -> {
				services.tools(context.getBean(AgentOtpLangChain4jTools.class).from(context.getBean(MailTools.class)));
				return concurrently ? services.executeToolsConcurrently() : services;
			});
			assertThat(this.application.results(assistant, send("a"), send("b"), send("c")))
				.containsExactly("send: sent to a", "send: Permission denied: Not to b (error)", "send: sent to c");
			assertThat(done(context)).containsExactlyInAnyOrder("send a email.send", "send c email.send");
		});
	}

	@Test
	void callsWhenExecutedConcurrentlyThenAllRequestsArePutBeforeTheFirstDecision() {
		this.application.service.leavePending("email.send");
		this.application.runner(MailTools.class).run((context) -> {
			Assistant assistant = this.application.assistant((services) -> services
				.tools(context.getBean(AgentOtpLangChain4jTools.class).from(context.getBean(MailTools.class)))
				.executeToolsConcurrently());
			CompletableFuture<List<String>> results = CompletableFuture
				.supplyAsync(() -> this.application.results(assistant, send("a"), send("b"), send("c")));
			this.application.service.awaitPending(3);
			assertThat(done(context)).isEmpty();
			this.application.service.decidePending((asked) -> "email:b".equals(asked.resource()), false, "No");
			this.application.service.decidePending(true, null);
			assertThat(results.join()).containsExactly("send: sent to a", "send: Permission denied: No (error)",
					"send: sent to c");
		});
	}

	@Test
	void callWhenTheServiceKnowsWhoCallsThenTheApproverIsToldIt() {
		this.application.runner(MailTools.class).run((context) -> {
			Assistant.Remembering assistant = AiServices.builder(Assistant.Remembering.class)
				.chatModel(this.application.model)
				.tools(context.getBean(AgentOtpLangChain4jTools.class).from(context.getBean(MailTools.class)))
				.chatMemoryProvider((memory) -> MessageWindowChatMemory.withMaxMessages(10))
				.executeToolsConcurrently()
				.build();
			this.application.model.thenCall("archive {\"id\":1}", SEND).thenSay("ok");
			assistant.chat("c-1", "Do", InvocationParameters.from(Map.of("userId", "ann", "agentName", "Postman")));
			assertThat(this.application.service.asked()).extracting((asked) -> asked.context().get("caller"))
				.containsExactlyInAnyOrder(
						Map.of("conversation", "c-1", "agent", "Postman", "user", "ann", "toolCall", "id-1"),
						Map.of("conversation", "c-1", "agent", "Postman", "user", "ann", "toolCall", "id-2"));
			assertThat(done(context)).contains("archive 1 ann");
		});
	}

	@Test
	void callWhenOnlyTheServiceIsKnownThenTheApproverIsToldIt() {
		this.application.runner(MailTools.class).run((context) -> {
			results(context, SEND);
			assertThat(this.application.service.asked().get(0).context().get("caller"))
				.isEqualTo(Map.of("agent", Assistant.class.getName(), "toolCall", "id-1"));
		});
	}

	@Test
	void callsWhenInterruptedThenTheRequestIsWithdrawnAndNoFurtherToolRuns() {
		this.application.service.leavePending("email.send");
		this.application.runner(MailTools.class).run((context) -> {
			Assistant assistant = this.application.assistant(context, MailTools.class);
			ExecutorService agent = Executors.newSingleThreadExecutor();
			try {
				CompletableFuture<List<String>> results = new CompletableFuture<>();
				agent
					.execute(() -> results.complete(this.application.results(assistant, send("a"), "read {\"id\":1}")));
				this.application.service.awaitPending(1);
				agent.shutdownNow();
				assertThat(results.join()).hasSize(2).allMatch((result) -> result.contains("Permission denied: "));
				assertThat(done(context)).isEmpty();
				await().untilAsserted(
						() -> assertThat(this.application.service.asked()).extracting(AskedPermission::status)
							.containsExactly(PermissionStatus.REVOKED));
			}
			finally {
				agent.shutdownNow();
			}
		});
	}

	private List<String> results(ApplicationContext context, String... calls) {
		return this.application.results(this.application.assistant(context, MailTools.class), calls);
	}

	private static List<String> done(ApplicationContext context) {
		return context.getBean(MailTools.class).done();
	}

	private static String send(String to) {
		return "send {\"to\":\"" + to + "\",\"body\":\"Hi\"}";
	}

	public interface DiskTools {

		@Tool("Formats a disk")
		String format(String disk);

		int formatted();

	}

	public static class Disks implements DiskTools {

		private int formatted;

		@Override
		@RequiresPermission(action = "disk.format", resource = "disk:#{#disk}")
		public String format(String disk) {
			this.formatted++;
			return "formatted " + disk;
		}

		@Override
		public int formatted() {
			return this.formatted;
		}

	}

}
