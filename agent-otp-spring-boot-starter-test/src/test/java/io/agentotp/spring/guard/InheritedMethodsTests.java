package io.agentotp.spring.guard;

import java.io.OutputStream;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.agentotp.PermissionDeniedException;
import io.agentotp.spring.NotBound;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.InvalidAnnotationException;
import io.agentotp.test.FakeAgentOtp;
import org.aspectj.lang.annotation.Aspect;
import org.aspectj.lang.annotation.DeclareParents;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.LinkedCaseInsensitiveMap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What a guarded bean inherits from the JDK and from interfaces.
 */
class InheritedMethodsTests {

	private static final List<String> RAN = new CopyOnWriteArrayList<>();

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	@BeforeEach
	void forget() {
		RAN.clear();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	@SuppressWarnings("unchecked")
	void callWhenADefaultMethodOfTheJdkReachesAGuardedOneThenIsGuarded(boolean byClass) {
		runner(byClass, Refund.class).run((context) -> {
			Function<String, String> refund = (Function<String, String>) context.getBean("refund");
			assertGuarded(() -> refund.andThen(String::toUpperCase).apply("o"), "refund o");
			assertGuarded(() -> refund.compose(String::valueOf).apply("o"), "refund o");
			assertGuarded(() -> refund.compose(refund).andThen(refund).apply("o"), "refund o", "refund o", "refund o");
		});
		runner(byClass, Sink.class).run((context) -> {
			Consumer<String> sink = (Consumer<String>) context.getBean("sink");
			assertGuarded(() -> sink.andThen((order) -> {
			}).accept("o"), "sink o");
		});
		runner(byClass, Names.class).run((context) -> {
			Predicate<String> names = (Predicate<String>) context.getBean("names");
			assertGuarded(() -> names.and(names.negate()).test("o"), "names", "names");
		});
	}

	@Test
	void callWhenALambdaStandsBehindAnAnnotatedFunctionThenItsDefaultMethodsAreGuarded() {
		this.guarded.runner().withUserConfiguration(Lambdas.class).run((context) -> {
			RefundFunction refund = context.getBean(RefundFunction.class);
			assertGuarded(() -> refund.andThen(String::toUpperCase).apply("o"), "refund o");
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	@SuppressWarnings("unchecked")
	void startWhenTheClassOfAFunctionIsAnnotatedThenItsOwnMethodsAreGuarded(boolean byClass) {
		runner(byClass, Ordering.class).run((context) -> {
			Comparator<String> ordering = (Comparator<String>) context.getBean("ordering");
			assertGuarded(() -> ordering.compare("a", "b"), "compare");
			assertGuarded(() -> ordering.reversed().compare("a", "b"), "compare");
			assertGuarded(() -> ordering.thenComparing(Comparator.naturalOrder()).compare("a", "b"), "compare");
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	@SuppressWarnings("unchecked")
	void callWhenAnInterfaceIsGenericThenIsGuarded(boolean byClass) {
		for (Class<?> handler : List.of(MailHandler.class, InheritingHandler.class)) {
			runner(byClass, handler).run((context) -> {
				Handler<Mail> bean = context.getBean(Handler.class);
				assertGuarded(() -> bean.handle(new Mail("ann")), "handle ann");
			});
		}
	}

	@Test
	void startWhenAClassOfTheJdkCallsAGuardedMethodThenStops() {
		assertStops(Log.class, "OutputStream.write(byte[], int, int) calls write(int)");
		assertStops(Worker.class, "start() calls run()");
	}

	@Test
	void startWhenABeanCallsADefaultMethodOfTheJdkOnItselfThenStops() {
		assertStops(Twice.class, "twice() calls andThen(Function)");
		assertStops(Overriding.class, "andThen(Function) calls andThen(Function)");
	}

	@Test
	void startWhenAnIntroductionAddsAnAnnotatedInterfaceThenStops() {
		this.guarded.runner(Plain.class, Mixing.class)
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
			.run((context) -> assertThat(context.getStartupFailure()).rootCause()
				.isInstanceOf(InvalidAnnotationException.class)
				.hasMessageContaining("@DeclareParents"));
		this.guarded.runner(Wiper.class, Mixing.class)
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
			.run((context) -> assertGuarded(context.getBean(Wiper.class)::wipe, "wiped"));
	}

	@Test
	void callWhenAPrivateMethodOfASuperclassDoesNotBindThenBound() {
		this.guarded.run(PrivateMailer.class, (mailer) -> mailer.send("ann", "x"));
		assertThat(this.service.asked().get(0).arguments()).isEqualTo(Map.of("to", "ann"));
		assertThat(this.service.asked().get(0).call()).containsEntry("notBound", List.of("trace"));
	}

	@Test
	void startWhenAnExpressionUsesABuiltInNameThatAParameterHasThenStops() {
		assertStops(Roots.class, "#root, which is built in");
		assertStops(Grants.class, "#granted, which is built in");
		assertStops(ScopedRoots.class, "#root, which is built in");
		this.guarded.run(UnusedRoots.class, (roots) -> roots.delete("a", "b"));
		assertThat(RAN).containsExactly("deleted a");
	}

	@Test
	void callWhenARowOfADatabaseIsPassedThenIsBoundWithItsClass() {
		this.guarded.run(Rows.class, (rows) -> {
			Map<String, Object> row = new LinkedCaseInsensitiveMap<>();
			row.put("ID", 1);
			rows.save(row);
			assertThat(RAN).containsExactly("saved {ID=1}");
			rows.save(new HashMap<>(row));
		});
		assertThat(this.service.asked().get(0).arguments().get("row"))
			.isEqualTo(Map.of("@type", "org.springframework.util.LinkedCaseInsensitiveMap", "@value", Map.of("ID", 1)));
		assertThat(this.service.asked().get(1).arguments().get("row")).isEqualTo(Map.of("ID", 1));
	}

	private void assertStops(Class<?> bean, String reason) {
		this.guarded.runner(bean)
			.run((context) -> assertThat(context.getStartupFailure()).rootCause()
				.isInstanceOf(InvalidAnnotationException.class)
				.hasMessageContaining(reason));
	}

	private ApplicationContextRunner runner(boolean byClass, Class<?> bean) {
		String name = bean.getSimpleName().toLowerCase(Locale.ROOT);
		return this.guarded.runner()
			.withBean(name, bean)
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
			.withPropertyValues("spring.aop.proxy-target-class=" + byClass);
	}

	private void assertGuarded(Runnable call, String... runs) {
		this.service.reset();
		this.service.deny((asked) -> true, "No");
		RAN.clear();
		assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(call::run);
		assertThat(RAN).isEmpty();
		this.service.reset();
		this.service.approve((asked) -> true);
		call.run();
		assertThat(RAN).containsExactly(runs);
		assertThat(this.service.asked()).hasSize(runs.length);
	}

	public static class Refund implements Function<String, String> {

		@Override
		@RequiresPermission(action = "refund")
		public String apply(String order) {
			RAN.add("refund " + order);
			return order;
		}

	}

	public static class Sink implements Consumer<String> {

		@Override
		@RequiresPermission(action = "sink")
		public void accept(String order) {
			RAN.add("sink " + order);
		}

	}

	public static class Names implements Predicate<String> {

		@Override
		@RequiresPermission(action = "names")
		public boolean test(String name) {
			RAN.add("names");
			return true;
		}

	}

	interface RefundFunction extends Function<String, String> {

		@Override
		@RequiresPermission(action = "refund")
		String apply(String order);

	}

	@Configuration(proxyBeanMethods = false)
	static class Lambdas {

		@Bean
		RefundFunction refund() {
			return (order) -> {
				RAN.add("refund " + order);
				return order;
			};
		}

	}

	interface Handler<T> {

		void handle(T value);

	}

	record Mail(String to) {
	}

	public static class MailHandler implements Handler<Mail> {

		@Override
		@RequiresPermission(action = "mail", resource = "#{#mail.to()}")
		public void handle(Mail mail) {
			RAN.add("handle " + mail.to());
		}

	}

	public static class BaseHandler {

		@RequiresPermission(action = "mail")
		public void handle(Mail mail) {
			RAN.add("handle " + mail.to());
		}

	}

	public static class InheritingHandler extends BaseHandler implements Handler<Mail> {

	}

	@RequiresPermission(action = "order")
	public static class Ordering implements Comparator<String> {

		@Override
		public int compare(String one, String other) {
			RAN.add("compare");
			return 0;
		}

	}

	public static class Log extends OutputStream {

		@Override
		@RequiresPermission(action = "write")
		public void write(int value) {
			RAN.add("write");
		}

	}

	public static class Worker extends Thread {

		@Override
		@RequiresPermission(action = "work")
		public void run() {
			RAN.add("work");
		}

	}

	public static class Twice extends Refund {

		public Supplier<String> twice() {
			return () -> andThen(String::toUpperCase).apply("o");
		}

	}

	public static class Overriding extends Refund {

		@Override
		public <V> Function<String, V> andThen(Function<? super String, ? extends V> after) {
			return super.andThen(after);
		}

	}

	public interface Wiping {

		@RequiresPermission(action = "wipe")
		void wipe();

	}

	public static class Introduced implements Wiping {

		@Override
		public void wipe() {
			RAN.add("wiped");
		}

	}

	public static class Plain {

	}

	public static class Wiper implements Wiping {

		@Override
		public void wipe() {
			RAN.add("wiped");
		}

	}

	@Aspect
	public static class Mixing {

		@DeclareParents(value = "io.agentotp.spring.guard.InheritedMethodsTests.Plain", defaultImpl = Introduced.class)
		public static Wiping plain;

		@DeclareParents(value = "io.agentotp.spring.guard.InheritedMethodsTests.Wiper", defaultImpl = Introduced.class)
		public static Wiping wiper;

	}

	public static class Mailer {

		@SuppressWarnings("unused")
		private void send(@NotBound String to, @NotBound String trace) {
		}

		void send(@NotBound String trace) {
		}

	}

	public static class TracedMailer extends Mailer {

		protected void send(String to, @NotBound String trace) {
		}

	}

	public static class PrivateMailer extends TracedMailer {

		@Override
		@RequiresPermission(action = "send")
		public void send(String to, String trace) {
			RAN.add("sent " + to);
		}

	}

	public static class Roots {

		@RequiresPermission(action = "delete", check = "#root != '/'")
		public void delete(String root) {
			RAN.add("deleted " + root);
		}

	}

	public static class Grants {

		@RequiresPermission(action = "delete", scope = "{max: 1}", check = "#granted['max'] > 0")
		public void delete(String granted) {
			RAN.add("deleted " + granted);
		}

	}

	public static class ScopedRoots {

		@RequiresPermission(action = "delete", scope = "{root: #root}")
		public void delete(String root) {
			RAN.add("deleted " + root);
		}

	}

	public static class UnusedRoots {

		@RequiresPermission(action = "delete", scope = "{path: #path}")
		public void delete(String path, String root) {
			RAN.add("deleted " + path);
		}

	}

	public static class Rows {

		@RequiresPermission(action = "save")
		public void save(Map<String, Object> row) {
			RAN.add("saved " + row);
		}

	}

}
