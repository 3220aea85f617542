package io.agentotp.spring.guard;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

import org.springframework.context.i18n.LocaleContextHolder;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.util.ClassUtils;
import org.springframework.web.context.request.RequestContextHolder;

/**
 * What the caller's thread knows and the body would find there without the guard: who is
 * signed in, locale, request, logging context, and what Micrometer's context propagation
 * knows besides.
 */
final class CallerContext {

	/** For calls whose body runs on the thread of the caller. */
	static final CallerContext SAME_THREAD = new CallerContext(List.of());

	private static final List<Local<?>> LOCALS = locals();

	private static final boolean MICROMETER = isPresent("io.micrometer.context.ContextSnapshotFactory");

	private final List<Opener> openers;

	private CallerContext(List<Opener> openers) {
		this.openers = openers;
	}

	static CallerContext capture() {
		List<Opener> openers = new ArrayList<>();
		if (MICROMETER) {
			openers.add(Micrometer.capture());
		}
		LOCALS.forEach((local) -> openers.add(local.capture()));
		return new CallerContext(openers);
	}

	/**
	 * Makes this the context of the thread.
	 * @return closing it restores the previous context
	 */
	Scope open() {
		List<Scope> scopes = new ArrayList<>();
		Scope all = () -> {
			for (int i = scopes.size() - 1; i >= 0; i--) {
				scopes.get(i).close();
			}
		};
		try {
			this.openers.forEach((opener) -> scopes.add(opener.open()));
			return all;
		}
		catch (RuntimeException ex) {
			// A pooled thread must not keep what was opened before.
			all.close();
			throw ex;
		}
	}

	/**
	 * Runs something in this context.
	 */
	<T> T in(Supplier<T> work) {
		try (Scope scope = open()) {
			return work.get();
		}
	}

	private static List<Local<?>> locals() {
		List<Local<?>> locals = new ArrayList<>();
		locals.add(new Local<>(MDC::getCopyOfContextMap,
				(values) -> MDC.setContextMap((values != null) ? values : Map.of())));
		locals.add(new Local<>(CallerPrincipal::find, CallerPrincipal::carried, CallerPrincipal::carry));
		locals.add(new Local<>(LocaleContextHolder::getLocaleContext, LocaleContextHolder::setLocaleContext));
		if (isPresent("org.springframework.web.context.request.RequestContextHolder")) {
			locals.add(Web.request());
		}
		if (isPresent("org.springframework.security.core.context.SecurityContextHolder")) {
			locals.add(Security.context());
		}
		return List.copyOf(locals);
	}

	private static boolean isPresent(String type) {
		return ClassUtils.isPresent(type, CallerContext.class.getClassLoader());
	}

	/**
	 * How long a context is that of the thread.
	 */
	@FunctionalInterface
	interface Scope extends AutoCloseable {

		@Override
		void close();

	}

	@FunctionalInterface
	private interface Opener {

		Scope open();

	}

	/**
	 * One value of a thread.
	 */
	private record Local<T>(Supplier<@Nullable T> captured, Supplier<@Nullable T> getter,
			Consumer<@Nullable T> setter) {

		Local(Supplier<@Nullable T> getter, Consumer<@Nullable T> setter) {
			this(getter, getter, setter);
		}

		Opener capture() {
			T value = this.captured.get();
			return () -> {
				T previous = this.getter.get();
				this.setter.accept(value);
				return () -> this.setter.accept(previous);
			};
		}

	}

	private static final class Micrometer {

		private Micrometer() {
		}

		static Opener capture() {
			ContextSnapshot snapshot = ContextSnapshotFactory.builder().build().captureAll();
			return () -> snapshot.setThreadLocals()::close;
		}

	}

	private static final class Web {

		private Web() {
		}

		static Local<?> request() {
			return new Local<>(RequestContextHolder::getRequestAttributes, RequestContextHolder::setRequestAttributes);
		}

	}

	private static final class Security {

		private Security() {
		}

		static Local<?> context() {
			return new Local<>(Security::copy, Security::get, Security::set);
		}

		/** Whoever signs in on the caller's thread later does so in the same context. */
		private static @Nullable SecurityContext copy() {
			SecurityContext context = get();
			if (context == null) {
				return null;
			}
			SecurityContext copy = SecurityContextHolder.createEmptyContext();
			copy.setAuthentication(context.getAuthentication());
			return copy;
		}

		private static @Nullable SecurityContext get() {
			return (CallerPrincipal.Security.authentication() != null) ? SecurityContextHolder.getContext() : null;
		}

		private static void set(@Nullable SecurityContext context) {
			if (context != null) {
				SecurityContextHolder.setContext(context);
			}
			else {
				SecurityContextHolder.clearContext();
			}
		}

	}

}
