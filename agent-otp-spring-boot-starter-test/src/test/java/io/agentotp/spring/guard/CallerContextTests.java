package io.agentotp.spring.guard;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;

import io.agentotp.spring.PermissionContext;
import io.agentotp.spring.RequiresPermission;
import io.micrometer.context.ContextRegistry;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.MDC;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.context.i18n.LocaleContextHolder;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The body finds what the caller's thread knows, whatever thread it runs on, and no
 * thread keeps it.
 */
class CallerContextTests {

	private static final String ALICE = "alice de request-1 /orders";

	private final Guarded guarded = new Guarded();

	@BeforeEach
	void callAsAlice() {
		SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken("alice", "x"));
		LocaleContextHolder.setLocale(Locale.GERMAN);
		MDC.put("request", "request-1");
		RequestContextHolder
			.setRequestAttributes(new ServletRequestAttributes(new MockHttpServletRequest("GET", "/orders")));
	}

	@AfterEach
	void forget() {
		SecurityContextHolder.clearContext();
		LocaleContextHolder.resetLocaleContext();
		MDC.clear();
		RequestContextHolder.resetRequestAttributes();
	}

	@ParameterizedTest
	@EnumSource
	void bodyWhenGrantedAtOnceThenItFindsTheCallersContext(Call call) {
		this.guarded.run(Desk.class, (desk) -> {
			assertThat(call.made.apply(desk).join()).isEqualTo(ALICE);
			assertThat(seen()).isEqualTo(ALICE);
		});
	}

	@ParameterizedTest
	@EnumSource
	void bodyWhenGrantedAfterAWaitThenItFindsTheCallersContext(Call call) {
		this.guarded.service.leavePending("act");
		this.guarded.run(Desk.class, (desk) -> {
			CompletableFuture<String> result = call.made.apply(desk);
			forget();
			awaitPending();
			this.guarded.service.decidePending(true, null);
			assertThat(result.join()).isEqualTo(ALICE);
		});
	}

	@ParameterizedTest
	@EnumSource
	void bodyWhenAnotherSignsInOnTheCallersThreadMeanwhileThenItFindsTheCaller(Call call) {
		this.guarded.service.leavePending("act");
		this.guarded.run(Desk.class, (desk) -> {
			CompletableFuture<String> result = call.made.apply(desk);
			SecurityContextHolder.getContext().setAuthentication(new TestingAuthenticationToken("bob", "x"));
			awaitPending();
			this.guarded.service.decidePending(true, null);
			assertThat(result.join()).isEqualTo(ALICE);
		});
	}

	@ParameterizedTest
	@EnumSource
	void bodyWhenMicrometerKnowsMoreThenItFindsThatToo(Call call) {
		ThreadLocal<String> tenant = new ThreadLocal<>();
		ContextRegistry.getInstance().registerThreadLocalAccessor("tenant", tenant);
		tenant.set("acme");
		try {
			this.guarded.run(Desk.class, (desk) -> {
				desk.tenant(tenant::get);
				call.made.apply(desk).join();
				assertThat(desk.tenant()).isEqualTo("acme");
			});
		}
		finally {
			ContextRegistry.getInstance().removeThreadLocalAccessor("tenant");
		}
	}

	@ParameterizedTest
	@EnumSource
	void bodyWhenTheCallerHasNoContextThenItFindsNoOthers(Call call) {
		this.guarded.run(Desk.class, (desk) -> {
			call.made.apply(desk).join();
			forget();
			assertThat(call.made.apply(desk).join()).startsWith("nobody").endsWith("null nowhere");
		});
	}

	@Test
	void attributesWhenReadAfterTheWaitThenInTheCallersContext() {
		this.guarded.run(Desk.class, (desk) -> assertThat(desk.mine().join()).isEqualTo(ALICE));
	}

	private void awaitPending() {
		try {
			this.guarded.service.awaitPending(1);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static String seen() {
		Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
		RequestAttributes request = RequestContextHolder.getRequestAttributes();
		return ((authentication != null) ? authentication.getName() : "nobody") + " " + LocaleContextHolder.getLocale()
				+ " " + MDC.get("request") + " " + ((request instanceof ServletRequestAttributes servlet)
						? servlet.getRequest().getRequestURI() : "nowhere");
	}

	enum Call {

		STAGE(Desk::stage), MONO((desk) -> desk.mono().toFuture()), ASSEMBLED((desk) -> desk.assembled().toFuture()),
		FLUX((desk) -> desk.flux().collectList().map((all) -> all.get(0)).toFuture()),
		LATER((desk) -> desk.flux().limitRate(1).skip(1).next().toFuture());

		private final Function<Desk, CompletableFuture<String>> made;

		Call(Function<Desk, CompletableFuture<String>> made) {
			this.made = made;
		}

	}

	static class Desk {

		private Supplier<String> source = () -> "";

		private String tenant = "";

		public void tenant(Supplier<String> source) {
			this.source = source;
		}

		public String tenant() {
			return this.tenant;
		}

		private String seen() {
			this.tenant = this.source.get();
			return CallerContextTests.seen();
		}

		@RequiresPermission(action = "act")
		public CompletableFuture<String> stage() {
			return CompletableFuture.completedFuture(seen());
		}

		@RequiresPermission(action = "act",
				resource = "#{T(org.springframework.security.core.context.SecurityContextHolder).context.authentication.name}")
		public CompletableFuture<String> mine() {
			return CompletableFuture.completedFuture(seen());
		}

		@RequiresPermission(action = "act")
		public Mono<String> mono() {
			return Mono
				.fromSupplier(() -> seen() + (PermissionContext.find().isPresent() ? "" : " without a permission"));
		}

		@RequiresPermission(action = "act")
		public Mono<String> assembled() {
			String seen = seen();
			return Mono.just(seen);
		}

		@RequiresPermission(action = "act")
		public Flux<String> flux() {
			return Flux.fromIterable(List.of(1, 2, 3)).map((number) -> seen());
		}

	}

}
