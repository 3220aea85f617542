package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.agentotp.spring.RequiresPermission;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Ways on which a bean calls itself, and such on which it does not.
 */
class SelfInvocationsTests {

	private static List<String> find(Class<?> type) {
		List<Method> guarded = new GuardedMethods(new DefaultListableBeanFactory()).in(type);
		assertThat(guarded).isNotEmpty();
		return SelfInvocations.find(type, guarded);
	}

	@ParameterizedTest
	@ValueSource(classes = { StaticHelper.class, StaticHelperOfAnother.class, StaticHelperAfterAnother.class,
			HelperWithAParameter.class, UnboundInAMap.class, UnboundInAStream.class, UnboundInAConstant.class,
			LambdaInAMap.class, LambdaInAStream.class, LambdaOfAField.class, ReturnsItself.class,
			ReturnsItselfFromItsBase.class, ReturnsItselfStatically.class, Required.class, HelperOfAnInnerClass.class,
			SuperOfAnother.class })
	void findWhenABeanCallsItselfThenFound(Class<?> type) {
		assertThat(find(type)).isNotEmpty().allMatch((call) -> call.endsWith(" calls send()"));
	}

	@ParameterizedTest
	@ValueSource(classes = { Override1.class, GenericOverride.class, OtherInstances.class, PassesItselfOn.class,
			ReturnsAnother.class, Recursive.class, Composite.class })
	void findWhenABeanDoesNotCallItselfThenNothing(Class<?> type) {
		assertThat(find(type)).isEmpty();
	}

	public static class StaticHelper {

		@RequiresPermission(action = "a")
		public void send(String text) {
		}

		public void run() {
			help(1L, this, "text");
		}

		private static void help(long number, StaticHelper it, String text) {
			it.send(text);
		}

	}

	static final class Helpers {

		private Helpers() {
		}

		static void help(StaticHelperOfAnother it) {
			it.send();
		}

	}

	public static class StaticHelperOfAnother {

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			Helpers.help(this);
		}

	}

	public static class StaticHelperAfterAnother {

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			first(this);
		}

		private static void first(StaticHelperAfterAnother it) {
			Runnable second = () -> second(it);
			second.run();
		}

		private static void second(StaticHelperAfterAnother it) {
			it.send();
		}

	}

	public static class HelperWithAParameter {

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			help(this);
		}

		protected void help(HelperWithAParameter other) {
			other.send();
		}

	}

	public static class UnboundInAMap {

		@RequiresPermission(action = "a")
		public void send(String text) {
		}

		public void run(String name) {
			Map<String, BiConsumer<UnboundInAMap, String>> all = Map.of("send", UnboundInAMap::send);
			all.get(name).accept(this, name);
		}

	}

	public static class UnboundInAStream {

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			Stream.of(this).forEach(UnboundInAStream::send);
		}

	}

	public static class UnboundInAConstant {

		private static final Consumer<UnboundInAConstant> SEND = UnboundInAConstant::send;

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			SEND.accept(this);
		}

	}

	public static class LambdaInAMap {

		private static final Map<String, BiConsumer<LambdaInAMap, String>> ALL = Map.of("send",
				(it, text) -> it.send(text));

		@RequiresPermission(action = "a")
		public void send(String text) {
		}

		public void run(String name) {
			ALL.get(name).accept(this, name);
		}

	}

	public static class LambdaInAStream {

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			Optional.of(this).ifPresent((it) -> it.send());
		}

	}

	public static class LambdaOfAField {

		private int calls;

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			Stream.of(this).forEach((it) -> {
				this.calls++;
				it.send();
			});
		}

	}

	public static class ReturnsItself {

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			self().send();
		}

		private ReturnsItself self() {
			return this;
		}

	}

	public abstract static class Fluent<T extends Fluent<T>> {

		@SuppressWarnings("unchecked")
		protected T self() {
			return (T) this;
		}

	}

	public static class ReturnsItselfFromItsBase extends Fluent<ReturnsItselfFromItsBase> {

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			self().send();
		}

	}

	public static class ReturnsItselfStatically {

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			same(this).send();
		}

		private static <T> T same(T it) {
			return it;
		}

	}

	public static class Required {

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			Objects.requireNonNull(this).send();
		}

	}

	public static class HelperOfAnInnerClass {

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			new Inner().help(this);
		}

		static class Inner {

			void help(HelperOfAnInnerClass it) {
				it.send();
			}

		}

	}

	public static class Base {

		@RequiresPermission(action = "a")
		public void send() {
		}

	}

	public static class SuperOfAnother extends Base {

		public void run() {
			super.send();
		}

	}

	public static class Override1 extends Base {

		@Override
		public void send() {
			super.send();
		}

	}

	public static class Crud<T, I> {

		public void delete(I id) {
		}

	}

	public static class GenericOverride extends Crud<String, Long> {

		@Override
		@RequiresPermission(action = "a")
		public void delete(Long id) {
			super.delete(id);
		}

	}

	public static class OtherInstances {

		private final OtherInstances other = this;

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run(OtherInstances another) {
			another.send();
			help(another);
			Runnable later = () -> another.send();
			later.run();
			Runnable reference = another::send;
			reference.run();
			self().send();
		}

		private static void help(OtherInstances it) {
			it.send();
		}

		private OtherInstances self() {
			return this.other;
		}

	}

	public static class PassesItselfOn {

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			Objects.hash(this);
			help(this);
		}

		private static void help(Object it) {
			System.identityHashCode(it);
		}

	}

	public static class ReturnsAnother {

		private ReturnsAnother proxy;

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			proxy().send();
		}

		private ReturnsAnother proxy() {
			return (this.proxy != null) ? this.proxy : this.proxy;
		}

	}

	public static class Recursive {

		@RequiresPermission(action = "a")
		public void send() {
		}

		public Recursive run(int depth) {
			return (depth > 0) ? again(this, depth - 1) : null;
		}

		private static Recursive again(Recursive it, int depth) {
			return it.run(depth);
		}

	}

	public interface Sender {

		@RequiresPermission(action = "a")
		void send();

	}

	public static class Composite implements Sender {

		private final List<Sender> all = List.of();

		@Override
		public void send() {
			this.all.forEach(Sender::send);
			this.all.forEach((each) -> each.send());
		}

	}

}
