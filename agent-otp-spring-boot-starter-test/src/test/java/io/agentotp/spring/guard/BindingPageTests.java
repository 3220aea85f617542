package io.agentotp.spring.guard;

import java.io.IOException;
import java.math.BigDecimal;
import java.net.MalformedURLException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.agentotp.AgentOtpClient;
import io.agentotp.Permission;
import io.agentotp.PermissionPendingException;
import io.agentotp.spring.BoundForm;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.NotBound;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.Sensitive;
import io.agentotp.spring.boot.autoconfigure.AgentOtpToolAutoConfiguration;
import io.agentotp.spring.operation.CallDigest;
import io.agentotp.spring.tool.Tool;
import io.agentotp.spring.tool.ToolCall;
import io.agentotp.spring.tool.ToolCaller;
import io.agentotp.spring.tool.ToolGuard;
import io.agentotp.spring.tool.ToolRefusedException;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.messaging.Message;
import org.springframework.messaging.support.MessageBuilder;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.authority.AuthorityUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

/**
 * Holds the sentences of the page about what is bound: each is the name of a test.
 */
class BindingPageTests {

	private static final List<String> ran = new CopyOnWriteArrayList<>();

	private static volatile String resource = "";

	private static volatile String claim = "";

	private static volatile int max;

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service.leavePending((asked) -> true);

	@BeforeEach
	void start() {
		ran.clear();
	}

	@Test
	void pageWhenReadThenEachSentenceIsATest() throws IOException {
		String page = Files.readString(Path.of("../docs/binding.md"));
		String guard = page.substring(0, page.indexOf("## What the service checks"));
		List<String> sentences = Arrays.stream(guard.split("\n- ")).skip(1).map((text) -> {
			String sentence = text.contains("\n\n") ? text.substring(0, text.indexOf("\n\n")) : text;
			return sentence.strip().replace("\n", " ").replace("`", "");
		}).toList();
		List<String> tests = Arrays.stream(BindingPageTests.class.getDeclaredMethods())
			.filter((method) -> method.isAnnotationPresent(DisplayName.class))
			.map((method) -> method.getAnnotation(DisplayName.class).value())
			.toList();
		assertThat(sentences).hasSizeGreaterThan(20).containsExactlyInAnyOrderElementsOf(tests);
	}

	@Test
	@DisplayName("The context of a bean in a child context is bound by its id.")
	void callWhenInAnotherChildContextThenAnotherCall() {
		this.guarded.runner().run((parent) -> {
			try (AnnotationConfigApplicationContext one = child(parent, "one");
					AnnotationConfigApplicationContext other = child(parent, "other")) {
				assertPending(() -> one.getBean(Calls.class).any("a"));
				this.service.decidePending(true, null);
				assertPending(() -> other.getBean(Calls.class).any("a"));
				assertThat(ran).isEmpty();
				one.getBean(Calls.class).any("a");
				assertThat(ran).hasSize(1);
			}
			try (AnnotationConfigApplicationContext again = child(parent, "other")) {
				this.service.decidePending(true, null);
				again.getBean(Calls.class).any("a");
				assertThat(ran).hasSize(2);
			}
		});
	}

	private static AnnotationConfigApplicationContext child(ApplicationContext parent, String id) {
		AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext();
		child.setParent(parent);
		child.setId(id);
		child.register(Calls.class, AgentOtpMethodAutoConfiguration.class);
		child.refresh();
		return child;
	}

	@Test
	@DisplayName("The id and the time that Spring gives a message are not bound.")
	void callWhenTheSameMessageIsSentAgainThenTheSameCall() {
		this.guarded.run(Calls.class, (calls) -> {
			assertPending(() -> calls.any(message("a", "x")));
			this.service.decidePending(true, null);
			assertPending(() -> calls.any(message("b", "x")));
			assertPending(() -> calls.any(message("a", "y")));
			assertThat(ran).isEmpty();
			calls.any(message("a", "x"));
			assertThat(ran).hasSize(1);
		});
	}

	private static Message<String> message(String payload, String header) {
		return MessageBuilder.withPayload(payload).setHeader("tenant", header).build();
	}

	@Test
	@DisplayName("The name of the bean, its class and the method are bound.")
	void callWhenOnAnotherBeanOrMethodThenAnotherCall() {
		assertOther(Calls.class, (calls) -> calls.any("a"), (calls) -> calls.every("a"));
		ran.clear();
		this.guarded.runner(Two.class).run((context) -> {
			Calls one = context.getBean("one", Calls.class);
			assertPending(() -> one.any("a"));
			this.service.decidePending(true, null);
			assertPending(() -> context.getBean("other", Calls.class).any("a"));
			assertPending(() -> context.getBean("special", Calls.class).any("a"));
			assertThat(ran).isEmpty();
		});
	}

	@Test
	@DisplayName("The action, the resource and the scope are bound.")
	void callWhenActionResourceOrScopeDifferThenAnotherCall() {
		this.guarded.runner(Calls.class).run((context) -> {
			Calls calls = context.getBean(Calls.class);
			resource = "a";
			max = 1;
			assertPending(calls::asItIs);
			this.service.decidePending(true, null);
			resource = "b";
			assertPending(calls::asItIs);
			resource = "a";
			max = 2;
			assertPending(calls::asItIs);
			assertThat(ran).isEmpty();
		});
	}

	@Test
	@DisplayName("The name and the value of each argument are bound.")
	void callWhenAnArgumentDiffersThenAnotherCall() {
		assertOther(Calls.class, (calls) -> calls.two("a", "b"), (calls) -> calls.two("b", "a"));
		assertThat(last().call().toString()).contains("name=first", "name=second");
	}

	@Test
	@DisplayName("The class of a value is bound where the declared type does not say it, at every depth.")
	void callWhenAClassDiffersThenAnotherCall() {
		assertOther(Calls.class, (calls) -> calls.any(new Read("a")), (calls) -> calls.any(new Delete("a")));
		assertOther(Calls.class, (calls) -> calls.any(Map.of("k", List.of(new Read("a")))),
				(calls) -> calls.any(Map.of("k", List.of(new Delete("a")))));
		assertOther(Calls.class, (calls) -> calls.any(1), (calls) -> calls.any(1L));
	}

	@Test
	@DisplayName("All fields of a value are bound: inherited, private, transient and captured ones.")
	void callWhenAFieldDiffersThenAnotherCall() {
		assertOther(Calls.class, (calls) -> calls.any(new Special(1, 1)), (calls) -> calls.any(new Special(2, 1)));
		assertOther(Calls.class, (calls) -> calls.any(new Special(1, 1)), (calls) -> calls.any(new Special(1, 2)));
		assertOther(Calls.class, (calls) -> calls.any(capturing("a")), (calls) -> calls.any(capturing("b")));
	}

	@Test
	@DisplayName("The keys of a map are bound as values, whatever their text is.")
	void callWhenAKeyDiffersThenAnotherCall() {
		assertOther(Calls.class, (calls) -> calls.any(Map.of(new Account("Alice", "DE11"), 10)),
				(calls) -> calls.any(Map.of(new Account("Alice", "DE99"), 10)));
	}

	@Test
	@DisplayName("The order of lists and arrays is bound, and of sets that keep one.")
	void callWhenTheOrderDiffersThenAnotherCall() {
		assertOther(Calls.class, (calls) -> calls.any(List.of(1, 2)), (calls) -> calls.any(List.of(2, 1)));
		assertOther(Calls.class, (calls) -> calls.any(new int[] { 1, 2 }), (calls) -> calls.any(new int[] { 2, 1 }));
		assertOther(Calls.class, (calls) -> calls.any(new LinkedHashSet<>(List.of(1, 2))),
				(calls) -> calls.any(new LinkedHashSet<>(List.of(2, 1))));
	}

	@Test
	@DisplayName("Numbers are bound with all their digits, also beyond what a double holds.")
	void callWhenALargeNumberDiffersThenAnotherCall() {
		assertOther(Calls.class, (calls) -> calls.any(Long.MAX_VALUE), (calls) -> calls.any(Long.MAX_VALUE - 1));
		assertOther(Calls.class, (calls) -> calls.any(new BigDecimal("0.1")),
				(calls) -> calls.any(new BigDecimal("0.10000000000000000001")));
	}

	@Test
	@DisplayName("A sensitive argument is bound by a MAC, which changes with the API key.")
	void callWhenASensitiveArgumentDiffersThenAnotherCall() {
		assertOther(Calls.class, (calls) -> calls.secret("1234"), (calls) -> calls.secret("1235"));
		assertThat(last().call().toString()).contains("mac=").doesNotContain("1235");
		try (AgentOtpClient one = client("ak_test_1"); AgentOtpClient other = client("ak_test_2")) {
			assertThat(one.mac(new byte[] { 1 })).isNotEqualTo(other.mac(new byte[] { 1 })).hasSize(64);
		}
	}

	private static AgentOtpClient client(String key) {
		return AgentOtpClient.builder().apiKey(key).baseUrl("http://localhost").build();
	}

	@Test
	@DisplayName("An argument that a request cannot carry is bound by its size and SHA-256, and the approver is told so.")
	void callWhenALargeArgumentDiffersThenAnotherCall() {
		String large = "x".repeat(70_000);
		assertOther(Calls.class, (calls) -> calls.any(large + "a"), (calls) -> calls.any(large + "b"));
		assertThat(last().arguments().get("value").toString()).contains("bytes=70003", "sha256=");
	}

	@Test
	@DisplayName("An argument whose class has a BoundForm is bound in that form, with its class and the name of the form.")
	void callWhenTheFormDiffersThenAnotherCall() throws MalformedURLException {
		URL approved = new URL("https://example.com/a");
		URL other = new URL("https://example.com/b");
		assertOther(Links.class, (links) -> links.open(approved), (links) -> links.open(other), Forms.class);
		assertThat(last().arguments()).containsEntry("link",
				Map.of("@type", "java.net.URL", "@form", "urlForm", "@value", "https://example.com/b"));
	}

	@Test
	@DisplayName("A principal of Spring Security is bound by its name, authorities, issuer and registration, and never shows its credentials.")
	void callWhenAPrincipalDiffersThenAnotherCall() {
		assertOther(Calls.class, (calls) -> calls.any(principal("ann", "x", "A")),
				(calls) -> calls.any(principal("bob", "x", "A")));
		assertOther(Calls.class, (calls) -> calls.any(principal("ann", "x", "A")),
				(calls) -> calls.any(principal("ann", "x", "B")));
		assertSame(Calls.class, (calls) -> calls.any(principal("ann", "hunter2", "A")),
				(calls) -> calls.any(principal("ann", "another", "A")));
		assertThat(last().toString()).doesNotContain("hunter2");
	}

	private static Authentication principal(String name, String password, String authority) {
		return new UsernamePasswordAuthenticationToken(name, password, AuthorityUtils.createAuthorityList(authority));
	}

	@Test
	@DisplayName("A call of a tool is bound to the name of the tool and to its JSON arguments.")
	void callWhenOfAToolThenBoundToItsNameAndArguments() {
		this.guarded.runner()
			.withConfiguration(AutoConfigurations.of(AgentOtpToolAutoConfiguration.class))
			.withPropertyValues("agentotp.tools.rules[0].name=*", "agentotp.tools.rules[0].action=tool.call",
					"agentotp.tools.rules[0].on-pending=throw")
			.run((context) -> {
				ToolGuard guard = context.getBean(ToolGuard.class);
				assertRefused(guard, "delete", "{\"id\":1}");
				assertThat(last().call()).containsEntry("target", Map.of("tool", "delete"));
				assertThat(last().arguments()).isEqualTo(Map.of("id", 1));
				this.service.decidePending(true, null);
				assertRefused(guard, "delete", "{\"id\":2}");
				assertRefused(guard, "destroy", "{\"id\":1}");
				assertThat(ran).isEmpty();
				assertThat(call(guard, "delete", "{\"id\":1.0}")).isEqualTo("done");
			});
	}

	@Test
	@DisplayName("The schema that a tool declares for its arguments is bound.")
	void callWhenTheSchemaOfAToolChangesThenAnotherCall() {
		this.guarded.runner()
			.withConfiguration(AutoConfigurations.of(AgentOtpToolAutoConfiguration.class))
			.withPropertyValues("agentotp.tools.rules[0].name=*", "agentotp.tools.rules[0].action=tool.call",
					"agentotp.tools.rules[0].on-pending=throw")
			.run((context) -> {
				ToolGuard guard = context.getBean(ToolGuard.class);
				AtomicReference<Object> schema = new AtomicReference<>("{\"type\":\"object\",\"title\":\"a\"}");
				ToolCall call = new ToolCall("delete", "id-1", "{}", new ToolCaller("c1", "helper", "ann"))
					.declared(schema::get);
				assertPending(guard, call);
				assertThat(((Map<?, ?>) last().call().get("target")).get("schema"))
					.isEqualTo("sha256:" + CallDigest.hash(Map.of("type", "object", "title", "a")));
				this.service.decidePending(true, null);
				for (Object other : List.of("{\"type\":\"object\",\"title\":\"b\"}", "{}", "none",
						Map.of("type", "object"))) {
					schema.set(other);
					assertPending(guard, call);
				}
				assertThat(ran).isEmpty();
				assertThat(this.service.asked()).hasSize(5);
				// The same one, written otherwise.
				schema.set(Map.of("title", "a", "type", "object"));
				assertThat(guard.call(guard.protect(Tool.of("delete", "delete", "test")), call, () -> "done"))
					.isEqualTo("done");
			});
	}

	private static void assertPending(ToolGuard guard, ToolCall call) {
		assertThatExceptionOfType(ToolRefusedException.class)
			.isThrownBy(() -> guard.call(guard.protect(Tool.of("delete", "delete", "test")), call, () -> {
				ran.add("delete");
				return "done";
			}))
			.withMessageStartingWith("Permission pending");
	}

	private static void assertRefused(ToolGuard guard, String tool, String arguments) {
		assertThatExceptionOfType(ToolRefusedException.class).isThrownBy(() -> call(guard, tool, arguments));
	}

	private static String call(ToolGuard guard, String tool, String arguments) throws Exception {
		return guard.call(guard.protect(Tool.of(tool, tool, "test")),
				new ToolCall(tool, "id-1", arguments, new ToolCaller("c1", "helper", "ann")), () -> {
					ran.add(tool);
					return "done";
				});
	}

	@Test
	@DisplayName("The reason and the context are not bound: they are what the agent says.")
	void callWhenReasonAndContextDifferThenTheSameDigest() {
		this.guarded.runner(Calls.class).run((context) -> {
			Calls calls = context.getBean(Calls.class);
			claim = "a";
			assertPending(calls::claiming);
			claim = "b";
			assertPending(calls::claiming);
			assertThat(this.service.asked()).extracting((asked) -> asked.call()).hasSize(2).containsOnly(last().call());
			assertThat(this.service.asked()).extracting((asked) -> asked.context()).doesNotHaveDuplicates();
		});
	}

	@Test
	@DisplayName("A parameter with @NotBound is not bound, and the approver sees its name.")
	void callWhenWhatIsNotBoundDiffersThenTheSameCall() {
		assertSame(Calls.class, (calls) -> calls.notBound("a", "b"), (calls) -> calls.notBound("a", "c"));
		assertThat(last().call()).containsEntry("notBound", List.of("trace"));
	}

	@Test
	@DisplayName("A Permission parameter is not bound, because the grant takes its place.")
	void callWhenThePermissionDiffersThenTheSameCall() {
		assertSame(Calls.class, (calls) -> calls.granted("a", null), (calls) -> calls.granted("a", null));
		assertThat(last().arguments()).containsOnlyKeys("value");
		assertThat(ran).singleElement().asString().contains("the grant of call.granted");
	}

	@Test
	@DisplayName("The order of a map's entries is not bound, nor that of a set that keeps none.")
	void callWhenTheOrderOfEntriesDiffersThenTheSameCall() {
		Map<String, Integer> one = new LinkedHashMap<>(Map.of("a", 1));
		one.put("b", 2);
		Map<String, Integer> other = new LinkedHashMap<>(Map.of("b", 2));
		other.put("a", 1);
		assertSame(Calls.class, (calls) -> calls.any(one), (calls) -> calls.any(other));
		assertSame(Calls.class, (calls) -> calls.any(new HashSet<>(List.of("Aa", "BB"))),
				(calls) -> calls.any(new HashSet<>(List.of("BB", "Aa"))));
	}

	@Test
	@DisplayName("The trailing zeros of a BigDecimal are not bound.")
	void callWhenTrailingZerosDifferThenTheSameCall() {
		assertSame(Calls.class, (calls) -> calls.any(new BigDecimal("1.50")),
				(calls) -> calls.any(new BigDecimal("1.5")));
		assertSame(Calls.class, (calls) -> calls.any(new BigDecimal("100")),
				(calls) -> calls.any(new BigDecimal("1E+2")));
	}

	@Test
	@DisplayName("What the body reads beside its arguments is not bound, such as fields of its bean, a database or the clock.")
	void callWhenAFieldOfTheBeanDiffersThenTheSameCall() {
		this.guarded.runner(Calls.class).run((context) -> {
			Calls calls = context.getBean(Calls.class);
			resource = "a";
			assertPending(() -> calls.reading("x"));
			this.service.decidePending(true, null);
			resource = "b";
			calls.reading("x");
			assertThat(ran).containsExactly("reading b");
		});
	}

	@Test
	@DisplayName("What another thread changes while the body runs is not bound: pass records and copies.")
	void callWhenAListChangesDuringTheBodyThenTheBodySeesIt() throws InterruptedException {
		this.service.approve((asked) -> true);
		CountDownLatch inBody = new CountDownLatch(1);
		CountDownLatch changed = new CountDownLatch(1);
		List<String> list = new CopyOnWriteArrayList<>(List.of("approved"));
		this.guarded.runner(Calls.class).run((context) -> {
			Calls calls = context.getBean(Calls.class);
			Thread caller = Guarded.start(() -> calls.slow(list, inBody, changed));
			inBody.await();
			list.set(0, "another");
			changed.countDown();
			caller.join(30_000);
			assertThat(ran).containsExactly("slow [another]");
		});
	}

	@Test
	@DisplayName("An argument that has changed since it was shown refuses the call.")
	void callWhenAnArgumentChangesDuringTheWaitThenRefused() throws InterruptedException {
		List<String> list = new CopyOnWriteArrayList<>(List.of("approved"));
		assertThat(refusal((calls) -> calls.waiting(list), () -> list.set(0, "another")).code())
			.isEqualTo("CALL_CHANGED");
	}

	@Test
	@DisplayName("A resource or a scope that has changed since it was shown refuses the call.")
	void callWhenResourceOrScopeChangeDuringTheWaitThenRefused() throws InterruptedException {
		resource = "a";
		assertThat(refusal(Calls::waitingForResource, () -> resource = "b").code()).isEqualTo("CALL_CHANGED");
		max = 1;
		assertThat(refusal(Calls::waitingForResource, () -> max = 2).code()).isEqualTo("CALL_CHANGED");
	}

	@Test
	@DisplayName("A value that cannot be written exactly refuses the call: code, streams, hidden state, a value that contains itself.")
	void callWhenAValueCannotBeWrittenThenRefused() {
		List<Object> itself = new ArrayList<>();
		itself.add(itself);
		this.guarded.runner(Calls.class).run((context) -> {
			Calls calls = context.getBean(Calls.class);
			for (Object value : List.of((Runnable) () -> {
			}, Stream.of(1), Thread.currentThread(), List.of(itself))) {
				CallRefusedException refusal = catchThrowableOfType(CallRefusedException.class, () -> calls.any(value));
				assertThat(refusal.code()).isEqualTo("ARGUMENT_NOT_BINDABLE");
				assertThat(refusal).hasMessageContainingAll("Calls.any", "'value'", "is of class");
			}
			assertThat(this.service.asked()).isEmpty();
			assertThat(ran).isEmpty();
		});
	}

	@Test
	@DisplayName("A value whose class holds credentials refuses the call, unless its parameter is @Sensitive or char[].")
	void callWhenAValueHoldsCredentialsThenRefused() {
		this.guarded.runner(Calls.class).run((context) -> {
			Calls calls = context.getBean(Calls.class);
			CallRefusedException refusal = catchThrowableOfType(CallRefusedException.class,
					() -> calls.any("hunter2".toCharArray()));
			assertThat(refusal).hasMessageContainingAll("Calls.any", "'value'", "credentials", "@Sensitive");
			assertThat(this.service.asked()).isEmpty();
		});
		assertThat(ran).isEmpty();
		assertOther(Calls.class, (calls) -> calls.phrase("a".toCharArray()),
				(calls) -> calls.phrase("b".toCharArray()));
		assertThat(last().call().toString()).contains("mac=");
	}

	@Test
	@DisplayName("A parameter whose declared type can never be written stops the start.")
	void startWhenAParameterCanNeverBeWrittenThenStops() {
		this.guarded.runner(Links.class)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContainingAll("Links.open", "'link'", "java.net.URL"));
	}

	@Test
	@DisplayName("An object with the key $number refuses the call, because the name is reserved for large numbers.")
	void callWhenAKeyIsReservedThenRefused() {
		this.guarded.runner(Calls.class)
			.run((context) -> assertThatExceptionOfType(CallRefusedException.class)
				.isThrownBy(() -> context.getBean(Calls.class).any(Map.of("$number", "1")))
				.withMessageContaining("$number"));
		assertThat(ran).isEmpty();
	}

	private CallRefusedException refusal(Consumer<Calls> call, Runnable change) throws InterruptedException {
		List<CallRefusedException> refusals = new CopyOnWriteArrayList<>();
		this.guarded.runner(Calls.class).run((context) -> {
			Calls calls = context.getBean(Calls.class);
			Thread caller = Guarded
				.start(() -> refusals.add(catchThrowableOfType(CallRefusedException.class, () -> call.accept(calls))));
			this.service.awaitPending(1);
			change.run();
			this.service.decidePending(true, null);
			caller.join(30_000);
		});
		assertThat(ran).isEmpty();
		return refusals.get(0);
	}

	private <T> void assertOther(Class<T> bean, Consumer<T> approved, Consumer<T> other, Class<?>... more) {
		this.guarded.runner(bean).withUserConfiguration(more).run((context) -> {
			T calls = context.getBean(bean);
			int before = ran.size();
			assertPending(() -> approved.accept(calls));
			assertThat(this.service.decidePending(true, null)).isEqualTo(1);
			assertPending(() -> other.accept(calls));
			assertThat(ran).hasSize(before);
			AskedPermission asked = last();
			approved.accept(calls);
			assertThat(ran).hasSize(before + 1);
			assertThat(last()).extracting(AskedPermission::id).isEqualTo(asked.id());
			this.service.decidePending(false, null);
		});
	}

	private <T> void assertSame(Class<T> bean, Consumer<T> approved, Consumer<T> same) {
		this.guarded.runner(bean).run((context) -> {
			T calls = context.getBean(bean);
			int before = ran.size();
			assertPending(() -> approved.accept(calls));
			this.service.decidePending(true, null);
			same.accept(calls);
			assertThat(ran).hasSize(before + 1);
		});
	}

	private AskedPermission last() {
		List<AskedPermission> asked = this.service.asked();
		return asked.get(asked.size() - 1);
	}

	private static void assertPending(ThrowingCallable call) {
		assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(call);
	}

	private static Object capturing(String captured) {
		return new Object() {

			@Override
			public String toString() {
				return captured;
			}

		};
	}

	static class Calls {

		@RequiresPermission(action = "call.any", onPending = OnPending.THROW)
		public void any(Object value) {
			ran.add("any " + value);
		}

		@RequiresPermission(action = "call.any", onPending = OnPending.THROW)
		public void every(Object value) {
			ran.add("every " + value);
		}

		@RequiresPermission(action = "call.two", onPending = OnPending.THROW)
		public void two(String first, String second) {
			ran.add("two " + first + second);
		}

		@RequiresPermission(action = "call.asItIs", resource = "#{resource}", scope = "{max: max}",
				onPending = OnPending.THROW)
		public void asItIs() {
			ran.add("as it is");
		}

		@RequiresPermission(action = "call.wait", resource = "#{resource}", scope = "{max: max}")
		public void waitingForResource() {
			ran.add("waited");
		}

		@RequiresPermission(action = "call.wait")
		public void waiting(List<String> list) {
			ran.add("waited");
		}

		@RequiresPermission(action = "call.secret", onPending = OnPending.THROW)
		public void secret(@Sensitive String pin) {
			ran.add("secret");
		}

		@RequiresPermission(action = "call.phrase", onPending = OnPending.THROW)
		public void phrase(char[] phrase) {
			ran.add("phrase");
		}

		@RequiresPermission(action = "call.claiming", context = "{claim: claim}", reason = "#{claim}",
				onPending = OnPending.THROW)
		public void claiming() {
			ran.add("claiming");
		}

		@RequiresPermission(action = "call.notBound", onPending = OnPending.THROW)
		public void notBound(String value, @NotBound String trace) {
			ran.add("not bound");
		}

		@RequiresPermission(action = "call.granted", onPending = OnPending.THROW)
		public void granted(String value, @Nullable Permission permission) {
			ran.add("the grant of " + ((permission != null) ? permission.action() : "nobody"));
		}

		@RequiresPermission(action = "call.reading", onPending = OnPending.THROW)
		public void reading(String value) {
			ran.add("reading " + resource);
		}

		@RequiresPermission(action = "call.slow")
		public void slow(List<String> list, @NotBound CountDownLatch inBody, @NotBound CountDownLatch changed) {
			inBody.countDown();
			try {
				changed.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			ran.add("slow " + list);
		}

		public String getResource() {
			return resource;
		}

		public int getMax() {
			return max;
		}

		public String getClaim() {
			return claim;
		}

	}

	static class SpecialCalls extends Calls {

	}

	static class Links {

		@RequiresPermission(action = "link.open", onPending = OnPending.THROW)
		public void open(URL link) {
			ran.add("open " + link);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Two {

		@Bean
		Calls one() {
			return new Calls();
		}

		@Bean
		Calls other() {
			return new Calls();
		}

		@Bean
		SpecialCalls special() {
			return new SpecialCalls();
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Forms {

		// on the page
		@Bean
		BoundForm<URL> urlForm() {
			return URL::toExternalForm;
		}
		// end

	}

	record Read(String path) {
	}

	record Delete(String path) {
	}

	record Account(String name, String iban) {

		@Override
		public String toString() {
			return this.name;
		}

	}

	static class General {

		private final transient int value;

		General(int value) {
			this.value = value;
		}

		int general() {
			return this.value;
		}

	}

	static class Special extends General {

		private final int value;

		Special(int general, int value) {
			super(general);
			this.value = value;
		}

		int special() {
			return this.value;
		}

	}

}
