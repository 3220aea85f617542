package io.agentotp.spring.method;

import java.util.Arrays;
import java.util.List;

import io.agentotp.spring.method.BoundNames.BoundName;
import org.aopalliance.intercept.MethodInterceptor;
import org.aopalliance.intercept.MethodInvocation;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.Advisor;
import org.springframework.aop.ProxyMethodInvocation;
import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AdvisedSupport;

/**
 * The first advice of a proxy with guarded methods. It makes an invocation of its own for
 * all the others, because one of Spring's runs the body once more if an advice calls
 * {@code proceed()} once more.
 */
final class Entrance implements MethodInterceptor {

	private final Advised proxy;

	private final BoundName bean;

	private volatile @Nullable Chains chains;

	Entrance(Advised proxy, BoundName bean) {
		this.proxy = proxy;
		this.bean = bean;
	}

	@Override
	public @Nullable Object invoke(MethodInvocation invocation) throws Throwable {
		if (!(invocation instanceof ProxyMethodInvocation call)) {
			throw new IllegalStateException("The guard needs Spring's own proxies");
		}
		return new GuardedInvocation(this.bean, call, chains().of(call)).proceed();
	}

	private Chains chains() {
		Advisor[] advisors = this.proxy.getAdvisors();
		Chains known = this.chains;
		if (known == null || !Arrays.equals(known.all, advisors)) {
			known = new Chains(advisors);
			this.chains = known;
		}
		return known;
	}

	/**
	 * What stands around each method, as long as the proxy has these advisors.
	 */
	private final class Chains {

		private final Advisor[] all;

		private final AdvisedSupport inner = new AdvisedSupport();

		Chains(Advisor[] all) {
			if (all[0].getAdvice() != Entrance.this) {
				throw new IllegalStateException("The proxy of the bean '" + Entrance.this.bean.name()
						+ "' has got an advice before its guard since it was made: " + all[0]);
			}
			this.all = all;
			this.inner.setPreFiltered(Entrance.this.proxy.isPreFiltered());
			this.inner.addAdvisors(Arrays.copyOfRange(all, 1, all.length));
		}

		List<Object> of(ProxyMethodInvocation call) {
			Object target = call.getThis();
			return this.inner.getInterceptorsAndDynamicInterceptionAdvice(call.getMethod(),
					(target != null) ? target.getClass() : null);
		}

	}

}
