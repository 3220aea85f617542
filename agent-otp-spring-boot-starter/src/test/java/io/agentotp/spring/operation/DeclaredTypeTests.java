package io.agentotp.spring.operation;

import java.io.File;
import java.io.InputStream;
import java.io.Reader;
import java.io.Serializable;
import java.lang.reflect.Method;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URL;
import java.nio.file.Path;
import java.security.Principal;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.Temporal;
import java.util.AbstractMap;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Collection;
import java.util.Date;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.agentotp.OtpToken;
import jakarta.servlet.http.HttpServletRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.reactivestreams.Publisher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.ApplicationArguments;
import org.springframework.core.ResolvableType;
import org.springframework.core.io.Resource;
import org.springframework.http.MediaType;
import org.springframework.web.bind.WebDataBinder;
import org.springframework.web.multipart.MultipartFile;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Which parameters stop the start, and which are decided by the value.
 */
class DeclaredTypeTests {

	@ParameterizedTest
	@MethodSource
	void problemWhenNoValueCanBeWrittenThenSaysWhere(String method, Type type) {
		assertThat(DeclaredType.problem("value", ResolvableType.forType(type), BoundForms.NONE, false)).as(method)
			.startsWith("value")
			.contains("is of class");
	}

	@Test
	void problemWhenThereIsASubstituteThenNamesIt() {
		Map.of(Clock.class, "an Instant", InputStream.class, "byte[]", Random.class, "the number", MultipartFile.class,
				"its name and its content", Properties.class, "map of another class", AtomicInteger.class,
				"the value that it holds")
			.forEach((type,
					substitute) -> assertThat(
							DeclaredType.problem("value", ResolvableType.forType(type), BoundForms.NONE, false))
						.contains(": pass ", substitute));
	}

	static Stream<Object[]> problemWhenNoValueCanBeWrittenThenSaysWhere() {
		return types(Never.class);
	}

	@ParameterizedTest
	@MethodSource
	void problemWhenAValueCanBeWrittenThenNone(String method, Type type) {
		assertThat(DeclaredType.problem("value", ResolvableType.forType(type), BoundForms.NONE, false)).as(method)
			.isNull();
	}

	static Stream<Object[]> problemWhenAValueCanBeWrittenThenNone() {
		return types(Possible.class);
	}

	private static Stream<Object[]> types(Class<?> methods) {
		return Arrays.stream(methods.getDeclaredMethods())
			.filter((method) -> !method.isSynthetic())
			.map((Method method) -> new Object[] { method.getGenericParameterTypes()[0].getTypeName(),
					method.getGenericParameterTypes()[0] });
	}

	interface Never {

		void a(InputStream value);

		void b(Reader value);

		void c(Runnable value);

		void d(Callable<String> value);

		void e(Supplier<String> value);

		void f(Iterator<String> value);

		void g(Stream<String> value);

		void h(CompletableFuture<String> value);

		void i(Login value);

		void j(HttpServletRequest value);

		void k(MultipartFile value);

		void l(Resource value);

		void m(List<InputStream> value);

		void n(Map<String, MultipartFile> value);

		void o(Optional<Runnable> value);

		void p(MultipartFile[] value);

		void q(Attachment value);

		void r(List<? extends Attachment> value);

		void s(Failure value);

		void t(Thread value);

		void u(AtomicInteger value);

		void v(Properties value);

		void w(URL value);

		void x(Calendar value);

		void y(OtpToken value);

		void z(Publisher<String> value);

		void aa(Guarding value);

		<T extends Supplier<T>> void ab(T value);

		void ac(Logger value);

		void ad(WebDataBinder value);

		void ae(ApplicationArguments value);

		void af(Map.Entry<String, InputStream> value);

		void ag(List<Map.Entry<Runnable, String>> value);

	}

	interface Possible {

		void a(int value);

		void b(String value);

		void c(Object value);

		void d(Number value);

		void e(CharSequence value);

		void f(Comparable<String> value);

		void g(Serializable value);

		void h(Collection<? extends Order> value);

		void i(Map<UUID, List<Order>> value);

		void j(Optional<Instant> value);

		void k(Temporal value);

		void l(Path value);

		void m(File value);

		void n(Timestamp value);

		void o(Date value);

		void p(MediaType value);

		void q(JsonNode value);

		void r(Command value);

		void s(Node value);

		void t(byte[] value);

		void u(Order... value);

		<T extends Comparable<T>> void v(T value);

		<T> void w(T value);

		void x(Set<Locale> value);

		void y(Thread.State value);

		void z(URI value);

		void aa(BigDecimal value);

		void ab(Lazy value);

		<T extends List<T>> void ac(T value);

		void ad(Iterable<String> value);

		void ae(Principal value);

		void af(OptionalInt value);

		void ag(OptionalLong value);

		void ah(OptionalDouble value);

		void ai(InetAddress value);

		void aj(Inet6Address value);

		void ak(InetSocketAddress value);

		void al(Pattern value);

		void an(List<Map.Entry<String, Integer>> value);

		void ao(AbstractMap.SimpleEntry<String, Order> value);

		void ap(Logging value);

		void am(SortedMap<String, PriorityQueue<Order>> value);

	}

	static class Logging {

		private final Logger logger = LoggerFactory.getLogger(getClass());

		String name() {
			return this.logger.getName();
		}

	}

	record Order(String id, List<String> lines) {
	}

	record Login(String user, char[] password) {
	}

	/** A record of it is data. */
	interface Command extends Runnable {

	}

	record Attachment(String name, InputStream content) {
	}

	static class Failure extends RuntimeException {

	}

	static class Guarding {

		private final ReentrantLock lock = new ReentrantLock();

		boolean isLocked() {
			return this.lock.isLocked();
		}

	}

	static final class Node {

		private final String name;

		private final Node parent;

		Node(String name, Node parent) {
			this.name = name;
			this.parent = parent;
		}

		@Override
		public String toString() {
			return this.parent + "/" + this.name;
		}

	}

	/** Not final, so that there may be nothing in it. */
	static class Lazy {

		private Supplier<String> value;

		void set(Supplier<String> value) {
			this.value = value;
		}

		String get() {
			return this.value.get();
		}

	}

}
