package io.agentotp.spring.guard;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.InvalidAnnotationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An attribute is evaluated on the bean itself, where no proxy guards what it calls.
 */
class AttributeSelfCallTests {

	private static final List<String> RAN = new CopyOnWriteArrayList<>();

	private final Guarded guarded = new Guarded();

	@BeforeEach
	void forget() {
		RAN.clear();
	}

	@ParameterizedTest
	@ValueSource(classes = { Calls.class, CallsRoot.class, CallsThis.class, CallsInArguments.class, CallsInList.class,
			CallsInSelection.class, CallsInCheck.class, Reads.class, ReadsByClass.class, CallsInherited.class })
	void startWhenAnAttributeCallsAGuardedMethodThenStops(Class<?> bean) {
		this.guarded.runner(bean)
			.run((context) -> assertThat(context.getStartupFailure()).rootCause()
				.isInstanceOf(InvalidAnnotationException.class)
				.hasMessageContaining("which is guarded, past the proxy"));
		assertThat(RAN).isEmpty();
	}

	@Test
	void callWhenAnAttributeReadsSomethingElseOfThatNameThenRuns() {
		this.guarded.run(Harmless.class, (bean) -> bean.run(List.of(new Order("o", 1)), new Order("p", 2)));
		assertThat(RAN).containsExactly("run");
		assertThat(this.guarded.service.asked().get(0).resource()).contains("p of db, 1");
	}

	public record Order(String wipe, int tenant) {
	}

	public static class Base {

		@RequiresPermission(action = "wipe")
		public String wipe() {
			RAN.add("wipe");
			return "wiped";
		}

		@RequiresPermission(action = "tenant")
		public String getTenant() {
			RAN.add("tenant");
			return "db";
		}

		public String getName() {
			return "db";
		}

		public String name(String name) {
			return name;
		}

	}

	public static class Calls extends Base {

		@RequiresPermission(action = "run", resource = "db:#{wipe()}")
		public void run() {
		}

	}

	public static class CallsRoot extends Base {

		@RequiresPermission(action = "run", scope = "{name: #root.wipe()}")
		public void run() {
		}

	}

	public static class CallsThis extends Base {

		@RequiresPermission(action = "run", context = "{name: #this.wipe()}")
		public void run() {
		}

	}

	public static class CallsInArguments extends Base {

		@RequiresPermission(action = "run", resource = "#{name(wipe())}")
		public void run() {
		}

	}

	public static class CallsInList extends Base {

		@RequiresPermission(action = "run", resource = "#{{'a', wipe()}[1].concat(wipe())}")
		public void run() {
		}

	}

	public static class CallsInSelection extends Base {

		@RequiresPermission(action = "run", scope = "{names: #names.![#root.wipe()]}")
		public void run(List<String> names) {
		}

	}

	public static class CallsInCheck extends Base {

		@RequiresPermission(action = "run", scope = "{max: 1}", check = "#granted['max'] > 0 and wipe() == 'x'")
		public void run() {
		}

	}

	public static class Reads extends Base {

		@RequiresPermission(action = "run", reason = "for #{tenant}")
		public void run() {
		}

	}

	@RequiresPermission(action = "run", resource = "db:#{tenant}")
	public static class ReadsByClass {

		public void run() {
		}

		public String getTenant() {
			RAN.add("tenant");
			return "db";
		}

	}

	public interface Wiping {

		@RequiresPermission(action = "wipe")
		String wipe();

	}

	public static class CallsInherited implements Wiping {

		@Override
		public String wipe() {
			RAN.add("wipe");
			return "wiped";
		}

		@RequiresPermission(action = "run", resource = "#{wipe()}")
		public void run() {
		}

	}

	public static class Harmless extends Base {

		@RequiresPermission(action = "run",
				resource = "#{#order.wipe()} of #{name(#root.name)}, #{#orders.![tenant][0]}",
				scope = "{wipe: 1, tenant: #order.tenant}")
		public void run(List<Order> orders, Order order) {
			RAN.add("run");
		}

	}

}
