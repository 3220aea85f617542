package io.agentotp.spring.tool;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;

import io.agentotp.AgentOtpClient;
import io.agentotp.PermissionStatus;
import io.agentotp.spring.PermissionContext;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpToolAutoConfiguration;
import io.agentotp.spring.operation.InvalidAnnotationException;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import io.agentotp.test.TestApprover;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static io.agentotp.test.Await.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Calls of tools, whatever framework makes them: by rules, by the annotation, one by one
 * and in turns.
 */
@ExtendWith(OutputCaptureExtension.class)
class ToolGuardTests {

	private static final String RULE = "agentotp.tools.rules[0].";

	private final FakeAgentOtp service = FakeAgentOtp.approving();

	private final List<String> done = new CopyOnWriteArrayList<>();

	private final ApplicationContextRunner runner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class,
				AgentOtpToolAutoConfiguration.class, TaskExecutionAutoConfiguration.class))
		.withBean(AgentOtpClient.class, this.service::client)
		.withBean(Payments.class);

	private final ApplicationContextRunner deleting = this.runner.withPropertyValues("agentotp.tools.unmatched=allow",
			RULE + "name=delete_*", RULE + "action=file.delete", RULE + "resource=file:#{#path}",
			RULE + "scope={paths: {#path}}", RULE + "reason=#{#tool} wants to");

	@Test
	void callWhenARuleMatchesThenTheServiceIsAskedAboutAllArguments() {
		this.deleting.run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			assertThat(call(guard, "delete_file", "{\"path\":\"/tmp/a\",\"options\":{\"deep\":true}}"))
				.isEqualTo("done");
			AskedPermission asked = asked(0);
			assertThat(asked.action()).isEqualTo("file.delete");
			assertThat(asked.resource()).isEqualTo("file:/tmp/a");
			assertThat(asked.scope()).isEqualTo(Map.of("paths", List.of("/tmp/a")));
			assertThat(asked.call()).containsEntry("target", Map.of("tool", "delete_file"));
			assertThat(asked.arguments()).isEqualTo(Map.of("path", "/tmp/a", "options", Map.of("deep", true)));
			assertThat(asked.context()).containsEntry("reason", "delete_file wants to")
				.containsEntry("caller",
						Map.of("conversation", "c1", "agent", "helper", "user", "ann", "toolCall", "id-1"));
			assertThat(asked.outcome()).isEqualTo("succeeded");
		});
	}

	@Test
	void callWhenGrantsMustBeSignedThenOnlySignedOnesRun() {
		TestApprover alice = TestApprover.named("alice");
		this.deleting
			.withPropertyValues("agentotp.trust.file=" + TestApprover.trustFile(alice), "agentotp.trust.actions=file.*")
			.run((context) -> {
				ToolGuard guard = context.getBean(ToolGuard.class);
				assertThat(refusal(guard, "delete_file", "{\"path\":\"/tmp/a\"}"))
					.isEqualTo("Permission denied: the permission is not signed as this application requires");
				assertThat(this.done).isEmpty();
				this.service.approveSigned("file.delete", alice);
				assertThat(call(guard, "delete_file", "{\"path\":\"/tmp/a\"}")).isEqualTo("done");
			});
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			check    | #root != '/'         | root
			resource | dir:#{#root}         | root
			check    | #tool != 'rm'        | tool
			check    | #granted != null     | granted
			""")
	void callWhenAnArgumentHasABuiltInNameThatTheRuleUsesThenRefused(String attribute, String value, String name) {
		this.runner
			.withPropertyValues("agentotp.tools.unmatched=allow", RULE + "name=wipe", RULE + "action=wipe",
					RULE + attribute + "=" + value)
			.run((context) -> {
				ToolGuard guard = context.getBean(ToolGuard.class);
				assertThat(refusal(guard, "wipe", "{\"" + name + "\":\"/\"}")).contains("cannot be guarded");
				assertThat(this.done).isEmpty();
			});
	}

	@Test
	void callWhenAnArgumentWithABuiltInNameIsReadFromAllThenRuns() {
		this.runner
			.withPropertyValues("agentotp.tools.unmatched=allow", RULE + "name=wipe", RULE + "action=wipe",
					RULE + "check=#args['root'] != '/'")
			.run((context) -> {
				ToolGuard guard = context.getBean(ToolGuard.class);
				refusal(guard, "wipe", "{\"root\":\"/\"}");
				assertThat(this.done).isEmpty();
				assertThat(call(guard, "wipe", "{\"root\":\"a\"}")).isEqualTo("done");
			});
	}

	@Test
	void callWhenDeniedThenTheModelReadsTheReason() {
		this.service.deny("file.delete", "Never on Fridays");
		this.deleting.run((context) -> {
			assertThat(refusal(context.getBean(ToolGuard.class), "delete_file", "{\"path\":\"a\"}"))
				.isEqualTo("Permission denied: Never on Fridays");
			assertThat(this.done).isEmpty();
		});
	}

	@Test
	void callWhenNobodyDecidesThenTheModelIsNotToldToCallAgain() {
		this.service.leavePending("file.delete");
		this.deleting.withPropertyValues(RULE + "timeout=10ms").run((context) -> {
			assertThat(refusal(context.getBean(ToolGuard.class), "delete_file", "{\"path\":\"a\"}"))
				.isEqualTo("Permission denied: nobody decided in time");
			assertThat(this.done).isEmpty();
		});
	}

	@Test
	void callWhenExpiredThenRefused() {
		this.service.expire("file.delete");
		this.deleting.run((context) -> {
			assertThat(refusal(context.getBean(ToolGuard.class), "delete_file", "{\"path\":\"a\"}"))
				.isEqualTo("Permission denied: nobody decided in time");
			assertThat(this.done).isEmpty();
		});
	}

	@Test
	void callWhenTheServiceIsDownThenTheModelLearnsNoAddress() {
		this.service.unreachable();
		this.deleting.run((context) -> {
			assertThat(refusal(context.getBean(ToolGuard.class), "delete_file", "{\"path\":\"a\"}"))
				.isEqualTo("Permission denied: the permission service could not be asked");
			assertThat(this.done).isEmpty();
		});
	}

	@Test
	void callWhenPendingThenTheSameCallPicksTheDecisionUp() {
		this.service.leavePending("file.delete");
		this.deleting.withPropertyValues(RULE + "on-pending=throw").run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			String pending = refusal(guard, "delete_file", "{\"path\":\"a\",\"deep\":true}");
			assertThat(pending).isEqualTo("Permission pending: approve at http://localhost/approvals/" + asked(0).id()
					+ ", then call again with the same arguments");
			this.service.decidePending(true, null);
			// The model gives each call another id, and may write the same arguments
			// differently.
			assertThat(call(guard, new ToolCall("delete_file", "id-2", "{ \"deep\": true, \"path\": \"a\" }",
					new ToolCaller("c1", "helper", "ann"))))
				.isEqualTo("done");
			assertThat(this.service.asked()).hasSize(1);
			assertThat(asked(0).status()).isEqualTo(PermissionStatus.USED);
		});
	}

	@Test
	void callWhenPendingForAnotherConversationThenItsDecisionIsNotPickedUp() {
		this.service.leavePending("file.delete");
		this.deleting.withPropertyValues(RULE + "on-pending=throw").run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			refusal(guard, "delete_file", "{\"path\":\"a\"}");
			this.service.decidePending(true, null);
			ToolRefusedException refusal = catchThrowableOfType(ToolRefusedException.class, () -> call(guard,
					new ToolCall("delete_file", "id-2", "{\"path\":\"a\"}", new ToolCaller("c2", "helper", "bob"))));
			assertThat(refusal).hasMessageStartingWith("Permission pending");
			assertThat(this.done).isEmpty();
		});
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 3 })
	void callWhenItIsPartOfOtherCallsThenTheOutermostOneSaysForWhom(int depth) {
		this.service.leavePending("file.delete");
		this.deleting.withPropertyValues(RULE + "on-pending=throw").run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			ToolCaller ann = new ToolCaller("c1", null, "ann");
			ToolCaller bob = new ToolCaller("c1", null, "bob");
			assertThat(nested(guard, ann, depth)).startsWith("Permission pending");
			assertThat(nested(guard, bob, depth)).startsWith("Permission pending");
			assertThat(nested(guard, ToolCaller.UNKNOWN, depth)).startsWith("Permission pending");
			assertThat(this.service.asked()).hasSize(3)
				.extracting((asked) -> asked.context().get("caller"))
				.containsExactly(Map.of("conversation", "c1", "agent", "sub", "user", "ann"),
						Map.of("conversation", "c1", "agent", "sub", "user", "bob"),
						Map.of("conversation", "inner", "agent", "sub"));
			this.service.decidePending((asked) -> asked.id().equals(asked(0).id()), true, null);
			assertThat(nested(guard, bob, depth)).startsWith("Permission pending");
			assertThat(this.done).isEmpty();
			assertThat(nested(guard, ann, depth)).isEqualTo("done");
			// What others ask for is not lost.
			this.service.decidePending((asked) -> asked.id().equals(asked(1).id()), true, null);
			assertThat(nested(guard, bob, depth)).isEqualTo("done");
			assertThat(this.service.asked()).hasSize(3);
		});
	}

	private String nested(ToolGuard guard, ToolCaller caller, int depth) throws Exception {
		ToolProtection delete = guard.protect(Tool.of("delete_file", "delete_file", "test"));
		try {
			if (depth == 0) {
				return guard.call(delete,
						new ToolCall("delete_file", "id", "{\"path\":\"a\"}", new ToolCaller("inner", "sub", null)),
						body("done"));
			}
			ToolProtection wrap = guard.protect(Tool.of("wrap", "wrap", "test"));
			return guard.call(wrap, new ToolCall("wrap", "id", "{}", caller),
					() -> nested(guard, ToolCaller.UNKNOWN, depth - 1));
		}
		catch (ToolRefusedException ex) {
			return String.valueOf(ex.getMessage());
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"path\":\"a\",\"n\":12.0}", "{\"n\":1.2e1, \"path\":\"\\u0061\"}",
			"{\"n\":12.00000,\"path\":\"a\"}" })
	void callWhenItIsWrittenOtherwiseThenItIsTheSameCall(String otherwise) {
		this.service.leavePending("file.delete");
		this.deleting.withPropertyValues(RULE + "on-pending=throw").run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			String call = "{\"path\":\"a\",\"n\":12}";
			refusal(guard, "delete_file", call);
			refusal(guard, "delete_file", otherwise);
			assertThat(this.service.asked()).hasSize(1);
			this.service.decidePending(true, null);
			assertThat(call(guard, "delete_file", otherwise)).isEqualTo("done");
			refusal(guard, "delete_file", call);
			assertThat(this.service.asked()).hasSize(2);
			refusal(guard, "delete_file", "{\"path\":\"a\",\"n\":12.1}");
			refusal(guard, "delete_file", "{\"path\":\"a\",\"n\":\"12\"}");
			refusal(guard, "delete_file", "{\"path\":\"a\",\"n\":12000000000000000000001}");
			refusal(guard, "delete_file", "{\"path\":\"a\",\"n\":12000000000000000000002}");
			assertThat(this.service.asked()).hasSize(6);
			assertThat(this.done).hasSize(1);
		});
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "{\"b\":1.50,\"a\":[1.0,-0.0]} | {\"a\":[1,0],\"b\":1.5}", "{\"a\":1e400} | {\"a\":1E+400}",
					"{\"a\":0.10} | {\"a\":0.1}",
					"{\"a\":123456789012345678901234567890.0} | {\"a\":123456789012345678901234567890}",
					"{\"a\":1e999999999} | {\"a\":1E+999999999}" })
	void argumentsWhenARuleGuardsTheToolThenItGetsWhatIsBound(String written, String exact) {
		this.deleting.run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			assertThat(guard.protect(Tool.of("delete_it", "delete_it", "test")).exact(written)).isEqualTo(exact);
			assertThat(guard.protect(Tool.of("read_it", "read_it", "test")).exact(written)).isEqualTo(written);
		});
	}

	@Test
	void callWhenLessWasGrantedThenRefused() {
		this.service.approve("file.delete", Map.of("paths", List.of()));
		this.deleting.run((context) -> {
			assertThat(refusal(context.getBean(ToolGuard.class), "delete_file", "{\"path\":\"a\"}"))
				.startsWith("Permission denied: The granted scope differs");
			assertThat(this.done).isEmpty();
		});
	}

	@Test
	void callWhenItKeepsToTheNarrowedScopeThenRuns() {
		this.service.approve("pay", Map.of("max", 5));
		this.runner
			.withPropertyValues(RULE + "name=pay", RULE + "action=pay", RULE + "scope={max: 100}",
					RULE + "check=#amount <= #granted['max']")
			.run((context) -> {
				ToolGuard guard = context.getBean(ToolGuard.class);
				assertThat(call(guard, "pay", "{\"amount\":5}")).isEqualTo("done");
				assertThat(refusal(guard, "pay", "{\"amount\":5.01}"))
					.isEqualTo("Permission denied: The call goes beyond what was granted: "
							+ "#amount <= #granted['max'] is not true");
				assertThat(refusal(guard, "pay", "{\"amount\":null}")).contains("the call has no 'amount'");
				assertThat(this.done).hasSize(1);
			});
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			#amount <= 100 | The call goes beyond what it asks for: #amount <= 100 is not true
			1 + 1          | it is neither true nor false
			""")
	void callWhenItBreaksItsOwnCheckThenRefusedWithoutAsking(String check, String message) {
		this.runner
			.withPropertyValues(RULE + "name=pay", RULE + "action=pay", RULE + "scope={max: #amount}",
					RULE + "check=" + check)
			.run((context) -> {
				assertThat(refusal(context.getBean(ToolGuard.class), "pay", "{\"amount\":101}"))
					.isEqualTo("Permission denied: " + message);
				assertThat(this.service.asked()).isEmpty();
				assertThat(this.done).isEmpty();
			});
	}

	@ParameterizedTest
	@ValueSource(strings = { "{}", "{\"path\":null}" })
	void callWhenAnArgumentOfTheRuleIsMissingThenRefusedWithoutAsking(String arguments, CapturedOutput output) {
		this.deleting.run((context) -> {
			assertThat(refusal(context.getBean(ToolGuard.class), "delete_file", arguments))
				.isEqualTo("Permission denied: the call has no 'path'");
			assertThat(output).contains("WARN",
					"The attribute 'resource' of agentotp.tools.rules[0] has no value: the call has no 'path'");
			assertThat(this.service.asked()).isEmpty();
			assertThat(this.done).isEmpty();
		});
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
			sensitive=passwort                       | 'passwort'
			sensitive=password,pin                   | 'pin'
			scope={p: #pth}                          | 'pth'
			resource=user:#{#usr}                    | 'usr'
			check=#amount <= #granted['max']         | 'amount'
			resource=user:#user                      | #user
			sensitive=password                       |
			sensitive=@context                       |
			scope={n: #user, all: #args, by: #tool}  |
			reason=#{#args.containsKey('cc') ? #cc : ''} |
			""")
	void ruleWhenItNamesNoArgumentOfTheToolThenTheStartFailsAndNobodyIsAskedLater(String attribute, String unknown) {
		ApplicationContextRunner rule = this.runner.withPropertyValues("agentotp.tools.unmatched=allow",
				RULE + "name=login", RULE + "action=login", RULE + attribute);
		Tool login = Login.TOOL;
		rule.run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			ToolCall call = toolCall("login", "{\"user\":\"ann\",\"password\":\"hunter2\"}").declared(login.schema());
			if (unknown == null) {
				assertThat(guard.protect(login).remedy()).isNull();
				return;
			}
			assertThat(guard.protect(login).by()).startsWith("agentotp.tools.rules[0] ").contains(unknown);
			// Known when it is offered, or only when it is called.
			for (Tool tool : List.of(login, Tool.of("login", "login", "test"))) {
				assertThat(catchThrowableOfType(ToolRefusedException.class,
						() -> guard.call(guard.protect(tool), call, body("login"))))
					.hasMessageEndingWith("cannot be guarded as it stands");
			}
			assertThat(this.service.asked()).isEmpty();
			assertThat(this.done).isEmpty();
		});
		rule.withBean(Login.class).run((context) -> {
			if (unknown == null) {
				assertThat(context).hasNotFailed();
			}
			else {
				assertThat(invalid(context.getStartupFailure()))
					.hasMessageStartingWith("The tool login (test): agentotp.tools.rules[0] ");
			}
		});
	}

	@Test
	void callWhenTheToolDeclaresNothingThenItHasWhatIsSensitive() {
		this.runner.withPropertyValues(RULE + "name=login", RULE + "action=login", RULE + "sensitive=passwort")
			.run((context) -> {
				assertThat(refusal(context.getBean(ToolGuard.class), "login", "{\"password\":\"hunter2\"}"))
					.isEqualTo("Permission denied: the tool login cannot be guarded as it stands");
				assertThat(this.service.asked()).isEmpty();
				assertThat(this.done).isEmpty();
			});
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "null", "[]", "\"x\"", "{\"path\":\"a\"", "{\"path\":\"a\",\"path\":\"b\"}",
			"{\"path\":\"a\"} {\"path\":\"b\"}", "{\"path\":{\"x\":1,\"x\":2}}" })
	void callWhenTheArgumentsCanBeReadInTwoWaysOrNotAtAllThenRefusedWithoutAsking(String arguments) {
		this.deleting.run((context) -> {
			assertThat(refusal(context.getBean(ToolGuard.class), "delete_file", arguments))
				.isEqualTo("Permission denied: The arguments of the tool delete_file are not one JSON object with "
						+ "unique names");
			assertThat(this.service.asked()).isEmpty();
			assertThat(this.done).isEmpty();
		});
	}

	@Test
	void callWhenAnArgumentIsSensitiveThenMaskedButBound() {
		this.runner
			.withPropertyValues(RULE + "name=login", RULE + "action=login", RULE + "sensitive=pin",
					RULE + "context={all: #args.toString()}", RULE + "on-pending=throw")
			.run((context) -> {
				this.service.leavePending("login");
				ToolGuard guard = context.getBean(ToolGuard.class);
				refusal(guard, "login", "{\"user\":\"ann\",\"pin\":\"1234\"}");
				assertThat(asked(0).arguments()).isEqualTo(Map.of("user", "ann", "pin", "••••••"));
				assertThat(asked(0).context()).containsEntry("all", "{user=ann}");
				this.service.decidePending(true, null);
				assertThat(refusal(guard, "login", "{\"user\":\"ann\",\"pin\":\"9999\"}"))
					.startsWith("Permission pending");
				assertThat(this.done).isEmpty();
				assertThat(call(guard, "login", "{\"user\":\"ann\",\"pin\":\"1234\"}")).isEqualTo("done");
			});
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"user\":\"ann\",\"Pin\":\"1234\"}", "{\"pin\":null,\"PIN\":\"1234\"}",
			"{\"pin\":\"1\",\"p_in\":\"1234\"}", "{\"pin\":\"1\",\"pi\u200Bn\":\"1234\"}" })
	void callWhenAnArgumentIsNearlyTheSensitiveOneThenRefused(String arguments) {
		this.runner.withPropertyValues(RULE + "name=login", RULE + "action=login", RULE + "sensitive=pin")
			.run((context) -> {
				assertThat(refusal(context.getBean(ToolGuard.class), "login", arguments))
					.isEqualTo("Permission denied: the tool login cannot be guarded as it stands");
				assertThat(this.service.asked()).isEmpty();
				assertThat(this.done).isEmpty();
			});
	}

	@Test
	void expressionWhenAnArgumentIsOptionalThenItCanTell() {
		this.runner
			.withPropertyValues(RULE + "name=send", RULE + "action=send",
					RULE + "context={cc: #args.containsKey('cc') ? #args['cc'] : 'nobody'}")
			.run((context) -> {
				call(context.getBean(ToolGuard.class), "send", "{\"to\":\"a\"}");
				call(context.getBean(ToolGuard.class), "send", "{\"to\":\"a\",\"cc\":\"b\"}");
				assertThat(this.service.asked()).extracting((asked) -> asked.context().get("cc"))
					.containsExactly("nobody", "b");
			});
	}

	@ParameterizedTest
	@CsvSource({ "delete_file, delete_file, true", "alt_1_delete_file, delete_file, true", "delete_file, remove, true",
			"deletefile, delete.file, true", "read_file, read_file, false", "Delete_file, Delete_file, true",
			"delete-file, delete-file, true", "DELETE FILE, DELETE FILE, true", "deleteFile, deleteFile, true",
			"deletefile, deletefile, true", "__delete__file, __delete__file, true", "undelete, undelete, false",
			"delete/file, delete/file, true", "de\u200Blete_file, de\u200Blete_file, true",
			"\uFF44elete_file, \uFF44elete_file, true", "DEL\u0130ETE, DEL\u0130ETE, false" })
	void ruleWhenEitherNameMatchesThenCounts(String name, String original, boolean guarded) {
		this.deleting.run((context) -> {
			ToolProtection protection = context.getBean(ToolGuard.class).protect(Tool.of(name, original, "test"));
			assertThat(protection.kind())
				.isEqualTo(guarded ? ToolProtection.Kind.GUARDED : ToolProtection.Kind.UNGUARDED);
			assertThat(protection.by()).isEqualTo(guarded ? "agentotp.tools.rules[0]" : "agentotp.tools.unmatched");
		});
	}

	@ParameterizedTest
	@CsvSource({ "read_file, true", "Read-File, true", "readFile, true", "readme_delete, false", "ready, false",
			"readfile, false" })
	void ruleWhenItAllowsThenItAllowsNoLongerWordThanItSays(String name, boolean allowed) {
		this.runner.withPropertyValues(RULE + "name=read_*", RULE + "effect=allow", "agentotp.tools.unmatched=deny")
			.run((context) -> assertThat(context.getBean(ToolGuard.class).protect(Tool.of(name, name, "test")).kind())
				.isEqualTo(allowed ? ToolProtection.Kind.UNGUARDED : ToolProtection.Kind.REFUSED));
	}

	@Test
	void startWhenNobodySaysWhatHappensWithAToolThatNoRuleMatchesThenStops() {
		ApplicationContextRunner undecided = this.runner
			.withPropertyValues(RULE + "name=delete_*", RULE + "action=file.delete")
			.withBean(Known.class);
		undecided.run((context) -> assertThat(context).getFailure()
			.rootCause()
			.hasMessage("agentotp.tools.unmatched: it is not set, there are rules, and none of them matches "
					+ "these tools: known (test)"));
		undecided.withPropertyValues("agentotp.tools.unmatched=allow")
			.run((context) -> assertThat(context).hasNotFailed());
		undecided.withPropertyValues("agentotp.tools.unmatched=deny")
			.run((context) -> assertThat(context).hasNotFailed());
		undecided.withPropertyValues(RULE + "name=delete_*,KNOWN").run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void callWhenTheToolIsSeenLaterAndNobodySaysWhatHappensThenRefusedIfThereIsAnyRule() {
		this.runner.withPropertyValues(RULE + "name=delete_*", RULE + "action=file.delete").run((context) -> {
			assertThat(refusal(context.getBean(ToolGuard.class), "other", "{}"))
				.isEqualTo("Permission denied: the tool other must not be called: agentotp.tools.unmatched is not set");
			assertThat(this.done).isEmpty();
		});
		this.runner
			.run((context) -> assertThat(call(context.getBean(ToolGuard.class), "other", "{}")).isEqualTo("done"));
	}

	@Test
	void callWhenTheSchemaChangesWhileItWaitsThenRefused() {
		this.service.leavePending("file.delete");
		this.deleting.run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			AtomicReference<String> schema = new AtomicReference<>("{\"type\":\"object\"}");
			CompletableFuture<String> result = CompletableFuture
				.supplyAsync(() -> catchThrowableOfType(ToolRefusedException.class,
						() -> call(guard, toolCall("delete_file", "{\"path\":\"a\"}").declared(schema::get)))
					.getMessage());
			this.service.awaitPending(1);
			schema.set("{}");
			this.service.decidePending(true, null);
			assertThat(result.join())
				.isEqualTo("Permission denied: The schema of the arguments of the tool delete_file "
						+ "has changed since the call was approved: call it again");
			assertThat(this.done).isEmpty();
			await().until(() -> asked(0).status() == PermissionStatus.REVOKED);
		});
	}

	@Test
	void callWhenTheNamesDifferThenBothAreBound() {
		this.deleting.run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			ToolProtection protection = guard.protect(Tool.of("alt_1_delete", "delete_all", "test"));
			guard.call(protection, toolCall("alt_1_delete", "{\"path\":\"a\"}"), body("x"));
			assertThat(asked(0).call()).containsEntry("target", Map.of("tool", "alt_1_delete (delete_all)"));
		});
	}

	@Test
	void rulesWhenSeveralMatchThenTheFirstOneCounts() {
		this.runner
			.withPropertyValues("agentotp.tools.rules[0].name[0]=get_*", "agentotp.tools.rules[0].name[1]=list_*",
					"agentotp.tools.rules[0].effect=allow", "agentotp.tools.rules[1].name=get_secret",
					"agentotp.tools.rules[1].action=secret.get", "agentotp.tools.rules[2].name=drop_*",
					"agentotp.tools.rules[2].effect=deny", "agentotp.tools.unmatched=deny")
			.run((context) -> {
				ToolGuard guard = context.getBean(ToolGuard.class);
				assertThat(call(guard, "get_secret", "{}")).isEqualTo("done");
				assertThat(call(guard, "list_files", "not even JSON")).isEqualTo("done");
				assertThat(refusal(guard, "drop_table", "{}"))
					.isEqualTo("Permission denied: the tool drop_table must not be called: agentotp.tools.rules[2]");
				assertThat(refusal(guard, "other", "{}"))
					.isEqualTo("Permission denied: the tool other must not be called: agentotp.tools.unmatched");
				assertThat(this.service.asked()).isEmpty();
				assertThat(this.done).hasSize(2);
				assertThat(context.getBean(ToolInventory.class).list())
					.extracting((protection) -> protection.tool().name() + " " + protection.kind())
					.containsExactly("drop_table REFUSED", "get_secret UNGUARDED", "list_files UNGUARDED",
							"other REFUSED");
			});
	}

	@Test
	void callWhenTheMethodIsAnnotatedThenItsAnnotationAsksAndNoRule() {
		this.runner.withPropertyValues(RULE + "name=*", RULE + "action=any").run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			Payments payments = context.getBean(Payments.class);
			ToolProtection protection = guard.protect(pay(payments));
			guard.call(protection, toolCall("pay", "{}"), () -> payments.pay(7));
			assertThat(this.service.asked()).extracting(AskedPermission::action).containsExactly("payment.pay");
			assertThat(asked(0).context()).containsKey("caller");
			assertThat(payments.paid()).containsExactly(7);
		});
	}

	@Test
	void callWhenTheAnnotatedObjectIsNoBeanThenRefused() {
		this.runner.run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			Payments payments = new Payments();
			ToolProtection protection = guard.protect(pay(payments));
			ToolRefusedException refusal = catchThrowableOfType(ToolRefusedException.class,
					() -> guard.call(protection, toolCall("pay", "{}"), () -> payments.pay(7)));
			assertThat(refusal)
				.hasMessage("Permission denied: the tool pay must not be called: " + "its object is no Spring bean");
			assertThat(payments.paid()).isEmpty();
		});
	}

	@Test
	void callWhenSomethingInTheToolIsRefusedThenTheModelReadsThat() {
		this.service.deny("payment.pay", "Too much");
		this.runner.run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			ToolProtection protection = guard.protect(Tool.of("shop", "shop", "test"));
			ToolRefusedException refusal = catchThrowableOfType(ToolRefusedException.class,
					() -> guard.call(protection, toolCall("shop", "{}"), () -> {
						try {
							return context.getBean(Payments.class).pay(7);
						}
						catch (RuntimeException ex) {
							throw new IllegalStateException("Could not shop", ex);
						}
					}));
			assertThat(refusal).hasMessage("Permission denied: Too much");
		});
	}

	@Test
	void callWhenItRunsThenItsPermissionIsTheCurrentOne() {
		this.deleting.run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			ToolProtection protection = guard.protect(Tool.of("delete_file", "delete_file", "test"));
			String action = guard.call(protection, toolCall("delete_file", "{\"path\":\"a\"}"),
					() -> PermissionContext.current().action());
			assertThat(action).isEqualTo("file.delete");
		});
	}

	@Test
	void callWhenTheToolFailsThenItsOwnFailureComesOut() {
		this.deleting.run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			ToolProtection protection = guard.protect(Tool.of("delete_file", "delete_file", "test"));
			assertThat(catchThrowableOfType(IllegalArgumentException.class,
					() -> guard.call(protection, toolCall("delete_file", "{\"path\":\"a\"}"), () -> {
						throw new IllegalArgumentException("no such file");
					})))
				.hasMessage("no such file");
			assertThat(asked(0).outcome()).isEqualTo("failed");
		});
	}

	@Test
	void turnWhenSeveralAskThenAllRequestsArePutBeforeTheFirstWaitAndTheOrderIsKept() {
		this.service.leavePending((asked) -> true);
		this.deleting.run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			Payments payments = context.getBean(Payments.class);
			List<String> results = new CopyOnWriteArrayList<>();
			Thread agent = new Thread(() -> turn(guard, payments, results), "agent");
			agent.start();
			this.service.awaitPending(3);
			assertThat(this.done).isEmpty();
			assertThat(this.service.asked()).extracting((asked) -> asked.action() + " " + asked.resource())
				.containsExactlyInAnyOrder("file.delete file:a", "payment.pay null", "file.delete file:b");
			// The last one first: nothing runs before its turn.
			this.service.decidePending((asked) -> "file:b".equals(asked.resource()), true, null);
			this.service.decidePending((asked) -> "payment.pay".equals(asked.action()), false, "Too much");
			assertThat(this.done).isEmpty();
			this.service.decidePending(true, null);
			join(agent);
			assertThat(results).containsExactly("done", "read", "Permission denied: Too much", "done");
			assertThat(this.done).containsExactly("delete_file {\"path\":\"a\"}", "read_file {}",
					"delete_file {\"path\":\"b\"}");
			assertThat(payments.paid()).isEmpty();
			assertThat(this.service.asked()).hasSize(3)
				.extracting(AskedPermission::status)
				.containsOnly(PermissionStatus.USED, PermissionStatus.DENIED);
		});
	}

	@Test
	void turnWhenInterruptedThenTheFollowingCallsAreRefusedAndAllRequestsWithdrawn() {
		this.service.leavePending((asked) -> true);
		this.deleting.run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			Payments payments = context.getBean(Payments.class);
			List<String> results = new CopyOnWriteArrayList<>();
			List<Boolean> flag = new CopyOnWriteArrayList<>();
			Thread agent = new Thread(() -> {
				turn(guard, payments, results);
				flag.add(Thread.currentThread().isInterrupted());
			}, "agent");
			agent.start();
			this.service.awaitPending(3);
			agent.interrupt();
			join(agent);
			assertThat(results).hasSize(4).allMatch((text) -> text.startsWith("Permission denied: The call"));
			assertThat(flag).containsExactly(true);
			assertThat(this.done).isEmpty();
			assertThat(payments.paid()).isEmpty();
			await().until(() -> this.service.asked()
				.stream()
				.allMatch((asked) -> asked.status() == PermissionStatus.REVOKED));
		});
	}

	@Test
	void turnWhenClosedBeforeItsCallsAreMadeThenTheirRequestsAndGrantsAreGivenBack() {
		this.service.leavePending("payment.pay");
		this.deleting.run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			Payments payments = context.getBean(Payments.class);
			try (ToolTurn turn = guard.turn()) {
				ToolProtection delete = guard.protect(Tool.of("delete_file", "delete_file", "test"));
				turn.add(delete, toolCall("delete_file", "{\"path\":\"a\"}"), body("delete_file"));
				turn.add(guard.protect(pay(payments)), toolCall("pay", "{}"), () -> payments.pay(7));
				turn.begin();
				this.service.awaitPending(1);
			}
			await().until(() -> this.service.asked()
				.stream()
				.allMatch((asked) -> asked.status() == PermissionStatus.REVOKED));
			assertThat(this.service.asked()).hasSize(2);
			assertThat(this.done).isEmpty();
			assertThat(payments.paid()).isEmpty();
		});
	}

	@Test
	void turnWhenOnlyOneAsksThenItIsAskedOnce() {
		this.deleting.run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			try (ToolTurn turn = guard.turn()) {
				ToolProtection delete = guard.protect(Tool.of("delete_file", "delete_file", "test"));
				turn.add(delete, toolCall("delete_file", "{\"path\":\"a\"}"), body("delete_file"));
				turn.begin();
				assertThat(this.service.asked()).isEmpty();
				assertThat(turn.<String>call(delete, toolCall("delete_file", "{\"path\":\"a\"}"), body("delete_file")))
					.isEqualTo("done");
			}
			assertThat(this.service.asked()).hasSize(1);
		});
	}

	@Test
	void turnWhenTheSameCallComesTwiceThenEachHasItsOwnPermission() {
		this.deleting.run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			try (ToolTurn turn = guard.turn()) {
				ToolProtection delete = guard.protect(Tool.of("delete_file", "delete_file", "test"));
				for (int call = 0; call < 2; call++) {
					turn.add(delete, toolCall("delete_file", "{\"path\":\"a\"}"), body("delete_file"));
				}
				turn.begin();
				assertThat(this.done).isEmpty();
				for (int call = 0; call < 2; call++) {
					turn.call(delete, toolCall("delete_file", "{\"path\":\"a\"}"), body("delete_file"));
				}
			}
			assertThat(this.service.asked()).hasSize(2)
				.extracting(AskedPermission::status)
				.containsOnly(PermissionStatus.USED);
			assertThat(this.done).hasSize(2);
		});
	}

	@Test
	void turnWhenCallsAreResumedThenEachIsUsedInItsTurn() {
		this.service.leavePending("file.delete");
		this.deleting.withPropertyValues("agentotp.method.on-pending=throw").run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			Payments payments = context.getBean(Payments.class);
			List<String> results = new ArrayList<>();
			turn(guard, payments, results);
			assertThat(results).satisfiesExactly((first) -> assertThat(first).startsWith("Permission pending"),
					(second) -> assertThat(second).isEqualTo("read"), (third) -> assertThat(third).isEqualTo("paid 7"),
					(fourth) -> assertThat(fourth).startsWith("Permission pending"));
			assertThat(this.service.asked()).hasSize(3);
			this.service.decidePending(true, null);
			results.clear();
			turn(guard, payments, results);
			assertThat(results).containsExactly("done", "read", "paid 7", "done");
			// The payment is another one, since the first was made.
			assertThat(this.service.asked()).hasSize(4);
		});
	}

	@Test
	void callAsyncWhenApprovedThenNobodyWaitsOnAThread() {
		this.service.leavePending("file.delete");
		this.deleting.run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			ToolProtection delete = guard.protect(Tool.of("delete_file", "delete_file", "test"));
			CompletableFuture<String> result = guard.callAsync(delete, toolCall("delete_file", "{\"path\":\"a\"}"),
					() -> CompletableFuture.supplyAsync(() -> "later"));
			this.service.awaitPending(1);
			assertThat(result).isNotDone();
			assertThat(asked(0).context()).containsKey("caller");
			this.service.decidePending(true, null);
			assertThat(result.join()).isEqualTo("later");
		});
	}

	@Test
	void callAsyncWhenDeniedThenRefusedAndWhenCancelledThenWithdrawn() {
		this.service.deny("file.delete", "No");
		this.deleting.run((context) -> {
			ToolGuard guard = context.getBean(ToolGuard.class);
			ToolProtection delete = guard.protect(Tool.of("delete_file", "delete_file", "test"));
			Callable<CompletableFuture<String>> body = () -> CompletableFuture
				.supplyAsync(body("delete_file")::toString);
			CompletableFuture<String> denied = guard.callAsync(delete, toolCall("delete_file", "{\"path\":\"a\"}"),
					body);
			assertThat(catchThrowableOfType(CompletionException.class, denied::join))
				.hasCauseInstanceOf(ToolRefusedException.class)
				.hasMessageContaining("Permission denied: No");
			this.service.leavePending("file.delete");
			CompletableFuture<String> repeated = guard.callAsync(delete, toolCall("delete_file", "{\"path\":\"a\"}"),
					body);
			assertThat(catchThrowableOfType(CompletionException.class, repeated::join))
				.hasMessageContaining("the same call was denied before: No");
			CompletableFuture<String> cancelled = guard.callAsync(delete, toolCall("delete_file", "{\"path\":\"b\"}"),
					body);
			this.service.awaitPending(1);
			cancelled.cancel(true);
			await().until(() -> asked(1).status() == PermissionStatus.REVOKED);
		});
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			action=a                                      | name is missing
			name=a                                        | action is missing
			name=a, effect=deny, action=b                 | its effect is deny
			name=a, action=b, scope={#x                   | scope is not a valid expression
			name=a, action=b, resource=#{@none.x()}       | there is no such bean
			name=a, action=b, resource=#{#pin}, sensitive=pin | uses #pin, which is sensitive
			""")
	void startWhenARuleIsWrongThenFailsAndNamesIt(String settings, String problem) {
		ApplicationContextRunner wrong = this.runner;
		for (String setting : settings.split(", ")) {
			wrong = wrong.withPropertyValues(RULE + setting);
		}
		wrong.run((context) -> assertThat(invalid(context.getStartupFailure()))
			.hasMessageContaining("agentotp.tools.rules[0]: ")
			.hasMessageContaining(problem));
	}

	private static Throwable invalid(Throwable failure) {
		Throwable ex = failure;
		while (ex != null && !(ex instanceof InvalidAnnotationException)) {
			ex = ex.getCause();
		}
		return ex;
	}

	private void turn(ToolGuard guard, Payments payments, List<String> results) {
		ToolProtection delete = guard.protect(Tool.of("delete_file", "delete_file", "test"));
		ToolProtection read = guard.protect(Tool.of("read_file", "read_file", "test"));
		ToolProtection pay = guard.protect(pay(payments));
		try (ToolTurn turn = guard.turn()) {
			turn.add(delete, toolCall("delete_file", "{\"path\":\"a\"}"), body("delete_file {\"path\":\"a\"}"));
			turn.add(read, toolCall("read_file", "{}"), body("read_file {}"));
			turn.add(pay, toolCall("pay", "{\"amount\":7}"), () -> payments.pay(7));
			turn.add(delete, toolCall("delete_file", "{\"path\":\"b\"}"), body("delete_file {\"path\":\"b\"}"));
			turn.begin();
			results.add(result(turn, delete, "delete_file", "{\"path\":\"a\"}", body("delete_file {\"path\":\"a\"}")));
			results.add(result(turn, read, "read_file", "{}", () -> {
				this.done.add("read_file {}");
				return "read";
			}));
			results.add(result(turn, pay, "pay", "{\"amount\":7}", () -> payments.pay(7)));
			results.add(result(turn, delete, "delete_file", "{\"path\":\"b\"}", body("delete_file {\"path\":\"b\"}")));
		}
	}

	private static String result(ToolTurn turn, ToolProtection protection, String name, String arguments,
			Callable<String> body) {
		try {
			return turn.call(protection, toolCall(name, arguments), body);
		}
		catch (Exception ex) {
			return ex.getMessage();
		}
	}

	private Callable<String> body(String what) {
		return () -> {
			this.done.add(what);
			return "done";
		};
	}

	private String call(ToolGuard guard, String name, String arguments) throws Exception {
		return call(guard, toolCall(name, arguments));
	}

	private String call(ToolGuard guard, ToolCall call) throws Exception {
		ToolProtection protection = guard.protect(Tool.of(call.name(), call.name(), "test"));
		return guard.call(protection, call, body(call.name()));
	}

	private String refusal(ToolGuard guard, String name, String arguments) {
		return catchThrowableOfType(ToolRefusedException.class, () -> call(guard, name, arguments)).getMessage();
	}

	private AskedPermission asked(int index) {
		return this.service.asked().get(index);
	}

	private static ToolCall toolCall(String name, String arguments) {
		return new ToolCall(name, "id-1", arguments, new ToolCaller("c1", "helper", "ann"));
	}

	private static Tool pay(Payments payments) throws IllegalStateException {
		try {
			return new Tool("pay", "pay", "test", payments, Payments.class.getMethod("pay", int.class));
		}
		catch (NoSuchMethodException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void join(Thread thread) {
		await().until(() -> !thread.isAlive());
	}

	public static class Payments {

		private final List<Integer> paid = new CopyOnWriteArrayList<>();

		@RequiresPermission(action = "payment.pay")
		public String pay(int amount) {
			this.paid.add(amount);
			return "paid " + amount;
		}

		public List<Integer> paid() {
			return this.paid;
		}

	}

	static class Login {

		static final Tool TOOL = Tool.of("login", "login", "test")
			.declaring(() -> "{\"type\":\"object\",\"properties\":{\"user\":{},\"password\":{}}}");

		Login(ToolGuard guard) {
			guard.protect(TOOL);
		}

	}

	static class Known {

		Known(ToolGuard guard) {
			guard.protect(Tool.of("known", "known", "test"));
		}

	}

}
