package io.agentotp.spring.guard;

import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.core.ReactiveAdapter;

/**
 * What a guarded method returned that works when it is subscribed to.
 */
public final class ReactiveBody {

	private ReactiveBody() {
	}

	/**
	 * Return a publisher that may be subscribed to only as long as that is allowed.
	 * @param returned what the method returned
	 * @param kind {@link ReturnKind#SINGLE} or {@link ReturnKind#STREAM}
	 * @param adapter makes a publisher of it, or {@code null} if it is one
	 * @param subscribe is called at each subscription and throws to refuse it
	 * @param emitted is called with each value and throws to refuse it
	 * @return the same type as was returned
	 */
	public static Object guard(Object returned, ReturnKind kind, @Nullable ReactiveAdapter adapter, Runnable subscribe,
			Consumer<Object> emitted) {
		Publisher<Object> body = publisher(returned, adapter);
		Publisher<Object> once = (kind == ReturnKind.SINGLE) ? Mono.defer(() -> {
			subscribe.run();
			return Mono.from(body).doOnNext(emitted);
		}) : Flux.defer(() -> {
			subscribe.run();
			return Flux.from(body).doOnNext(emitted);
		});
		return (adapter != null) ? adapter.fromPublisher(once) : once;
	}

	@SuppressWarnings("unchecked")
	static Publisher<Object> publisher(Object returned, @Nullable ReactiveAdapter adapter) {
		return (adapter != null) ? adapter.toPublisher(returned) : (Publisher<Object>) returned;
	}

}
