package io.agentotp.spring.guard;

import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.agentotp.PermissionPendingException;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.NotBound;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.test.FakeAgentOtp;
import org.aopalliance.intercept.MethodInterceptor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.aop.framework.ProxyFactory;
import org.springframework.aop.support.DefaultPointcutAdvisor;
import org.springframework.aop.support.NameMatchMethodPointcut;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.mock.web.MockHttpServletRequest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * An approved call lets no other call through: another class with the same fields,
 * another bean of the same class, another key with the same text, another state that is
 * captured or read.
 */
class BoundCallTests {

	private static final List<String> ran = new CopyOnWriteArrayList<>();

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service.leavePending((asked) -> true);

	@BeforeEach
	void start() {
		ran.clear();
	}

	@ParameterizedTest
	@MethodSource
	void callWhenAnotherOneIsApprovedThenNotRun(Pair pair) {
		this.guarded.runner(Beans.class).run((context) -> {
			assertPending(context, pair.approved());
			assertThat(this.service.decidePending(true, null)).isEqualTo(1);
			assertPending(context, pair.other());
			assertThat(ran).isEmpty();
			pair.approved().accept(context);
			assertThat(ran).hasSize(1);
		});
	}

	static Stream<Pair> callWhenAnotherOneIsApprovedThenNotRun() {
		return Stream.of(
				pair("a record of a sealed type", Files.class, "files",
						(files) -> files.run(new ReadFile("/srv/orders.db")),
						(files) -> files.run(new DeleteFile("/srv/orders.db"))),
				pair("an empty record", Files.class, "files", (files) -> files.run(new Start()),
						(files) -> files.run(new Stop())),
				pair("a record where an interface is declared", Files.class, "files", (files) -> files.any(new Start()),
						(files) -> files.any(new Stop())),
				pair("an element", Files.class, "files", (files) -> files.all(List.of(new ReadFile("a"))),
						(files) -> files.all(List.of(new DeleteFile("a")))),
				pair("an element of an array", Files.class, "files", (files) -> files.each(new ReadFile("a")),
						(files) -> files.each(new DeleteFile("a"))),
				pair("a key with the same text", Files.class, "files",
						(files) -> files.pay(Map.of(new Account("Alice", "DE11"), 10)),
						(files) -> files.pay(Map.of(new Account("Alice", "DE99"), 10))),
				pair("a number of another type", Files.class, "files", (files) -> files.any(1),
						(files) -> files.any(1L)),
				pair("what an anonymous class captures", Files.class, "files", (files) -> files.any(capturing("a")),
						(files) -> files.any(capturing("b"))),
				pair("a field of the superclass", Files.class, "files", (files) -> files.any(new Special("a")),
						(files) -> files.any(new Special("b"))),
				new Pair("another bean of the class", (context) -> context.getBean("testDb", Db.class).run("drop t"),
						(context) -> context.getBean("prodDb", Db.class).run("drop t")),
				new Pair("another subclass", (context) -> context.getBean("orders", Base.class).delete(1),
						(context) -> context.getBean("invoices", Base.class).delete(1)),
				new Pair("another lambda", (context) -> context.getBean("first", Sender.class).send("x"),
						(context) -> context.getBean("second", Sender.class).send("x")),
				new Pair("another prototype", (context) -> context.getBean("one", Proto.class).run(),
						(context) -> context.getBean("other", Proto.class).run()));
	}

	@Test
	void callWhenMadeAgainOnAnotherInstanceOfThePrototypeThenRuns() {
		this.guarded.runner(Beans.class).run((context) -> {
			assertPending(context, (beans) -> beans.getBean("one", Proto.class).run());
			this.service.decidePending(true, null);
			context.getBean("one", Proto.class).run();
			assertThat(ran).hasSize(1);
		});
	}

	@Test
	void callWhenAnElementIsExchangedDuringTheWaitThenRefused() {
		List<Command> commands = new ArrayList<>(List.of(new ReadFile("a")));
		changed((context) -> context.getBean(Waiting.class).all(commands), () -> commands.set(0, new DeleteFile("a")));
	}

	@Test
	void callWhenAPropertyThatTheResourceReadsChangesDuringTheWaitThenRefused() {
		Waiting.target = "db:test";
		changed((context) -> context.getBean(Waiting.class).onTarget("drop t"), () -> Waiting.target = "db:PROD");
	}

	@Test
	void callWhenWhatTheScopeReadsChangesDuringTheWaitThenRefused() {
		Waiting.target = "10";
		changed((context) -> context.getBean(Waiting.class).withinTarget("x"), () -> Waiting.target = "100");
	}

	@Test
	void callWhenWhatIsNotBoundChangesTheResourceDuringTheWaitThenRefused() {
		StringBuilder path = new StringBuilder("/tmp");
		changed((context) -> context.getBean(Waiting.class).clean(path), () -> path.replace(0, path.length(), "/"));
	}

	@Test
	void callWhenAnArgumentNotesItsHashWhenItIsReadThenRuns() {
		this.service.approve("file.hash");
		this.guarded.runner(Beans.class).run((context) -> context.getBean(Files.class).hashed(new Lazy("a")));
		assertThat(ran).hasSize(1);
	}

	@Test
	void callWhenAnArgumentNotesItsHashAfterTheApprovalThenTheRefusalNamesTheFieldAndTheRemedy() {
		this.service.approve((asked) -> true);
		for (Object value : List.of(new Lazy("a"), new Holder(List.of(Map.of("card 4711", new Lazy("a")))))) {
			this.guarded.runner(Beans.class)
				.withBean(Reading.class)
				.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
				.run((context) -> assertThatExceptionOfType(CallRefusedException.class)
					.isThrownBy(() -> context.getBean(Files.class).any(value))
					.withMessageContainingAll("Files.any(Object)", "BoundForm",
							(value instanceof Lazy) ? "in its field value.hash:"
									: "in its field value.content[0][].hash:",
							"'value'")
					.withMessageNotContaining("4711")
					.satisfies((ex) -> assertThat(ex.code()).isEqualTo("CALL_CHANGED")));
		}
		assertThat(ran).isEmpty();
	}

	@Test
	void startWhenTheClassOfTheBeanSaysThatAParameterCanNeverBeBoundThenStops() {
		for (Class<?> bean : List.of(OfStreams.class, OfListsOfStreams.class)) {
			this.guarded.runner(bean)
				.run((context) -> assertThat(context).getFailure()
					.rootCause()
					.hasMessageContainingAll("can never be bound", InputStream.class.getName()));
		}
	}

	@Test
	void callWhenTheClassOfTheBeanSaysTheTypeOfAParameterThenBoundAsDeclaredThere() {
		this.guarded.run(OfRecords.class, (bean) -> assertThatExceptionOfType(PermissionPendingException.class)
			.isThrownBy(() -> bean.handle(new ReadFile("a"))));
		assertThat(this.guarded.service.asked().get(0).arguments()).isEqualTo(Map.of("value", Map.of("path", "a")));
	}

	@Test
	void callWhenAFrameworkPassesTheValueThenRefused() {
		this.guarded.runner(Beans.class)
			.run((context) -> assertThatExceptionOfType(CallRefusedException.class)
				.isThrownBy(() -> context.getBean(Files.class).any(new MockHttpServletRequest()))
				.withMessageContaining("it is no data"));
		assertThat(this.guarded.service.asked()).isEmpty();
	}

	@Test
	void callWhenAnArgumentCannotBeWrittenThenSaysWhichFieldOfWhichClassAndWhy() {
		this.guarded.runner(Beans.class)
			.run((context) -> assertThatExceptionOfType(CallRefusedException.class)
				.isThrownBy(
						() -> context.getBean(Files.class).any(new Holder(List.of(new Holder(Thread.currentThread())))))
				.withMessageContainingAll("'value'", "BoundCallTests$Files.any(Object)", "value.content[0].content",
						"java.lang.Thread", "the JDK hides its state", "@NotBound"));
		assertThat(ran).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void callWhenAnArgumentIsAClassProxyThenRefusedAsAProxy(boolean advised) {
		ProxyFactory factory = new ProxyFactory(new Address());
		factory.setProxyTargetClass(true);
		factory.setOpaque(!advised);
		Object proxy = factory.getProxy();
		for (Object value : List.of(proxy, new Holder(List.of(proxy)), Map.of("key", proxy))) {
			this.guarded.runner(Beans.class)
				.run((context) -> assertThatExceptionOfType(CallRefusedException.class)
					.isThrownBy(() -> context.getBean(Files.class).any(value))
					.withMessageContainingAll("'value'", "SpringCGLIB", "it is a proxy"));
		}
		assertThat(this.service.asked()).isEmpty();
		assertThat(ran).isEmpty();
	}

	private void changed(Consumer<ApplicationContext> call, Runnable change) {
		this.guarded.runner(Beans.class).run((context) -> {
			List<Throwable> refusals = new CopyOnWriteArrayList<>();
			Thread caller = Guarded.start(() -> refusals.add(catchThrowable(() -> call.accept(context))));
			this.service.awaitPending(1);
			change.run();
			this.service.decidePending(true, null);
			caller.join(30_000);
			assertThat(refusals).singleElement()
				.isInstanceOfSatisfying(CallRefusedException.class,
						(ex) -> assertThat(ex.code()).isEqualTo("CALL_CHANGED"));
			assertThat(ran).isEmpty();
		});
	}

	private static void assertPending(ApplicationContext context, Consumer<ApplicationContext> call) {
		assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(() -> call.accept(context));
	}

	private static <T> Pair pair(String what, Class<T> type, String bean, Consumer<T> approved, Consumer<T> other) {
		return new Pair(what, (context) -> approved.accept(context.getBean(bean, type)),
				(context) -> other.accept(context.getBean(bean, type)));
	}

	private static Object capturing(String captured) {
		return new Supplier<String>() {

			@Override
			public String get() {
				return captured;
			}

		};
	}

	/**
	 * Two calls that are not the same.
	 */
	record Pair(String what, Consumer<ApplicationContext> approved, Consumer<ApplicationContext> other) {

		@Override
		public String toString() {
			return this.what;
		}

	}

	sealed interface Command {

	}

	abstract static class Handler<T> {

		@RequiresPermission(action = "handle", onPending = OnPending.THROW)
		public void handle(T value) {
		}

	}

	static class OfStreams extends Handler<InputStream> {

	}

	static class OfListsOfStreams extends Handler<List<InputStream>> {

	}

	static class OfRecords extends Handler<ReadFile> {

	}

	record ReadFile(String path) implements Command {
	}

	record DeleteFile(String path) implements Command {
	}

	record Start() implements Command {
	}

	record Stop() implements Command {
	}

	public static class Address {

		private final String host = "a";

		public String host() {
			return this.host;
		}

	}

	record Holder(Object content) {
	}

	record Account(String name, String iban) {

		@Override
		public String toString() {
			return this.name;
		}

	}

	static class General {

		private final String inherited;

		General(String inherited) {
			this.inherited = inherited;
		}

		String inherited() {
			return this.inherited;
		}

	}

	static class Special extends General {

		Special(String inherited) {
			super(inherited);
		}

	}

	static class Lazy {

		private final String text;

		private int hash;

		Lazy(String text) {
			this.text = text;
		}

		public String getKey() {
			this.hash = this.text.hashCode();
			return this.text + this.hash;
		}

	}

	/** As a cache inside the guard does, which looks for its key. */
	static class Reading extends DefaultPointcutAdvisor {

		Reading() {
			super(new NameMatchMethodPointcut().addMethodName("any"), (MethodInterceptor) (invocation) -> {
				Object value = invocation.getArguments()[0];
				if (value instanceof Holder holder) {
					value = ((Map<?, ?>) ((List<?>) holder.content()).get(0)).values().iterator().next();
				}
				((Lazy) value).getKey();
				return invocation.proceed();
			});
			setOrder(1000);
		}

	}

	static class Files {

		@RequiresPermission(action = "file.run", onPending = OnPending.THROW)
		public void run(Command command) {
			ran.add(command.toString());
		}

		@RequiresPermission(action = "file.any", onPending = OnPending.THROW)
		public void any(Object value) {
			ran.add("any");
		}

		@RequiresPermission(action = "file.all", onPending = OnPending.THROW)
		public void all(List<? extends Command> commands) {
			ran.add("all");
		}

		@RequiresPermission(action = "file.each", onPending = OnPending.THROW)
		public void each(Command... commands) {
			ran.add("each");
		}

		@RequiresPermission(action = "file.pay", onPending = OnPending.THROW)
		public void pay(Map<Account, Integer> amounts) {
			ran.add("pay");
		}

		@RequiresPermission(action = "file.hash", resource = "file:#{#value.key}")
		public void hashed(Lazy value) {
			ran.add("hashed");
		}

	}

	static class Waiting {

		static volatile String target = "";

		public String getTarget() {
			return target;
		}

		@RequiresPermission(action = "wait.all")
		public void all(List<Command> commands) {
			ran.add("all");
		}

		@RequiresPermission(action = "wait.target", resource = "#{target}")
		public void onTarget(String sql) {
			ran.add("target");
		}

		@RequiresPermission(action = "wait.within", scope = "{max: target}")
		public void withinTarget(String text) {
			ran.add("within");
		}

		@RequiresPermission(action = "wait.clean", resource = "#{#path}")
		public void clean(@NotBound StringBuilder path) {
			ran.add("clean");
		}

	}

	static class Db {

		@RequiresPermission(action = "db.run", onPending = OnPending.THROW)
		public void run(String sql) {
			ran.add("db");
		}

	}

	abstract static class Base {

		@RequiresPermission(action = "base.delete", onPending = OnPending.THROW)
		public void delete(long id) {
			ran.add("delete");
		}

	}

	static class Orders extends Base {

	}

	static class Invoices extends Base {

	}

	interface Sender {

		@RequiresPermission(action = "lambda.send", onPending = OnPending.THROW)
		void send(String text);

	}

	static class Proto {

		@RequiresPermission(action = "proto.run", onPending = OnPending.THROW)
		public void run() {
			ran.add("proto");
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Beans {

		@Bean
		Files files() {
			return new Files();
		}

		@Bean
		Waiting waiting() {
			return new Waiting();
		}

		@Bean
		Db testDb() {
			return new Db();
		}

		@Bean
		Db prodDb() {
			return new Db();
		}

		@Bean
		Orders orders() {
			return new Orders();
		}

		@Bean
		Invoices invoices() {
			return new Invoices();
		}

		@Bean
		Sender first() {
			return ran::add;
		}

		@Bean
		Sender second() {
			return ran::add;
		}

		@Bean
		@Scope("prototype")
		Proto one() {
			return new Proto();
		}

		@Bean
		@Scope("prototype")
		Proto other() {
			return new Proto();
		}

	}

}
