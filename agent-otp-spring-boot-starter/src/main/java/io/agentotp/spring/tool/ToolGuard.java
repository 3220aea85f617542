package io.agentotp.spring.tool;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Predicate;
import java.util.function.Supplier;

import io.agentotp.AgentOtpException;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.guard.AgentTurn;
import io.agentotp.spring.guard.PermissionGuard;
import io.agentotp.spring.guard.ReturnKind;
import io.agentotp.spring.guard.ToolCallContext;
import io.agentotp.spring.method.MethodProtection;
import io.agentotp.spring.method.RequiresPermissionAdvisor;
import org.jspecify.annotations.Nullable;

import org.springframework.aop.framework.Advised;
import org.springframework.aop.framework.AopProxyUtils;

/**
 * Guards the tools of agents, whatever framework calls them.
 */
public final class ToolGuard {

	private final Supplier<PermissionGuard> guard;

	private final Supplier<ToolRules> rules;

	private final Supplier<RequiresPermissionAdvisor> advisor;

	private final ToolInventory inventory;

	/**
	 * Creates a guard. Nothing is asked of the suppliers before the first tool is seen,
	 * nor of that of the guard before the first call.
	 * @param guard runs the calls that need a permission
	 * @param rules tell which tools do
	 * @param advisor tells which methods do
	 * @param inventory keeps what was seen
	 */
	public ToolGuard(Supplier<PermissionGuard> guard, Supplier<ToolRules> rules,
			Supplier<RequiresPermissionAdvisor> advisor, ToolInventory inventory) {
		this.guard = guard;
		this.rules = rules;
		this.advisor = advisor;
		this.inventory = inventory;
	}

	/**
	 * Finds out how a tool is guarded: by the annotation of its method, else by the first
	 * rule that matches. The answer stays the same for a tool.
	 * @param tool the tool
	 * @return how it is guarded
	 */
	public ToolProtection protect(Tool tool) {
		ToolProtection protection = find(tool);
		this.inventory.add(protection);
		return protection;
	}

	/**
	 * Return whether no rule, no setting and no annotation guards a tool.
	 * @param tool the tool
	 * @return whether it is as it would be without a guard
	 */
	public boolean leavesAlone(Tool tool) {
		return this.rules.get().allowAll() && methodProtection(tool.bean(), tool.method()) == null;
	}

	private ToolProtection find(Tool tool) {
		Object bean = tool.bean();
		Method method = tool.method();
		MethodProtection annotated = methodProtection(bean, method);
		if (bean != null && method != null && annotated != null) {
			if (!annotated.active()) {
				return ToolProtection.noBean(tool);
			}
			String unfit = ToolMethods.runsAhead(tool, bean, method, annotated);
			if (unfit != null) {
				return ToolProtection.unfit(tool, unfit,
						"Return the value itself from a method that waits, and call what is asynchronous from there.");
			}
			if (!tool.among()) {
				return ToolProtection.byAnnotation(tool, annotated.blocking() && ToolMethods.isOutermost(bean));
			}
		}
		ToolRules rules = this.rules.get();
		return rules.find(tool).map((rule) -> byRule(tool, rule, rules)).orElseGet(() -> rules.unmatched(tool));
	}

	/**
	 * Return whether an object is a bean with guarded methods of this application, and of
	 * no other one in this JVM.
	 * @param object the object
	 * @return whether this application's advisor guards it
	 */
	@SuppressWarnings("ReferenceEquality")
	public boolean guards(Object object) {
		RequiresPermissionAdvisor own = this.advisor.get();
		for (Object proxy = object; proxy instanceof Advised advised; proxy = AopProxyUtils
			.getSingletonTarget(advised)) {
			if (Arrays.stream(advised.getAdvisors()).anyMatch((advisor) -> advisor == own)) {
				return true;
			}
		}
		return false;
	}

	private @Nullable MethodProtection methodProtection(@Nullable Object bean, @Nullable Method method) {
		return (bean != null && method != null) ? this.advisor.get().protection(bean, method) : null;
	}

	private static ToolProtection byRule(Tool tool, ToolRule rule, ToolRules rules) {
		return switch (rule.effect()) {
			case ASK -> byRule(tool, rule, rules.guard(rule, tool));
			case ALLOW -> ToolProtection.of(tool, ToolProtection.Kind.UNGUARDED, rule.place());
			case DENY -> ToolProtection.of(tool, ToolProtection.Kind.REFUSED, rule.place());
		};
	}

	private static ToolProtection byRule(Tool tool, ToolRule rule, GuardedTool guarded) {
		Object declared = tool.schema().get();
		String unknown = (declared != null) ? guarded.unknown(ToolSchema.of(declared).names()) : null;
		return (unknown == null) ? ToolProtection.byRule(tool, rule, guarded)
				: ToolProtection.unfit(tool, unknown, "Correct the name, or write a rule of its own for the tool.");
	}

	/**
	 * Calls a tool, if its calls need a permission with one. Blocks until it is decided
	 * and done.
	 * @param <T> the type of the result
	 * @param protection how the tool is guarded
	 * @param call the call
	 * @param body what the tool does
	 * @return what the body returned
	 * @throws ToolRefusedException if a permission was missing, for the tool or for what
	 * it wanted to do
	 * @throws Exception if the body throws it
	 */
	public <T extends @Nullable Object> T call(ToolProtection protection, ToolCall call, Callable<T> body)
			throws Exception {
		return call(protection, call, body, (result) -> false);
	}

	/**
	 * Calls a tool whose framework makes a result of whatever the tool throws. Otherwise
	 * as {@link #call(ToolProtection, ToolCall, Callable)}.
	 * @param <T> the type of the result
	 * @param protection how the tool is guarded
	 * @param call the call
	 * @param body what the tool does
	 * @param failed tells whether a result is that of a tool that has failed
	 * @return what the body returned
	 * @throws ToolRefusedException if a permission was missing, also if the body has made
	 * a failed result of that
	 * @throws Exception if the body throws it
	 */
	public <T extends @Nullable Object> T call(ToolProtection protection, ToolCall call, Callable<T> body,
			Predicate<? super T> failed) throws Exception {
		try (ToolCallContext toolCall = call.begun()) {
			return run(toolCall, protection, call, body, failed);
		}
	}

	/**
	 * Calls a tool without blocking. Cancelling the future withdraws the request.
	 * @param <T> the type of the result
	 * @param protection how the tool is guarded
	 * @param call the call
	 * @param body what the tool does
	 * @return completes as the body's future does, and exceptionally with a
	 * {@link ToolRefusedException} if a permission was missing
	 */
	public <T extends @Nullable Object> CompletableFuture<T> callAsync(ToolProtection protection, ToolCall call,
			Callable<? extends CompletionStage<T>> body) {
		return callAsync(protection, call, body, (result) -> false);
	}

	/**
	 * Calls a tool without blocking whose framework makes a result of whatever the tool
	 * fails with. Otherwise as {@link #callAsync(ToolProtection, ToolCall, Callable)}.
	 * @param <T> the type of the result
	 * @param protection how the tool is guarded
	 * @param call the call
	 * @param body what the tool does
	 * @param failed tells whether a result is that of a tool that has failed
	 * @return completes as the body's future does, and exceptionally with a
	 * {@link ToolRefusedException} if a permission was missing, also if the body has made
	 * a failed result of that
	 */
	public <T extends @Nullable Object> CompletableFuture<T> callAsync(ToolProtection protection, ToolCall call,
			Callable<? extends CompletionStage<T>> body, Predicate<? super T> failed) {
		ToolCallContext toolCall = call.begun();
		CompletableFuture<T> future;
		try {
			GuardedTool guarded = protection.guarded();
			requireCallable(protection);
			future = toolCall.run(() -> (guarded != null && !isPermitted(toolCall, protection, call))
					? this.<CompletableFuture<T>>run(guarded, call, ReturnKind.STAGE, () -> {
						permitted(toolCall, protection, call);
						return body.call();
					}) : body.call().toCompletableFuture());
		}
		catch (Exception ex) {
			future = CompletableFuture.failedFuture(ex);
		}
		CompletableFuture<T> result = new CompletableFuture<>();
		CompletableFuture<T> running = future;
		result.whenComplete((value, ex) -> running.cancel(true));
		running.whenComplete((value, ex) -> {
			if (ex != null) {
				result.completeExceptionally(ToolRefusals.find(ex, toolCall).map(Throwable.class::cast).orElse(ex));
			}
			else {
				toolCall.refusal()
					.filter((met) -> failed.test(value))
					.ifPresentOrElse((met) -> result.completeExceptionally(ToolRefusals.worded(met, toolCall)),
							() -> result.complete(value));
			}
		});
		return result;
	}

	/**
	 * Calls a tool that nothing guards, so that what it calls knows for whom.
	 * @param <T> the type of the result
	 * @param caller for whom it is called
	 * @param id the model's id of the call, or {@code null}
	 * @param turn what the agent does for one message of its user, or {@code null}
	 * @param body what the tool does
	 * @return what the body returned
	 */
	public static <T extends @Nullable Object> T asPartOf(ToolCaller caller, @Nullable String id,
			@Nullable AgentTurn turn, Supplier<T> body) {
		try (ToolCallContext toolCall = ToolCallContext.of(caller.claims(), id, null, turn)) {
			return ToolCallContext.within(toolCall, body);
		}
	}

	/**
	 * Finds out whether a failure is, or comes from, a refusal.
	 * @param failure what a tool failed with
	 * @return the refusal, worded for the model, or empty if it is none
	 */
	public static Optional<ToolRefusedException> refusal(Throwable failure) {
		return ToolRefusals.find(failure, null);
	}

	/**
	 * Return the refusal of a tool that must not be called.
	 * @param tool the name of the tool
	 * @param why why not
	 * @return the refusal, worded for the model
	 */
	public static ToolRefusedException refused(String tool, String why) {
		return ToolRefusals.worded(notCallable(tool, why), null);
	}

	/**
	 * Begins a turn: the calls that a model wants to be made before it goes on.
	 * @return the turn, to be closed
	 */
	public ToolTurn turn() {
		return new ToolTurn(this);
	}

	<T extends @Nullable Object> T run(ToolCallContext toolCall, ToolProtection protection, ToolCall call,
			Callable<T> body, Predicate<? super T> failed) throws Exception {
		T result;
		try {
			result = toolCall.run(() -> execute(protection, call, body));
		}
		catch (Exception ex) {
			throw ToolRefusals.find(ex, toolCall).map(Exception.class::cast).orElse(ex);
		}
		AgentOtpException refusal = toolCall.refusal().filter((met) -> failed.test(result)).orElse(null);
		if (refusal != null) {
			throw ToolRefusals.worded(refusal, toolCall);
		}
		return result;
	}

	<T extends @Nullable Object> T execute(ToolProtection protection, ToolCall call, Callable<T> body)
			throws Exception {
		requireCallable(protection);
		GuardedTool guarded = protection.guarded();
		ToolCallContext toolCall = ToolCallContext.current();
		if (guarded == null || isPermitted(toolCall, protection, call)) {
			return body.call();
		}
		return this.<T>run(guarded, call, ReturnKind.VALUE, () -> {
			permitted(toolCall, protection, call);
			return body.call();
		});
	}

	private static boolean isPermitted(@Nullable ToolCallContext toolCall, ToolProtection protection, ToolCall call) {
		return toolCall != null && toolCall.isPermitted(protection, call.subject(), call.context());
	}

	private static void permitted(@Nullable ToolCallContext toolCall, ToolProtection protection, ToolCall call) {
		ToolProtection inside = protection.inside();
		if (toolCall != null && inside != null) {
			toolCall.permitted(inside, call.subject(), call.context());
		}
	}

	// It is null only if the body returns it.
	@SuppressWarnings({ "unchecked", "NullAway", "TypeParameterUnusedInFormals" })
	private <T extends @Nullable Object> T run(GuardedTool tool, ToolCall call, ReturnKind returnKind, Callable<?> body)
			throws Exception {
		try {
			return (T) this.guard.get().invoke(new ToolInvocation(tool, call, returnKind, body));
		}
		catch (Exception | Error ex) {
			throw ex;
		}
		catch (Throwable ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void requireCallable(ToolProtection protection) {
		if (protection.kind() == ToolProtection.Kind.REFUSED) {
			throw notCallable(protection.tool().name(),
					(protection.remedy() != null) ? "it cannot be guarded as it stands" : protection.by());
		}
	}

	private static CallRefusedException notCallable(String tool, String why) {
		return new CallRefusedException("TOOL_REFUSED", "the tool " + tool + " must not be called: " + why, null);
	}

}
