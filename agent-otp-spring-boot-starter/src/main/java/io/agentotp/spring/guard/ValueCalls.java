package io.agentotp.spring.guard;

import io.agentotp.Permission;
import io.agentotp.spring.PermissionContext;
import org.jspecify.annotations.Nullable;

/**
 * Guarded calls that return when they have ended: the caller's thread waits.
 */
final class ValueCalls {

	private final Approvals approvals;

	ValueCalls(Approvals approvals) {
		this.approvals = approvals;
	}

	@Nullable Object invoke(Invocation invocation) throws Throwable {
		CallObservation observation = this.approvals.observe(invocation.operation());
		PermissionCall call;
		Permission grant;
		try {
			call = this.approvals.prepare(invocation, observation, CallerContext.SAME_THREAD,
					invocation.caller().identity());
			grant = this.approvals.obtain(call);
			this.approvals.begin(call, grant);
		}
		catch (AskedAheadException ex) {
			// The call goes on when it is made again.
			throw ex;
		}
		catch (Throwable ex) {
			observation.stop(Failures.outcome(ex), ex);
			ToolCallContext.failed(ToolCallContext.current(), ex);
			throw ex;
		}
		return run(call, grant);
	}

	private @Nullable Object run(PermissionCall call, Permission grant) throws Throwable {
		Throwable failure = null;
		try (PermissionContext.Scope scope = PermissionContext.open(grant);
				CallObservation.Scope current = call.observation().open()) {
			return call.proceed(grant);
		}
		catch (Throwable ex) {
			failure = ex;
			throw ex;
		}
		finally {
			this.approvals.report(call, grant, UseReports.outcome(failure));
			call.observation().stop((failure != null) ? "failed" : "succeeded", failure);
		}
	}

}
