package io.agentotp.spring.guard;

import java.net.URL;
import java.nio.file.Path;
import java.security.Principal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;

import io.agentotp.PermissionPendingException;
import io.agentotp.spring.BoundForm;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.Sensitive;
import io.agentotp.spring.operation.InvalidAnnotationException;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * In which form arguments are bound and shown: as they are, in a form of the
 * application's, masked, or left out because a request cannot carry them.
 */
class BoundFormTests {

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	@Test
	void startWhenAClassHasNoFormThenStopsAndSaysWhatToDo() {
		this.guarded.runner(NoForm.class).run((context) -> {
			assertThat(context).hasFailed();
			assertThat(context.getStartupFailure()).rootCause()
				.isInstanceOfSatisfying(InvalidAnnotationException.class, (ex) -> {
					assertThat(ex.problem()).contains("NoForm.open(URL)", "'link'", "java.net.URL");
					assertThat(ex.remedy()).contains("BoundForm", "@NotBound");
				});
		});
	}

	@Test
	void callWhenAClassHasAFormThenBoundAndShownInIt() {
		this.service.leavePending((asked) -> true);
		this.guarded.runner(Links.class, Forms.class).run((context) -> {
			Links links = context.getBean(Links.class);
			URL approved = new URL("https://example.com/a");
			assertPending(() -> links.open(approved));
			assertThat(asked().arguments()).containsEntry("link",
					Map.of("@type", "java.net.URL", "@form", "urlForm", "@value", "https://example.com/a"));
			this.service.decidePending(true, null);
			assertPending(() -> links.open(new URL("https://example.com/b")));
			assertThat(links.opened()).isEmpty();
			links.open(new URL("https://example.com/a"));
			assertThat(links.opened()).containsExactly("https://example.com/a");
		});
	}

	@Test
	void callWhenAFormIsForAnInterfaceThenItsImplementationsKeepTheirClass() {
		this.guarded.runner(Links.class, Forms.class).run((context) -> {
			context.getBean(Links.class).greet(() -> "ann");
			assertThat(asked().arguments().get("who").toString()).contains("@form=principalForm", "@value=ann",
					"@type=" + BoundFormTests.class.getName());
		});
	}

	@Test
	void callWhenAFormGivesWhatCannotBeWrittenThenRefused() {
		this.guarded.runner(Links.class, Forms.class)
			.run((context) -> assertThatExceptionOfType(CallRefusedException.class)
				.isThrownBy(() -> context.getBean(Links.class).match(Pattern.compile("a")))
				.withMessageContaining("'pattern'")
				.satisfies((ex) -> assertThat(this.service.asked()).isEmpty()));
	}

	@Test
	void callWhenAFormHoldsAValueWithAFormThenThatIsWrittenInItsOwn() {
		this.guarded.runner(Links.class, Forms.class).run((context) -> {
			context.getBean(Links.class).follow(new Link("docs", new URL("https://example.com/a"), null));
			assertThat(asked().arguments().get("link")).isEqualTo(Map.of("@type", Link.class.getName(), "@form",
					"linkForm", "@value", Map.of("name", "docs", "target",
							Map.of("@type", "java.net.URL", "@form", "urlForm", "@value", "https://example.com/a"))));
		});
	}

	@Test
	void callWhenAFormHoldsAnotherValueOfItsOwnClassThenThatIsWrittenInTheForm() {
		this.guarded.runner(Links.class, Forms.class).run((context) -> {
			Link inner = new Link("inner", new URL("https://example.com/b"), null);
			context.getBean(Links.class).follow(new Link("outer", new URL("https://example.com/a"), inner));
			assertThat(asked().arguments().get("link").toString()).containsPattern("@form=linkForm.+@form=linkForm")
				.contains("name=inner", "https://example.com/b");
			context.getBean(Links.class).greet(new Self());
			assertThat(asked().arguments().get("who").toString()).containsOnlyOnce("@form=principalForm")
				.contains("@value=me");
		});
	}

	@Test
	void callWhenAnArgumentIsSensitiveThenBoundByAMacThatNeedsTheKey() {
		this.service.leavePending((asked) -> true);
		this.guarded.runner(Plain.class).run((context) -> {
			Plain plain = context.getBean(Plain.class);
			assertPending(() -> plain.pay("1234"));
			AskedPermission asked = asked();
			assertThat(asked.arguments()).containsEntry("pin", "••••••");
			assertThat(asked.call().toString()).contains("mac=").doesNotContain("1234");
			this.service.decidePending(true, null);
			assertPending(() -> plain.pay("1235"));
			assertThat(plain.paid()).isEmpty();
			plain.pay("1234");
			assertThat(plain.paid()).containsExactly("1234");
		});
	}

	@Test
	void callWhenTheArgumentsAreTooLargeThenTheLargestAreBoundByTheirHash() {
		this.service.leavePending((asked) -> true);
		this.guarded.runner(Plain.class).run((context) -> {
			Plain plain = context.getBean(Plain.class);
			String large = "x".repeat(100_000);
			assertPending(() -> plain.write("notes.txt", large));
			assertThat(asked().arguments()).containsEntry("file", "notes.txt")
				.hasEntrySatisfying("content",
						(shown) -> assertThat(shown.toString()).contains("bytes=100002", "sha256="));
			this.service.decidePending(true, null);
			assertPending(() -> plain.write("notes.txt", large + "x"));
			plain.write("notes.txt", large);
			assertThat(plain.paid()).containsExactly("notes.txt");
		});
	}

	@Test
	void callWhenManyArgumentsFitThenAllAreShown() {
		this.guarded.runner(Plain.class).run((context) -> {
			context.getBean(Plain.class).write("notes.txt", "x".repeat(40_000));
			assertThat(asked().arguments().get("content")).asString().hasSize(40_000);
		});
	}

	@Test
	void callWhenScopeAndContextHaveDatesAndIdsThenTheirTexts() {
		this.guarded.runner(Plain.class).run((context) -> {
			UUID id = new UUID(1, 2);
			context.getBean(Plain.class).plan(id, Instant.EPOCH);
			assertThat(asked().scope()).containsEntry("id", id.toString())
				.containsEntry("until", List.of("1970-01-01T00:00:00Z"));
			assertThat(asked().context()).containsEntry("at", "1970-01-01T00:00:00Z");
		});
	}

	@ParameterizedTest
	@ValueSource(classes = { ByInterface.class, BySuperclass.class, ByInheritance.class })
	void callWhenAnotherTypeSaysThatAParameterIsSensitiveThenMasked(Class<? extends Charging> type) {
		this.guarded.runner(type).run((context) -> {
			context.getBean(Charging.class).charge("4111-secret");
			assertThat(asked().arguments()).containsEntry("card", "••••••");
			assertThat(asked().toString()).doesNotContain("4111-secret");
		});
	}

	@Test
	void startWhenAComponentOfARecordIsSensitiveThenStops() {
		assertStops(this.guarded.runner(SensitiveComponent.class),
				"@Sensitive, which only a parameter can be: put @Sensitive on the whole parameter");
	}

	@Test
	void callWhenAScalarOrATreeHasAFormThenBoundInIt() {
		this.guarded.runner(Trees.class, TreeForms.class).run((context) -> {
			context.getBean(Trees.class)
				.take(JsonNodeFactory.instance.objectNode().put("password", "hunter2"), Path.of("/home/ann"));
			assertThat(asked().toString()).doesNotContain("hunter2").contains("no secrets", "a path");
		});
	}

	@Test
	void startWhenAClassHasTwoFormsThenStopsAndNamesThem() {
		assertStops(this.guarded.runner(NoForm.class, Forms.class, MoreForms.class),
				"it has more than one form: the beans");
	}

	@Test
	void callWhenTheCheckLetsAnArgumentNoteSomethingThenRuns() {
		this.guarded.runner(Checked.class).run((context) -> {
			Checked checked = context.getBean(Checked.class);
			checked.order(new Order(List.of(1, 2)));
			assertThat(checked.ordered()).containsExactly(3);
		});
	}

	@Test
	void callWhenAnExpressionFailsThenTheMessageRepeatsNothingOfTheArgument() {
		this.guarded.runner(Checked.class).run((context) -> {
			Checked checked = context.getBean(Checked.class);
			assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> checked.failing("secret-4711"))
				.withMessageNotContaining("4711")
				.satisfies((ex) -> assertThat(ex.code()).isEqualTo("ATTRIBUTE_INVALID"));
			assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> checked.looking("secret-4711"))
				.withMessageNotContaining("4711");
			assertThat(checked.ordered()).isEmpty();
		});
	}

	@Test
	void startWhenTheCheckIsNoConditionThenStops() {
		assertStops(this.guarded.runner(NoCondition.class), "check is no condition: 'x'");
	}

	@Test
	void startWhenTheTtlIsOutsideTheLimitsThenStops() {
		assertStops(this.guarded.runner(ShortLived.class), "ttl is 5s, but must be from 30s to 3600s");
	}

	@Test
	void startWhenTheScopeIsNoMapThenStops() {
		assertStops(this.guarded.runner(NoMap.class), "scope is no map: #id");
		assertStops(this.guarded.runner(NoMapEither.class), "context is no map: {1, 2}");
	}

	private static void assertStops(ApplicationContextRunner runner, String problem) {
		runner.run((context) -> {
			assertThat(context).hasFailed();
			assertThat(context.getStartupFailure()).rootCause().hasMessageContaining(problem);
		});
	}

	private AskedPermission asked() {
		List<AskedPermission> asked = this.service.asked();
		return asked.get(asked.size() - 1);
	}

	private static void assertPending(ThrowingCallable call) {
		assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(call);
	}

	static class Links {

		private final List<String> opened = new ArrayList<>();

		public List<String> opened() {
			return this.opened;
		}

		@RequiresPermission(action = "link.open", onPending = OnPending.THROW)
		public void open(URL link) {
			this.opened.add(link.toString());
		}

		@RequiresPermission(action = "greet")
		public void greet(Principal who) {
		}

		@RequiresPermission(action = "link.follow")
		public void follow(Link link) {
		}

		@RequiresPermission(action = "match")
		public void match(Pattern pattern) {
		}

	}

	record Link(String name, URL target, @Nullable Link next) {
	}

	record Self() implements Principal {

		@Override
		public String getName() {
			return "me";
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Forms {

		@Bean
		BoundForm<Link> linkForm() {
			return (link) -> (link.next() != null) ? Map.of("name", link.name(), "next", link.next())
					: Map.of("name", link.name(), "target", link.target());
		}

		@Bean
		BoundForm<URL> urlForm() {
			return URL::toString;
		}

		@Bean
		BoundForm<Principal> principalForm() {
			return Principal::getName;
		}

		@Bean
		BoundForm<Pattern> patternForm() {
			return (pattern) -> Thread.currentThread();
		}

	}

	static class Plain {

		private final List<String> paid = new ArrayList<>();

		public List<String> paid() {
			return this.paid;
		}

		@RequiresPermission(action = "pay", onPending = OnPending.THROW)
		public void pay(@Sensitive String pin) {
			this.paid.add(pin);
		}

		@RequiresPermission(action = "write", onPending = OnPending.THROW)
		public void write(String file, String content) {
			this.paid.add(file);
		}

		@RequiresPermission(action = "plan", scope = "{id: #id, until: {#at}}", context = "{at: #at}")
		public void plan(UUID id, Instant at) {
		}

	}

	interface Charging {

		void charge(String card);

	}

	interface Bank extends Charging {

		@Override
		@RequiresPermission(action = "charge")
		void charge(@Sensitive String card);

	}

	static class ByInterface implements Bank {

		@Override
		public void charge(String card) {
		}

	}

	abstract static class Till implements Charging {

		@Override
		@RequiresPermission(action = "charge")
		public abstract void charge(@Sensitive String card);

	}

	static class BySuperclass extends Till {

		@Override
		public void charge(String card) {
		}

	}

	static class Purse implements Charging {

		@Override
		public void charge(String card) {
		}

	}

	static class ByInheritance extends Purse implements Bank {

	}

	record Login(String user, @Sensitive String password) {
	}

	static class SensitiveComponent {

		@RequiresPermission(action = "login")
		public void login(Login login) {
		}

	}

	static class Trees {

		@RequiresPermission(action = "tree.take")
		public void take(JsonNode tree, Path path) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class TreeForms {

		@Bean
		BoundForm<JsonNode> treeForm() {
			return (tree) -> "no secrets";
		}

		@Bean
		BoundForm<Path> pathForm() {
			return (path) -> "a path";
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class MoreForms {

		@Bean
		BoundForm<URL> anotherForm() {
			return URL::toString;
		}

	}

	static class Order {

		private final List<Integer> lines;

		private int total;

		Order(List<Integer> lines) {
			this.lines = lines;
		}

		public int total() {
			this.total = this.lines.stream().mapToInt(Integer::intValue).sum();
			return this.total;
		}

	}

	static class Checked {

		private final List<Integer> ordered = new ArrayList<>();

		public List<Integer> ordered() {
			return this.ordered;
		}

		@RequiresPermission(action = "order", check = "#order.total() <= 1000")
		public void order(Order order) {
			this.ordered.add(order.total());
		}

		@RequiresPermission(action = "fail", resource = "#{T(io.agentotp.spring.guard.BoundFormTests).fail(#text)}")
		public void failing(String text) {
			this.ordered.add(0);
		}

		@RequiresPermission(action = "look", check = "#granted[#pin] == 1")
		public void looking(@Sensitive String pin) {
			this.ordered.add(0);
		}

	}

	public static String fail(String text) {
		throw new IllegalStateException("card " + text + " is invalid");
	}

	static class NoCondition {

		@RequiresPermission(action = "a", check = "'x'")
		public void run() {
		}

	}

	static class NoForm {

		@RequiresPermission(action = "link.open")
		public void open(URL link) {
		}

	}

	static class ShortLived {

		@RequiresPermission(action = "a", ttl = "5s")
		public void run() {
		}

	}

	static class NoMap {

		@RequiresPermission(action = "a", scope = "#id")
		public void run(int id) {
		}

	}

	static class NoMapEither {

		@RequiresPermission(action = "a", context = "{1, 2}")
		public void run() {
		}

	}

}
