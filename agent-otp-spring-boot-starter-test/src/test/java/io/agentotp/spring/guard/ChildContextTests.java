package io.agentotp.spring.guard;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import io.agentotp.PermissionPendingException;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import io.agentotp.spring.operation.InvalidAnnotationException;
import io.agentotp.test.AskedPermission;
import io.agentotp.test.FakeAgentOtp;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Beans of one name and class in several contexts: an approval of one is not picked up by
 * the other.
 */
class ChildContextTests {

	private static final List<String> RAN = new CopyOnWriteArrayList<>();

	private final Guarded guarded = new Guarded();

	private final FakeAgentOtp service = this.guarded.service.leavePending((asked) -> true);

	@BeforeEach
	void forget() {
		RAN.clear();
	}

	static Stream<Naming> names() {
		return Stream.of(AnnotationConfigApplicationContext::setDisplayName, AnnotationConfigApplicationContext::setId);
	}

	@ParameterizedTest
	@MethodSource("names")
	void callWhenContextsHaveNamesThenEachHasItsOwnApprovals(Naming naming) {
		this.guarded.runner().run((parent) -> {
			try (ConfigurableApplicationContext test = child(parent, "test", naming);
					ConfigurableApplicationContext live = child(parent, "live", naming)) {
				Database one = test.getBean(Database.class);
				Database other = live.getBean(Database.class);
				assertPending(one);
				this.service.decidePending(true, null);
				assertPending(other);
				assertThat(RAN).isEmpty();
				one.run("drop t");
				assertThat(RAN).containsExactly("test drop t");
				assertThat(this.service.asked()).extracting((asked) -> target(asked))
					.containsExactly("db of test", "db of live");
			}
		});
	}

	@Test
	void callWhenTheSameContextIsMadeAgainThenPicksItUp() {
		this.guarded.runner().run((parent) -> {
			try (ConfigurableApplicationContext test = child(parent, "test",
					AnnotationConfigApplicationContext::setDisplayName)) {
				assertPending(test.getBean(Database.class));
			}
			this.service.decidePending(true, null);
			try (ConfigurableApplicationContext again = child(parent, "test",
					AnnotationConfigApplicationContext::setDisplayName)) {
				again.getBean(Database.class).run("drop t");
			}
			assertThat(RAN).containsExactly("test drop t");
		});
	}

	@Test
	void callWhenAChildOfAChildHasItsNameThenBothNamesCount() {
		Naming naming = AnnotationConfigApplicationContext::setId;
		this.guarded.runner().run((parent) -> {
			try (ConfigurableApplicationContext one = child(parent, "one", naming);
					ConfigurableApplicationContext two = child(parent, "two", naming);
					ConfigurableApplicationContext inOne = child(one, "inner", naming);
					ConfigurableApplicationContext inTwo = child(two, "inner", naming)) {
				assertPending(inOne.getBean("db", Database.class));
				this.service.decidePending(true, null);
				assertPending(inTwo.getBean("db", Database.class));
				assertThat(RAN).isEmpty();
			}
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void startWhenContextsCannotBeToldApartThenStopsWithTheRemedy(boolean named) {
		Naming naming = named ? (context, name) -> context.setDisplayName("tenant") : (context, name) -> {
		};
		this.guarded.runner().run((parent) -> {
			try (ConfigurableApplicationContext test = child(parent, "test", naming)) {
				assertAmbiguous(() -> child(parent, "live", naming));
			}
			assertThatCode(() -> child(parent, "live", naming).close()).doesNotThrowAnyException();
		});
	}

	@Test
	void startWhenAContextCannotBeToldFromItsParentThenStops() {
		this.guarded.runner()
			.withBean("db", Database.class, () -> new Database("parent"))
			.run((parent) -> assertAmbiguous(() -> child(parent, "test", (context, name) -> {
			})));
	}

	/** Whichever of two is made first has the first number. */
	@Test
	void callWhenItsContextHasNoNameThatLastsThenRefused() {
		this.guarded.runner().run((parent) -> {
			try (ConfigurableApplicationContext unnamed = child(parent, "test", (context, name) -> {
			})) {
				assertRefused(unnamed.getBean(Database.class));
			}
			try (ConfigurableApplicationContext counted = child(parent, parent.getId() + "-1",
					AnnotationConfigApplicationContext::setId)) {
				assertRefused(counted.getBean(Database.class));
			}
			assertThat(RAN).isEmpty();
			assertThat(this.service.asked()).isEmpty();
		});
	}

	@Test
	void callWhenItWaitsThenItsContextNeedsNoName() {
		this.service.reset();
		this.service.approve((asked) -> true);
		this.guarded.runner().run((parent) -> {
			try (ConfigurableApplicationContext unnamed = child(parent, "test", (context, name) -> {
			})) {
				unnamed.getBean(Database.class).runAfterAll("drop t");
			}
			assertThat(RAN).containsExactly("test drop t");
			assertThat(this.service.asked()).extracting((asked) -> target(asked)).containsExactly("db");
		});
	}

	private static Object target(AskedPermission asked) {
		return String.valueOf(asked.call().get("target")).replaceAll(".*bean=([^,}]*).*", "$1");
	}

	private static void assertAmbiguous(ThrowingCallable start) {
		assertThatCode(start).rootCause().isInstanceOfSatisfying(InvalidAnnotationException.class, (ex) -> {
			assertThat(ex.problem()).contains("another application context has a bean 'db'");
			assertThat(ex.remedy()).contains("setDisplayName");
		});
	}

	private static void assertPending(Database database) {
		assertThatExceptionOfType(PermissionPendingException.class).isThrownBy(() -> database.run("drop t"));
	}

	private static void assertRefused(Database database) {
		assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> database.run("drop t"))
			.withMessageContainingAll("Database.run", "setDisplayName", "onPending = WAIT")
			.extracting(CallRefusedException::code)
			.isEqualTo("TARGET_UNKNOWN");
	}

	private static ConfigurableApplicationContext child(ApplicationContext parent, String name, Naming naming) {
		AnnotationConfigApplicationContext child = new AnnotationConfigApplicationContext();
		child.setParent(parent);
		naming.name(child, name);
		child.register(AgentOtpMethodAutoConfiguration.class);
		child.registerBean("db", Database.class, () -> new Database(name));
		child.refresh();
		return child;
	}

	@FunctionalInterface
	interface Naming {

		void name(AnnotationConfigApplicationContext context, String name);

	}

	public static class Database {

		private final String name;

		public Database(String name) {
			this.name = name;
		}

		@RequiresPermission(action = "db", onPending = OnPending.THROW)
		public String run(String sql) {
			RAN.add(this.name + " " + sql);
			return "done";
		}

		@RequiresPermission(action = "db")
		public String runAfterAll(String sql) {
			RAN.add(this.name + " " + sql);
			return "done";
		}

	}

}
