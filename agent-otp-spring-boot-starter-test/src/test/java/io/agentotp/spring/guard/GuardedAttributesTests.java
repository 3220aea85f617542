package io.agentotp.spring.guard;

import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Calendar;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TimeZone;
import java.util.function.Consumer;

import io.agentotp.spring.BoundForm;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.NotBound;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.config.BeanDefinition;
import org.springframework.beans.factory.support.BeanDefinitionRegistry;
import org.springframework.beans.factory.support.RootBeanDefinition;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What attributes evaluate to: the same on each machine, and no more than a request
 * carries.
 */
class GuardedAttributesTests {

	private static final List<Object> RAN = new ArrayList<>();

	private final TimeZone zone = TimeZone.getDefault();

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service;

	@BeforeEach
	void forget() {
		RAN.clear();
	}

	@AfterEach
	void restore() {
		TimeZone.setDefault(this.zone);
	}

	@ParameterizedTest
	@ValueSource(strings = { "UTC", "Pacific/Auckland" })
	void callWhenADateIsInATextThenAnInstant(String zone) {
		TimeZone.setDefault(TimeZone.getTimeZone(zone));
		Calendar calendar = Calendar.getInstance(TimeZone.getTimeZone("Asia/Tokyo"));
		calendar.setTimeInMillis(0);
		this.guarded.run(Dates.class, (dates) -> {
			dates.plan(new Date(0), calendar, new Date[] { new Date(0) }, new Timestamp(1));
			AskedPermission asked = this.service.asked().get(0);
			assertThat(asked.resource()).isEqualTo("1970-01-01T00:00:00Z 1970-01-01T00:00:00Z 1970-01-01T00:00:00Z"
					+ " on 1970-01-01T00:00:00Z at 1970-01-01T00:00:00.001Z");
			assertThat(asked.scope()).containsEntry("until", "1970-01-01T00:00:00Z")
				.containsEntry("from", "1970-01-01T00:00:00Z");
		});
	}

	@ParameterizedTest
	@ValueSource(classes = { ByAccessor.class, ByGetter.class, ByMethod.class, ByNested.class })
	void startWhenTheScopeIsAPropertyThatIsNoMapThenStops(Class<?> bean) {
		this.guarded.runner(bean)
			.run((context) -> assertThat(context).getFailure().rootCause().hasMessageContaining("scope is no map: #"));
	}

	@Test
	void startWhenTheScopeIsAPropertyThatMayBeAMapThenStarts() {
		this.guarded.run(Mapped.class, (mapped) -> {
			mapped.call(new Limits("a", Map.of("max", 3), List.of()));
			assertThat(this.service.asked().get(0).scope()).isEqualTo(Map.of("max", 3));
		});
	}

	@Test
	void startWhenAFormIsForAClassWithTypeArgumentsThenStops() {
		this.guarded.runner(Listed.class)
			.withUserConfiguration(ListForm.class)
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContainingAll("'names'", "listForm", "java.util.List<java.lang.String>"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "reason", "context", "scope" })
	void callWhenAnAttributeIsTooLargeThenRefusedByNameAndNothingIsSent(String attribute) {
		this.guarded.run(Large.class, (large) -> {
			Map<String, Consumer<String>> calls = Map.of("reason", large::reason, "context", large::context, "scope",
					large::scope);
			assertThatExceptionOfType(CallRefusedException.class)
				.isThrownBy(() -> calls.get(attribute).accept("ä".repeat(35_000)))
				.withMessageContainingAll("'" + attribute + "'", "Large.", "65536")
				.withMessageNotContaining("ää")
				.satisfies((ex) -> assertThat(ex.code()).isEqualTo("ATTRIBUTE_INVALID"));
			assertThat(this.service.asked()).isEmpty();
			assertThat(RAN).isEmpty();
			calls.get(attribute).accept("a".repeat(8_000));
			assertThat(RAN).hasSize(1);
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "'max'", "an element of a list", "'least'" })
	void callWhenALimitOfTheScopeIsNullThenRefusedWithoutAsking(String place) {
		this.guarded.run(Limited.class, (limited) -> {
			assertThatExceptionOfType(CallRefusedException.class)
				.isThrownBy(() -> limited.call(place.equals("'max'") ? null : 1, place.startsWith("an") ? null : "ann",
						place.equals("'least'") ? Optional.empty() : Optional.of(1)))
				.withMessageContainingAll("The attribute 'scope' of", "Limited.call", place)
				.satisfies((ex) -> assertThat(ex.code()).isEqualTo("ATTRIBUTE_INVALID"));
			assertThat(this.service.asked()).isEmpty();
			assertThat(RAN).isEmpty();
			limited.call(1, "ann", Optional.of(1));
			assertThat(RAN).hasSize(1);
		});
	}

	@Test
	void callWhenItExceedsItsCheckThenTheMethodIsNamed() {
		this.guarded.run(Limited.class,
				(limited) -> assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> limited.check(5))
					.withMessageContaining("#amount < #granted['max'] is not true")
					.withMessageContaining("Limited.check(int)"));
	}

	@Test
	void checkWhenATextHasAnAtSignThenTriedAheadAndABeanIsNot() {
		this.guarded.run(Checked.class, (checked) -> {
			Order order = new Order();
			checked.order(order);
			assertThat(RAN).hasSize(1);
			assertThat(order.reads).isEqualTo(2);
		});
	}

	@Test
	void callWhenTheBeanIsAnInnerOneThenItsNameIsTheSameAfterARestart() {
		List<Object> names = new ArrayList<>();
		for (int i = 0; i < 2; i++) {
			this.guarded.runner()
				.withInitializer((context) -> inner((BeanDefinitionRegistry) context.getBeanFactory(), "desk"))
				.run((context) -> context.getBean(Desk.class).inner.call());
		}
		this.service.asked().forEach((asked) -> names.add(((Map<?, ?>) asked.call().get("target")).get("bean")));
		assertThat(names).hasSize(2).allMatch((name) -> name.equals(names.get(0)));
		assertThat(names.get(0).toString()).contains("desk").doesNotContain("#");
	}

	@Test
	void startWhenTwoInnerBeansHaveOneNameThenStops() {
		this.guarded.runner().withInitializer((context) -> {
			BeanDefinitionRegistry registry = (BeanDefinitionRegistry) context.getBeanFactory();
			inner(registry, "desk");
			BeanDefinition desk = registry.getBeanDefinition("desk");
			desk.getPropertyValues().add("other", new RootBeanDefinition(Plain.class));
		})
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.hasMessageContainingAll("Plain.call()", "inner bean", "'desk'"));
	}

	private static void inner(BeanDefinitionRegistry registry, String name) {
		RootBeanDefinition desk = new RootBeanDefinition(Desk.class);
		desk.getPropertyValues().add("inner", new RootBeanDefinition(Plain.class));
		registry.registerBeanDefinition(name, desk);
	}

	@Test
	void callWhenShownThenTheMethodDoesNotRepeatItsClass() {
		this.guarded.run(Plain.class, (plain) -> {
			plain.call();
			assertThat(this.service.asked().get(0).call()).extractingByKey("target")
				.asString()
				.contains("type=" + Plain.class.getName() + ", method=call()");
		});
	}

	static class Dates {

		@RequiresPermission(action = "plan", resource = "#{#from} #{#until} #{#all} #{'on ' + #from} at #{#stamp}",
				scope = "{from: #from, until: #until}")
		public void plan(Date from, @NotBound Calendar until, Date[] all, Timestamp stamp) {
		}

	}

	public record Limits(String id, Map<String, Integer> values, List<String> names) {

		public int getCount() {
			return this.names.size();
		}

		public Limits nested() {
			return this;
		}

	}

	static class ByAccessor {

		@RequiresPermission(action = "a", scope = "#limits.id")
		public void call(Limits limits) {
		}

	}

	static class ByGetter {

		@RequiresPermission(action = "a", scope = "#limits.count")
		public void call(Limits limits) {
		}

	}

	static class ByMethod {

		@RequiresPermission(action = "a", scope = "#limits.names()")
		public void call(Limits limits) {
		}

	}

	static class ByNested {

		@RequiresPermission(action = "a", scope = "#limits?.nested().id")
		public void call(Limits limits) {
		}

	}

	static class Mapped {

		@RequiresPermission(action = "a", scope = "#limits.nested().values")
		public void call(Limits limits) {
		}

	}

	static class Listed {

		@RequiresPermission(action = "a")
		public void call(List<String> names) {
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ListForm {

		@Bean
		BoundForm<List<String>> listForm() {
			return List::size;
		}

	}

	static class Large {

		@RequiresPermission(action = "a", reason = "#{#text}")
		public void reason(@NotBound String text) {
			RAN.add(text);
		}

		@RequiresPermission(action = "a", context = "{text: #text}")
		public void context(@NotBound String text) {
			RAN.add(text);
		}

		@RequiresPermission(action = "a", scope = "{text: #text}")
		public void scope(@NotBound String text) {
			RAN.add(text);
		}

	}

	static class Order {

		private transient int reads;

		public String getOwner() {
			this.reads++;
			return "ann@example.com";
		}

	}

	static class Checked {

		@RequiresPermission(action = "a", check = "#order.owner == 'ann@example.com'")
		public void order(@NotBound Order order) {
			RAN.add(order);
		}

	}

	public static class Plain {

		@RequiresPermission(action = "a")
		public void call() {
			RAN.add("call");
		}

	}

	public static class Desk {

		private Plain inner;

		private Plain other;

		public void setInner(Plain inner) {
			this.inner = inner;
		}

		public void setOther(Plain other) {
			this.other = other;
		}

		Plain other() {
			return this.other;
		}

	}

	public static class Limited {

		@RequiresPermission(action = "limited", scope = "{max: #max, allowed: {#name, 'bob'}, nested: {least: #least}}")
		public void call(@Nullable Integer max, @Nullable String name, Optional<Integer> least) {
			RAN.add(least);
		}

		@RequiresPermission(action = "checked", scope = "{max: #amount}", check = "#amount < #granted['max']")
		public void check(int amount) {
			RAN.add(amount);
		}

	}

}
