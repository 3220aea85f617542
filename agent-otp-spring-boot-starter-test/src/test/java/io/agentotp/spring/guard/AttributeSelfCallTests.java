package io.agentotp.spring.guard;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.spring.NotBound;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.operation.InvalidAnnotationException;
import io.github.resilience4j.retry.annotation.Retry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.aop.AopAutoConfiguration;
import org.springframework.cache.annotation.CacheEvict;
import org.springframework.cache.annotation.Cacheable;
import org.springframework.cache.annotation.Caching;
import org.springframework.security.access.prepost.PreAuthorize;

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

	@ParameterizedTest
	@ValueSource(classes = { CachesByTarget.class, CachesByTargetsProperty.class, CachesIfTarget.class,
			AuthorizesByThis.class, CachesSeveral.class, CachesByIndex.class, CachesByItself.class,
			AuthorizesByTemplate.class, AuthorizesByText.class, CachesByTargetsIndex.class, CachesByAList.class,
			CachesInParentheses.class, CachesByAProjection.class, CachesByAnAssembledName.class,
			CachesByAnArgument.class, CachesByAVariable.class })
	void startWhenAnotherAnnotationCallsAGuardedMethodOnTheBeanThenStops(Class<?> bean) {
		this.guarded.runner(bean)
			.run((context) -> assertThat(context.getStartupFailure()).rootCause()
				.isInstanceOf(InvalidAnnotationException.class)
				.hasMessageContaining("calls it on the bean itself"));
		assertThat(RAN).isEmpty();
	}

	@Test
	void startWhenAnotherAnnotationCallsOthersThenStarts() {
		this.guarded.runner(CachesByOthers.class).run((context) -> assertThat(context).hasNotFailed());
	}

	@ParameterizedTest
	@CsvSource({ "false, false", "true, true" })
	void startWhenAGuardedMethodIsAFallbackThenStopsWhereTheProxyHasInterfacesOnly(String targetClass, boolean starts) {
		for (Class<?> bean : List.of(FallsBack.class, FallsBackByPlaceholder.class)) {
			startWhenItFallsBack(bean, targetClass, starts);
		}
	}

	private void startWhenItFallsBack(Class<?> bean, String targetClass, boolean starts) {
		this.guarded.runner(bean)
			.withConfiguration(AutoConfigurations.of(AopAutoConfiguration.class))
			.withPropertyValues("spring.aop.proxy-target-class=" + targetClass, "fallback=wipe")
			.run((context) -> {
				if (starts) {
					assertThat(context).hasNotFailed();
				}
				else {
					assertThat(context.getStartupFailure()).rootCause()
						.hasMessageContaining("@Retry calls it on the bean itself");
				}
			});
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

	public static class CachesByAnAssembledName extends Base {

		@Cacheable(cacheNames = "runs", key = "#root['tar' + 'get'].wipe()")
		public String run() {
			return "ran";
		}

	}

	public static class CachesByAnArgument extends Base {

		@Cacheable(cacheNames = "runs", key = "#root.target[#p0]")
		public String run(String name) {
			return "ran";
		}

	}

	public static class CachesByAVariable extends Base {

		@Cacheable(cacheNames = "runs", key = "(#bean = #root.target) != null ? #bean.wipe() : 1")
		public String run() {
			return "ran";
		}

	}

	public static class CachesByOthers extends Base {

		@Cacheable(cacheNames = "runs", key = "#order.tenant + #root.target.name(#order.wipe())")
		public String one(Order order) {
			return "ran";
		}

		@Cacheable(cacheNames = "runs", key = "@other.wipe() + #root.target.name('x')")
		public String two(Order order) {
			return "ran";
		}

		@Cacheable(cacheNames = "runs", key = "{tenant: 1}['tenant'] + target.name(#p1[#p0])")
		public String three(String name, Map<String, String> names) {
			return "ran";
		}

	}

	public static class CachesByTarget extends Base {

		@Cacheable(cacheNames = "runs", key = "#root.target.wipe()")
		public String run() {
			return "ran";
		}

	}

	public static class CachesByTargetsProperty extends Base {

		@Cacheable(cacheNames = "runs", key = "#root.target.tenant")
		public String run() {
			return "ran";
		}

	}

	public static class CachesIfTarget extends Base {

		@Cacheable(cacheNames = "runs", unless = "#result == #root.target?.wipe( )")
		public String run() {
			return "ran";
		}

	}

	public static class CachesSeveral extends Base {

		@Caching(evict = { @CacheEvict("a"), @CacheEvict(cacheNames = "b", condition = "#root.target.wipe() != null") })
		public String run() {
			return "ran";
		}

	}

	public static class CachesByIndex extends Base {

		@Cacheable(cacheNames = "runs", key = "#root['target'].wipe()")
		public String run() {
			return "ran";
		}

	}

	public static class CachesByItself extends Base {

		@Cacheable(cacheNames = "runs", key = "#root.target.self().wipe()")
		public String run() {
			return "ran";
		}

		public Base self() {
			return this;
		}

	}

	public static class CachesByTargetsIndex extends Base {

		@Cacheable(cacheNames = "runs", key = "#root.target['tenant']")
		public String run() {
			return "ran";
		}

	}

	public static class CachesByAList extends Base {

		@Cacheable(cacheNames = "runs", key = "{#root.target}[0].wipe()")
		public String run() {
			return "ran";
		}

	}

	public static class CachesInParentheses extends Base {

		@Cacheable(cacheNames = "runs", key = "(#root.target).wipe()")
		public String run() {
			return "ran";
		}

	}

	public static class CachesByAProjection extends Base {

		@Cacheable(cacheNames = "runs", key = "{#root.target}.![wipe()]")
		public String run() {
			return "ran";
		}

	}

	public static class AuthorizesByThis extends Base {

		@PreAuthorize("getThis().wipe() != null")
		public String run() {
			return "ran";
		}

	}

	@Retention(RetentionPolicy.RUNTIME)
	@PreAuthorize("this.{method}() != null")
	@interface AuthorizedBy {

		String method();

	}

	@Retention(RetentionPolicy.RUNTIME)
	@PreAuthorize("{expression}")
	@interface Authorized {

		String expression();

	}

	public static class AuthorizesByTemplate extends Base {

		@AuthorizedBy(method = "wipe")
		public String run() {
			return "ran";
		}

	}

	public static class AuthorizesByText extends Base {

		@Authorized(expression = "this.wipe() != null")
		public String run() {
			return "ran";
		}

	}

	public static class FallsBack implements Wiping {

		@Retry(name = "run", fallbackMethod = "wipe")
		public String run() {
			return "ran";
		}

		@Override
		public String wipe() {
			RAN.add("wipe");
			return "wiped";
		}

	}

	public interface Recovering {

		@RequiresPermission(action = "wipe")
		String wipe(@NotBound Throwable failure);

	}

	public static class FallsBackByPlaceholder implements Recovering {

		@Retry(name = "run", fallbackMethod = "${fallback}")
		public String run() {
			return "ran";
		}

		@Override
		public String wipe(Throwable failure) {
			RAN.add("wipe");
			return "wiped";
		}

	}

	@Retention(RetentionPolicy.RUNTIME)
	@interface Documented {

		String value();

	}

	public static class Harmless extends Base {

		@Documented("Use this.wipe() of the target")
		public void documented() {
		}

		@Cacheable(cacheNames = "names", key = "#root.target.name + #root.target.name('a')")
		public String cached() {
			return "ran";
		}

		@RequiresPermission(action = "run",
				resource = "#{#order.wipe()} of #{name(#root.name)}, #{#orders.![tenant][0]}",
				scope = "{wipe: 1, tenant: #order.tenant}")
		public void run(List<Order> orders, Order order) {
			RAN.add("run");
		}

	}

}
