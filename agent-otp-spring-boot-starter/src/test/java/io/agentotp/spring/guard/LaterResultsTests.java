package io.agentotp.spring.guard;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Collection;
import java.util.Enumeration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.agentotp.spring.operation.InvalidAnnotationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.web.context.request.async.DeferredResult;
import org.springframework.web.context.request.async.WebAsyncTask;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;
import org.springframework.web.servlet.mvc.method.annotation.StreamingResponseBody;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class LaterResultsTests {

	@ParameterizedTest
	@MethodSource("later")
	void ofWhenTheWorkIsDoneLaterThenRefused(Method method) {
		assertThatExceptionOfType(InvalidAnnotationException.class)
			.isThrownBy(() -> ReturnKind.of(method, method.getDeclaringClass()))
			.satisfies((ex) -> assertThat(ex.remedy()).contains("CompletableFuture"));
	}

	static Stream<Method> later() {
		return Arrays.stream(Later.class.getDeclaredMethods());
	}

	@ParameterizedTest
	@MethodSource("now")
	void ofWhenTheWorkIsDoneThenAccepted(Method method) {
		assertThat(ReturnKind.of(method, method.getDeclaringClass())).isNotNull();
	}

	static Stream<Method> now() {
		return Arrays.stream(Now.class.getDeclaredMethods());
	}

	@Test
	void ofWhenTheBeanSaysWhatTheTypeIsThenThatCounts() throws ReflectiveOperationException {
		Method method = Open.class.getDeclaredMethod("go");
		assertThat(ReturnKind.of(method, Open.class)).isEqualTo(ReturnKind.VALUE);
		assertThat(ReturnKind.of(method, OfText.class)).isEqualTo(ReturnKind.VALUE);
		assertThat(ReturnKind.of(method, OfFuture.class)).isEqualTo(ReturnKind.STAGE);
		assertThat(ReturnKind.of(method, OfMono.class)).isEqualTo(ReturnKind.SINGLE);
		for (Class<?> later : List.of(OfCallable.class, OfHolder.class)) {
			assertThatExceptionOfType(InvalidAnnotationException.class).isThrownBy(() -> ReturnKind.of(method, later));
		}
	}

	abstract static class Open<T> {

		abstract T go();

	}

	abstract static class OfText extends Open<String> {

	}

	abstract static class OfFuture extends Open<CompletableFuture<String>> {

	}

	abstract static class OfMono extends Open<Mono<String>> {

	}

	abstract static class OfCallable extends Open<Callable<String>> {

	}

	abstract static class OfHolder extends Open<Holder<Stream<String>>> {

	}

	record Holder<T>(String name, T content) {
	}

	record Nested(List<Holder<Supplier<String>>> holders) {
	}

	interface Later {

		Nested nested();

		Holder<Future<String>> holder();

		Supplier<String> supplier();

		Callable<String> callable();

		Runnable runnable();

		Function<String, String> function();

		Stream<String> stream();

		IntStream ints();

		Iterator<String> iterator();

		Iterable<String> iterable();

		Enumeration<String> enumeration();

		Future<String> future();

		Optional<CompletableFuture<String>> optional();

		List<Future<String>> futures();

		Map<String, ? extends Supplier<String>> map();

		Supplier<String>[] array();

		CompletableFuture<Stream<String>> inAFuture();

		Mono<Callable<String>> inAMono();

		Flux<Mono<String>> publishers();

		Optional<Mono<String>> optionalMono();

		DeferredResult<String> deferred();

		WebAsyncTask<String> task();

		SseEmitter emitter();

		StreamingResponseBody body();

	}

	interface Now {

		Holder<List<String>> holder();

		void nothing();

		int number();

		String text();

		Object object();

		<T> T generic();

		<T extends Comparable<T>> T comparable();

		List<String> list();

		Collection<? extends Number> wildcard();

		Map<String, List<Optional<String>>> map();

		byte[] bytes();

		Class<? extends Supplier<?>>[] classes();

		CompletableFuture<List<String>> future();

		Mono<String> mono();

		Flux<String> flux();

		Mono<Void> empty();

	}

}
