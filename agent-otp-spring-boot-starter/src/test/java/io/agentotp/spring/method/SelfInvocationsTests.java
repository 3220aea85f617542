package io.agentotp.spring.method;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.FutureTask;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.agentotp.spring.RequiresPermission;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.context.ApplicationContext;

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
	@ValueSource(classes = { NestedInnerClasses.class, StaticHelper.class, StaticHelperOfAnother.class,
			StaticHelperAfterAnother.class, HelperWithAParameter.class, UnboundInAMap.class, UnboundInAStream.class,
			UnboundInAConstant.class, LambdaInAMap.class, LambdaInAStream.class, LambdaOfAField.class,
			ReturnsItself.class, ReturnsItselfFromItsBase.class, ReturnsItselfStatically.class, Required.class,
			HelperOfAnInnerClass.class, SuperOfAnother.class, InAnArray.class, InALoop.class, InAList.class,
			InAnOptional.class, ByASupplier.class, ByAReference.class, ByAFunctionOfItsOwn.class, OrElseItself.class,
			ByItsClass.class, ByAThreadLocal.class, ByIdentity.class, MappedToItself.class, ByALambdaOfObjects.class,
			InterfaceInAStream.class, InterfaceInAConstant.class, InterfaceInAMap.class, InterfaceOfAFunction.class,
			InterfaceInAHelper.class, InVariableArguments.class, ByAHelpersSupplier.class, InALocalVariable.class,
			InAConstantsBody.class, InAField.class, InAListField.class, InARecord.class, InACombinedFunction.class,
			InNestedArrays.class, OfAnInnerClass.class, HelperBehindAnInterface.class, ReturnsAListOfItself.class,
			ReturnsAnArrayOfItself.class, ASingleton.class, InAListOfLists.class, InAListOfTheCaller.class,
			InAFunctionOfTheCaller.class, InACopiedArray.class, ByAnIterator.class, InAListOfRecords.class,
			InAListOfListsOfAStream.class, HelperThatItMakes.class, HelperOfABaseThatItMakes.class })
	void findWhenABeanCallsItselfThenFound(Class<?> type) {
		assertThat(find(type)).isNotEmpty().allMatch((call) -> call.matches(".+\\) calls send\\((String)?\\)"));
	}

	@ParameterizedTest
	@ValueSource(classes = { AsAConsumer.class, AsAComparable.class, AsTheGreatest.class, AsACallable.class,
			AsOneOfSeveralCallables.class })
	void findWhenABeanHandsItselfOverAsAFunctionThenFound(Class<?> type) {
		assertThat(find(type)).isNotEmpty()
			.allMatch((call) -> call.matches("run\\(\\) calls (accept|compareTo|call)\\(\\w*\\)"));
	}

	@ParameterizedTest
	@ValueSource(classes = { OverrideInALambda.class, OverrideByAReference.class, AsAnObject.class,
			ByItsClassToAnInterface.class, Override1.class, GenericOverride.class, OtherInstances.class,
			PassesItselfOn.class, ReturnsAnother.class, Recursive.class, Composite.class, ContainsOthers.class,
			OtherHelper.class })
	void findWhenABeanDoesNotCallItselfThenNothing(Class<?> type) {
		assertThat(find(type)).isEmpty();
	}

	public static class NestedInnerClasses {

		@RequiresPermission(action = "a")
		public String send() {
			return "sent";
		}

		public Callable<Callable<String>> sendAll() {
			return new Callable<>() {

				@Override
				public Callable<String> call() {
					return new Callable<>() {

						@Override
						public String call() {
							return send();
						}

					};
				}

			};
		}

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

	public static class OneSender {

		@RequiresPermission(action = "a")
		public void send() {
		}

	}

	public static class ByItsClass extends OneSender {

		public void run() {
			Objects.requireNonNull(OneSender.class.cast(this)).send();
		}

	}

	public static class ByAThreadLocal extends OneSender {

		public void run() {
			ThreadLocal.withInitial(() -> this).get().send();
		}

	}

	public static class ByIdentity extends OneSender {

		public void run() {
			Stream.of(Function.<OneSender>identity().apply(this)).toList().get(0).send();
		}

	}

	public static class MappedToItself extends OneSender {

		public void run() {
			((OneSender) Optional.of(this).map(MappedToItself::same).get()).send();
		}

		private static Object same(Object it) {
			return it;
		}

	}

	public static class ByALambdaOfObjects extends OneSender {

		public void run() {
			Optional.<Object>of(this).ifPresent((it) -> ((OneSender) it).send());
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

	public static class InAnArray {

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			InAnArray[] all = { this };
			all[0].send();
		}

	}

	public static class InALoop {

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			for (InALoop it : List.of(this)) {
				it.send();
			}
		}

	}

	public static class InAList {

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			List<InAList> all = new ArrayList<>();
			all.add(this);
			all.get(0).send();
		}

	}

	public static class InAnOptional {

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			self().send();
		}

		private InAnOptional self() {
			return Optional.of(this).get();
		}

	}

	public static class ByASupplier {

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			Supplier<ByASupplier> self = () -> this;
			self.get().send();
		}

	}

	public static class ByAReference {

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			Supplier<ByAReference> self = this::self;
			self.get().send();
		}

		private ByAReference self() {
			return this;
		}

	}

	public static class ByAFunctionOfItsOwn {

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			Self self = () -> this;
			self.it().send();
		}

		interface Self {

			ByAFunctionOfItsOwn it();

		}

	}

	public static class OrElseItself {

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			Optional.<OrElseItself>empty().orElse(this).send();
		}

	}

	public static class ContainsOthers implements Supplier<String> {

		private final List<ContainsOthers> others = List.of();

		private ApplicationContext context;

		@RequiresPermission(action = "a")
		public void send() {
		}

		@Override
		@RequiresPermission(action = "a")
		public String get() {
			return "";
		}

		public void run(ContainsOthers another) {
			this.others.get(0).send();
			Optional.of(this).get();
			this.context.getBean(getClass()).send();
			List<ContainsOthers> all = List.of(another);
			all.forEach((it) -> this.others.remove(another));
			all.get(0).send();
			Supplier<ContainsOthers> other = () -> another;
			other.get().send();
			Optional.of(this).map((it) -> another).get().send();
			List.of(this).get(0).toString();
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

		private OtherInstances other;

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

		private final List<Sender> all = new ArrayList<>();

		private final Consumer<Sender> action = Sender::send;

		@Override
		public void send() {
			this.all.remove(this);
			this.all.forEach(Sender::send);
			this.action.accept(this.all.get(0));
			this.all.forEach((each) -> each.send());
			for (Sender each : this.all) {
				new Thread() {

					@Override
					public void run() {
						each.send();
					}

				}.start();
			}
		}

	}

	abstract static class GuardedSender implements Sender {

		@Override
		public void send() {
		}

		protected static void all(Sender... all) {
			all[0].send();
		}

		protected static void given(Supplier<Sender> supplier) {
			supplier.get().send();
		}

	}

	public static class InterfaceInAStream extends GuardedSender {

		public void run() {
			Stream.<Sender>of(this).forEach(Sender::send);
		}

	}

	public static class InterfaceInAConstant extends GuardedSender {

		private static final Consumer<Sender> SEND = Sender::send;

		public void run() {
			SEND.accept(this);
		}

	}

	public static class InterfaceInAMap extends GuardedSender {

		private static final Map<String, Consumer<Sender>> ACTIONS = Map.of("send", (it) -> it.send());

		public void run() {
			ACTIONS.get("send").accept(this);
		}

	}

	public static class InterfaceOfAFunction extends GuardedSender {

		interface Action {

			void apply(Sender sender);

		}

		public void run() {
			Action action = Sender::send;
			action.apply(this);
		}

	}

	public static class InterfaceInAHelper extends GuardedSender {

		public void run() {
			with((it) -> it.send());
		}

		private void with(Consumer<Sender> action) {
			action.accept(this);
		}

	}

	public static class InVariableArguments extends GuardedSender {

		public void run() {
			all(this);
		}

	}

	public static class ByAHelpersSupplier extends GuardedSender {

		public void run() {
			given(() -> this);
		}

	}

	public static class InALocalVariable extends GuardedSender {

		public void run() {
			Sender it = this;
			new Thread() {

				@Override
				public void run() {
					it.send();
				}

			}.start();
		}

	}

	public static class InAConstantsBody extends GuardedSender {

		enum Action {

			SEND {
				@Override
				void apply(Sender sender) {
					sender.send();
				}
			};

			abstract void apply(Sender sender);

		}

		public void run() {
			Action.SEND.apply(this);
		}

	}

	public static class InAField extends GuardedSender {

		private final Sender self = this;

		public void run() {
			this.self.send();
		}

	}

	public static class InAListField extends GuardedSender {

		private final List<Sender> all = new ArrayList<>();

		void add() {
			this.all.add(this);
		}

		public void run() {
			this.all.get(0).send();
		}

	}

	public static class InACombinedFunction extends GuardedSender {

		public void run(Consumer<Sender> action) {
			action.andThen((it) -> it.send()).accept(this);
		}

	}

	public static class InNestedArrays extends GuardedSender {

		public void run() {
			Sender[][] all = { { this } };
			all.clone()[0][0].send();
		}

	}

	public static class OfAnInnerClass extends GuardedSender {

		class Inner {

			Sender outer() {
				return OfAnInnerClass.this;
			}

		}

		public void run() {
			new Inner().outer().send();
		}

	}

	public static class InARecord extends GuardedSender {

		record Step(Sender sender) {

			void run() {
				this.sender.send();
			}

		}

		public void run() {
			new Step(this).run();
		}

	}

	public static class AsAConsumer implements Consumer<String> {

		@Override
		@RequiresPermission(action = "a")
		public void accept(String text) {
		}

		public void run() {
			List.of("a").forEach(this);
		}

	}

	public static class AsAComparable implements Comparable<AsAComparable> {

		@Override
		@RequiresPermission(action = "a")
		public int compareTo(AsAComparable other) {
			return 0;
		}

		public void run() {
			new TreeSet<AsAComparable>().add(this);
		}

	}

	public static class AsTheGreatest implements Comparable<AsTheGreatest> {

		@Override
		@RequiresPermission(action = "a")
		public int compareTo(AsTheGreatest other) {
			return 0;
		}

		public void run() {
			Collections.max(List.of(this));
		}

	}

	public static class AsACallable implements Callable<String> {

		@Override
		@RequiresPermission(action = "a")
		public String call() {
			return "";
		}

		public void run() {
			new FutureTask<>(this).run();
		}

	}

	public static class AsOneOfSeveralCallables implements Callable<String> {

		@Override
		@RequiresPermission(action = "a")
		public String call() {
			return "";
		}

		public void run() throws Exception {
			ForkJoinPool.commonPool().invokeAll(List.of(this));
		}

	}

	public static class AsAnObject extends GuardedSender {

		public void run() {
			new ArrayList<Object>().add(this);
			Objects.hash(this);
		}

	}

	public static class ByItsClassToAnInterface {

		interface Check {

			void check(ByItsClassToAnInterface it);

		}

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run(Check check) {
			check.check(this);
		}

	}

	/** It stands beside the beans, in a class of its own. */
	interface Step<T> {

		void take(HelperThatItMakes it, T text);

	}

	interface NamedStep extends Step<String> {

	}

	static class SendingStep implements NamedStep {

		@Override
		public void take(HelperThatItMakes it, String text) {
			it.send();
		}

	}

	public static class HelperThatItMakes {

		private final NamedStep step;

		public HelperThatItMakes() {
			this.step = new SendingStep();
		}

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			this.step.take(this, "now");
		}

	}

	abstract static class Worker {

		abstract void work(HelperOfABaseThatItMakes it);

	}

	abstract static class CarefulWorker extends Worker {

	}

	static class SendingWorker extends CarefulWorker {

		@Override
		void work(HelperOfABaseThatItMakes it) {
			it.send();
		}

	}

	public static class HelperOfABaseThatItMakes {

		private final Worker worker = new SendingWorker();

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			this.worker.work(this);
		}

	}

	interface Check {

		void check(OtherHelper it);

	}

	static class Counting implements Check {

		private int count;

		@Override
		public void check(OtherHelper it) {
			this.count++;
		}

	}

	public static class OtherHelper {

		private final Check check = new Counting();

		@RequiresPermission(action = "a")
		public void send() {
		}

		public void run() {
			this.check.check(this);
		}

	}

	public static class HelperBehindAnInterface extends GuardedSender {

		interface Helper {

			void help(Sender sender);

		}

		public void run(Helper helper) {
			helper.help(this);
		}

	}

	public static class ReturnsAListOfItself extends GuardedSender {

		private List<Sender> all() {
			return List.of(this);
		}

		public void run() {
			for (Sender each : all()) {
				each.send();
			}
		}

	}

	public static class ReturnsAnArrayOfItself extends GuardedSender {

		private Sender[] all() {
			return new Sender[] { this };
		}

		public void run() {
			all()[0].send();
		}

	}

	public static class ASingleton extends GuardedSender {

		private static Sender instance;

		ASingleton() {
			instance = this;
		}

		private static Sender get() {
			return instance;
		}

		public void run() {
			get().send();
		}

	}

	public static class InAListOfLists extends GuardedSender {

		private final Map<String, List<Sender>> all = new HashMap<>();

		public void run() {
			this.all.computeIfAbsent("a", (key) -> new ArrayList<>()).add(this);
			this.all.get("a").get(0).send();
		}

	}

	public static class InAListOfListsOfAStream extends GuardedSender {

		private final Map<String, List<Sender>> all = new HashMap<>();

		public void run() {
			this.all.computeIfAbsent("a", (key) -> new ArrayList<>()).add(this);
			this.all.values().stream().flatMap(List::stream).forEach(Sender::send);
		}

	}

	public static class InAListOfTheCaller extends GuardedSender {

		private void fill(int count, List<Sender> all) {
			all.add(this);
		}

		public void run(List<Sender> all) {
			fill(1, all);
			all.get(0).send();
		}

	}

	public static class InAFunctionOfTheCaller extends GuardedSender {

		private void fill(Consumer<Sender> all) {
			all.accept(this);
		}

		public void run() {
			List<Sender> all = new ArrayList<>();
			fill(all::add);
			all.get(0).send();
		}

	}

	public static class InACopiedArray extends GuardedSender {

		public void run() {
			Sender[] all = { this };
			Sender[] copy = new Sender[1];
			System.arraycopy(all, 0, copy, 0, 1);
			copy[0].send();
		}

	}

	public static class ByAnIterator extends GuardedSender {

		public void run() {
			Iterator<Sender> all = new Iterator<>() {

				@Override
				public boolean hasNext() {
					return true;
				}

				@Override
				public Sender next() {
					return ByAnIterator.this;
				}

			};
			all.next().send();
		}

	}

	public static class InAListOfRecords extends GuardedSender {

		record Step(Sender sender) {
		}

		private final List<Step> all = new ArrayList<>();

		public void run() {
			this.all.add(new Step(this));
			this.all.stream().map(Step::sender).forEach(Sender::send);
		}

	}

	public static class OverrideInALambda extends GuardedSender {

		@Override
		@RequiresPermission(action = "b")
		public void send() {
			Optional.of(1).ifPresent((number) -> super.send());
		}

	}

	public static class OverrideByAReference extends GuardedSender {

		@Override
		@RequiresPermission(action = "b")
		public void send() {
			new Thread(super::send).start();
		}

	}

	public static class OverloadOfAnOverride extends GuardedSender {

		public void send(int count) {
			Optional.of(count).ifPresent((number) -> super.send());
		}

	}

}
