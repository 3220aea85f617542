package io.agentotp.spring.guard;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

import io.agentotp.Permission;
import io.agentotp.spring.PermissionContext;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

import org.springframework.core.ReactiveAdapter;

/**
 * Guarded calls that return a publisher, and suspending functions, which Spring's proxies
 * treat as such: asked for at each subscription, before the body is even assembled.
 * Cancelling the subscription withdraws the request.
 */
final class ReactiveCalls {

	private final Approvals approvals;

	ReactiveCalls(Approvals approvals) {
		this.approvals = approvals;
	}

	Object invoke(Invocation invocation) {
		Invocation own = invocation.later();
		// The call at hand may be known here only, or at the subscription only.
		ToolCallContext assembling = ToolCallContext.current();
		ReactiveAdapter adapter = invocation.adapter();
		boolean lost = this.approvals.isInPublisher(invocation);
		Publisher<Object> publisher = (invocation.returnKind() == ReturnKind.SINGLE)
				? Mono.deferContextual((context) -> single(own, adapter, toolCall(context, assembling), lost))
				: Flux.deferContextual((context) -> stream(own, adapter, toolCall(context, assembling), lost));
		return (adapter != null) ? adapter.fromPublisher(publisher) : publisher;
	}

	private static @Nullable ToolCallContext toolCall(ContextView context, @Nullable ToolCallContext assembling) {
		return context.getOrDefault(ToolCallContext.KEY, assembling);
	}

	private Mono<Object> single(Invocation invocation, @Nullable ReactiveAdapter adapter,
			@Nullable ToolCallContext toolCall, boolean lost) {
		CallObservation observation = this.approvals.observe(invocation.operation());
		return granted(invocation, observation, toolCall, lost).flatMap((granted) -> Mono.usingWhen(Mono.just(granted),
				(grant) -> Mono.fromDirect(new InContext(Mono.from(body(grant, adapter)), grant))
					.contextWrite(context(grant)),
				(grant) -> report(grant, UseReports.outcome(null), null),
				(grant, ex) -> report(grant, UseReports.outcome(ex), ex),
				(grant) -> report(grant, UseReports.CANCELLED, null)));
	}

	private Flux<Object> stream(Invocation invocation, @Nullable ReactiveAdapter adapter,
			@Nullable ToolCallContext toolCall, boolean lost) {
		CallObservation observation = this.approvals.observe(invocation.operation());
		return granted(invocation, observation, toolCall, lost)
			.flatMapMany((granted) -> Flux.usingWhen(Mono.just(granted),
					(grant) -> Flux.from(new InContext(body(grant, adapter), grant)).contextWrite(context(grant)),
					(grant) -> report(grant, UseReports.outcome(null), null),
					(grant, ex) -> report(grant, UseReports.outcome(ex), ex),
					(grant) -> report(grant, UseReports.CANCELLED, null)));
	}

	/**
	 * Asks. The body runs on a thread of Reactor's, as it would without the guard.
	 */
	private Mono<Granted> granted(Invocation invocation, CallObservation observation,
			@Nullable ToolCallContext toolCall, boolean lost) {
		// Who subscribes may be known later, and on another thread.
		CallerContext context = CallerContext.capture();
		return ReactiveTransactions.isActive().zipWith(caller(invocation, lost), (inTransaction, caller) -> {
			if (inTransaction) {
				this.approvals.inTransaction(invocation.operation());
			}
			return context.in(() -> prepare(invocation.later(), observation, toolCall, context, caller));
		}).flatMap(this::obtain).onErrorMap(Failures::unwrap).doOnError((ex) -> {
			observation.stop(Failures.outcome(ex), ex);
			ToolCallContext.failed(toolCall, ex);
		}).doOnCancel(() -> observation.stop("cancelled", null));
	}

	/**
	 * Who subscribes counts, else who is known on its thread, else who has called: that
	 * may be the subscriber of a publisher around, whose context is not this one's.
	 */
	private static Mono<CallerIdentity> caller(Invocation invocation, boolean lost) {
		CallerIdentity here = CallerPrincipal.find();
		CallerIdentity known = here.isKnown() ? here : invocation.caller().identity();
		CallerIdentity caller = (lost && known.is(CallerIdentity.Kind.APPLICATION)) ? CallerIdentity.STRANGER : known;
		return Mono.deferContextual(CallerPrincipal::find)
			.map((subscriber) -> (subscriber.isKnown() || caller.is(CallerIdentity.Kind.APPLICATION)) ? subscriber
					: caller);
	}

	private Mono<Granted> obtain(PermissionCall call) {
		CompletableFuture<Permission> obtained = this.approvals.obtainAsync(call);
		return Mono.fromFuture(obtained).publishOn(Schedulers.parallel()).<Granted>handle((grant, sink) -> {
			call.requireAlive(grant);
			if (call.isFirst()) {
				sink.next(new Granted(call, grant, PermissionContext.hold(grant)));
			}
		})
			// Operators drop a value that is on its way when they are cancelled.
			.doFinally((signal) -> {
				if (call.isFirst()) {
					this.approvals.giveBack(obtained);
				}
			});
	}

	private PermissionCall prepare(Invocation invocation, CallObservation observation,
			@Nullable ToolCallContext toolCall, CallerContext context, CallerIdentity identity) {
		try (ToolCallContext.Scope caller = ToolCallContext.enter(toolCall)) {
			return this.approvals.prepare(invocation, observation, context, identity);
		}
	}

	private static Publisher<Object> body(Granted granted, @Nullable ReactiveAdapter adapter) {
		try (CallerContext.Scope context = granted.call().context().open();
				PermissionContext.Scope scope = granted.held().open();
				CallObservation.Scope current = granted.call().observation().open();
				ToolCallContext.Scope caller = ToolCallContext.enter(granted.call().toolCall())) {
			// Another thread has taken over since the check.
			granted.call().requireUnchanged();
			Object returned = Objects.requireNonNull(granted.call().proceed(granted.grant()),
					"A reactive method returned null");
			return ReactiveBody.publisher(returned, adapter);
		}
		catch (Throwable ex) {
			return Mono.error(ex);
		}
	}

	private static Context context(Granted granted) {
		Context context = Context.of(PermissionContext.KEY, granted.held());
		ToolCallContext toolCall = granted.call().toolCall();
		if (toolCall != null) {
			context = context.put(ToolCallContext.KEY, toolCall);
		}
		return context.putAllMap(granted.call().observation().reactorContext());
	}

	private Mono<Void> report(Granted granted, Map<String, Object> outcome, @Nullable Throwable failure) {
		granted.held().close();
		PermissionCall call = granted.call();
		call.observation().stop(String.valueOf(outcome.get("outcome")), failure);
		return Mono.fromFuture(() -> this.approvals.reportAsync(call, granted.grant(), outcome), true)
			.publishOn(Schedulers.parallel());
	}

	/**
	 * A call and its grant.
	 */
	private record Granted(PermissionCall call, Permission grant, PermissionContext.Held held) {
	}

	/**
	 * What the body returned, subscribed to as the caller would: what it does on the
	 * thread that subscribes finds the caller's context.
	 */
	private record InContext(Publisher<Object> source, Granted granted) implements Publisher<Object> {

		@Override
		public void subscribe(Subscriber<? super Object> subscriber) {
			InContextSubscriber outside = new InContextSubscriber(Operators.toCoreSubscriber(subscriber), this);
			run(() -> this.source.subscribe(outside));
		}

		void run(Runnable work) {
			try (CallerContext.Scope context = this.granted.call().context().open();
					PermissionContext.Scope scope = this.granted.held().open()) {
				work.run();
			}
		}

	}

	/**
	 * What the caller does with a value is not the body's work, also where the body emits
	 * it on the thread that asks for it: the grant is not the current one there.
	 */
	private static final class InContextSubscriber implements CoreSubscriber<Object> {

		private final CoreSubscriber<? super Object> actual;

		private final InContext context;

		private volatile PermissionContext.@Nullable Held before = PermissionContext.held();

		InContextSubscriber(CoreSubscriber<? super Object> actual, InContext context) {
			this.actual = actual;
			this.context = context;
		}

		@Override
		public Context currentContext() {
			return this.actual.currentContext();
		}

		@Override
		public void onSubscribe(Subscription subscription) {
			outside(() -> this.actual.onSubscribe(new Subscription() {

				@Override
				public void request(long count) {
					InContextSubscriber.this.before = PermissionContext.held();
					InContextSubscriber.this.context.run(() -> subscription.request(count));
				}

				@Override
				public void cancel() {
					subscription.cancel();
				}

			}));
		}

		@Override
		public void onNext(Object value) {
			outside(() -> this.actual.onNext(value));
		}

		@Override
		public void onError(Throwable failure) {
			outside(() -> this.actual.onError(failure));
		}

		@Override
		public void onComplete() {
			outside(this.actual::onComplete);
		}

		private void outside(Runnable work) {
			try (PermissionContext.Scope scope = this.context.granted().held().leave(this.before)) {
				work.run();
			}
		}

	}

}
