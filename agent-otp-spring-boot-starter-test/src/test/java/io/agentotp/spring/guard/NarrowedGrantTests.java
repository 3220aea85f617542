package io.agentotp.spring.guard;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.Permission;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.PermissionContext;
import io.agentotp.spring.RequiresPermission;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A grant of less than was asked for runs only where the method says that it takes that
 * into account, and a grant of more never.
 */
class NarrowedGrantTests {

	private static final Map<String, Object> NARROWED = Map.of("max", 50, "nested",
			Map.of("allowed_to", List.of("a", "b")));

	private final Guarded guarded = new Guarded();

	@ParameterizedTest
	@EnumSource
	void callWhenGrantedAsAskedThenRuns(Call call) {
		this.guarded.run(Desk.class, (desk) -> {
			call.body.run(desk, 100);
			assertThat(desk.ran()).hasSize(1);
		});
	}

	@ParameterizedTest
	@EnumSource(mode = EnumSource.Mode.EXCLUDE, names = { "CHECKED", "ACCEPTING" })
	void callWhenNarrowedAndNothingLooksThenRefused(Call call) {
		assertRefused(call, 10, NARROWED, "SCOPE_NARROWED");
	}

	@ParameterizedTest
	@EnumSource(names = { "CHECKED", "ACCEPTING" })
	void callWhenNarrowedAndTheMethodLooksThenRuns(Call call) {
		approve(NARROWED);
		this.guarded.run(Desk.class, (desk) -> {
			call.body.run(desk, 50);
			assertThat(desk.ran()).hasSize(1);
		});
	}

	@Test
	void callWhenItGoesBeyondTheNarrowedScopeThenRefused() {
		assertRefused(Call.CHECKED, 51, NARROWED, "SCOPE_EXCEEDED");
	}

	@Test
	void callWhenALimitIsNarrowedThatTheCheckDoesNotReadThenRefused() {
		assertRefused(Call.CHECKED, 50,
				Map.of("max", 50, "nested", Map.of("allowed_to", List.of("a"), "readonly", true)), "SCOPE_NARROWED");
		assertRefused(Call.CHECKED, 50,
				Map.of("max", 50, "nested", Map.of("allowed_to", List.of("a", "b")), "blocked_to", List.of("c")),
				"SCOPE_NARROWED");
	}

	@ParameterizedTest
	@EnumSource
	void callWhenWiderThenRefused(Call call) {
		Map<String, Object> to = Map.of("allowed_to", List.of("a", "b"));
		for (Map<String, ?> wider : List.of(Map.of("max", 101, "nested", to), Map.of("max", "100", "nested", to),
				Map.of("max", 50, "nested", Map.of("allowed_to", List.of("a", "c"))),
				Map.of("max", 50, "nested", Map.of("allowed_to", List.of())),
				Map.of("max", 100, "nested", to, "max_uses", 2), Map.of("max", 100, "nested", List.of("a", "b")))) {
			assertRefused(call, 1, wider, null);
		}
	}

	private void assertRefused(Call call, int amount, Map<String, ?> scope, @Nullable String code) {
		approve(scope);
		this.guarded.run(Desk.class, (desk) -> {
			assertThatExceptionOfType(CallRefusedException.class).as("%s", scope)
				.isThrownBy(() -> call.body.run(desk, amount))
				.satisfies((ex) -> {
					if (code != null) {
						assertThat(ex.code()).as("%s", ex).isEqualTo(code);
					}
				});
			assertThat(desk.ran()).isEmpty();
		});
	}

	private void approve(Map<String, ?> scope) {
		this.guarded.service.approve((asked) -> true, scope);
	}

	enum Call {

		PLAIN((desk, amount) -> desk.plain()), TAKING((desk, amount) -> desk.taking(null)),
		READING((desk, amount) -> desk.reading()), ARGUMENTS_ONLY(Desk::argumentsOnly),
		TRIVIAL((desk, amount) -> desk.trivial()), CHECKED(Desk::checked), COPIED((desk, amount) -> desk.copied()),
		ACCEPTING((desk, amount) -> desk.accepting(null));

		private final Body body;

		Call(Body body) {
			this.body = body;
		}

	}

	@FunctionalInterface
	interface Body {

		void run(Desk desk, int amount);

	}

	static class Desk {

		private static final String SCOPE = "{max: 100, nested: {allowed_to: {'a', 'b', 'x'}}}";

		private final List<String> ran = new CopyOnWriteArrayList<>();

		List<String> ran() {
			return this.ran;
		}

		@RequiresPermission(action = "a", scope = SCOPE)
		public void plain() {
			this.ran.add("plain");
		}

		@RequiresPermission(action = "a", scope = SCOPE)
		public void taking(@Nullable Permission permission) {
			this.ran.add("taking");
		}

		@RequiresPermission(action = "a", scope = SCOPE)
		public void reading() {
			this.ran.add("reading " + PermissionContext.current().scope());
		}

		@RequiresPermission(action = "a", scope = SCOPE, check = "#amount <= 100")
		public void argumentsOnly(int amount) {
			this.ran.add("argumentsOnly");
		}

		@RequiresPermission(action = "a", scope = SCOPE,
				check = "#granted != null and #granted.size() > 0 and #granted.containsKey('max') and #granted.toString() != ''")
		public void trivial() {
			this.ran.add("trivial");
		}

		@RequiresPermission(action = "a", scope = SCOPE,
				check = "#amount <= #granted['max'] and #granted['nested']['allowed_to'].contains('a')")
		public void checked(int amount) {
			this.ran.add("checked");
		}

		@RequiresPermission(action = "a", scope = SCOPE,
				check = "T(io.agentotp.spring.guard.NarrowedGrantTests.Desk).keeps(#granted)")
		public void copied() {
			this.ran.add("copied");
		}

		@RequiresPermission(action = "a", scope = SCOPE, acceptsNarrowed = true)
		public void accepting(@Nullable Permission permission) {
			this.ran.add("accepting " + permission.scope());
		}

		public static boolean keeps(Map<String, Object> granted) {
			Map<?, ?> nested = new HashMap<>((Map<?, ?>) new HashMap<>(granted).get("nested"));
			return nested.containsKey("allowed_to");
		}

	}

}
