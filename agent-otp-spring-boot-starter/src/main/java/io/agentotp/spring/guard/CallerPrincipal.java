package io.agentotp.spring.guard;

import java.lang.ref.SoftReference;
import java.lang.ref.WeakReference;
import java.security.Principal;
import java.util.List;
import java.util.Optional;

import io.agentotp.spring.operation.PrincipalIdentity;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpSession;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.util.context.ContextView;

import org.springframework.security.authentication.AuthenticationTrustResolver;
import org.springframework.security.authentication.AuthenticationTrustResolverImpl;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.ReactiveSecurityContextHolderThreadLocalAccessor;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.util.ClassUtils;
import org.springframework.util.StringUtils;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;
import org.springframework.web.filter.reactive.ServerWebExchangeContextFilter;

/**
 * Finds for whom the calling thread works, as far as this application has authenticated
 * it: what was approved for one is not picked up by another.
 */
public final class CallerPrincipal {

	private static final boolean SECURITY = isPresent(
			"org.springframework.security.core.context.SecurityContextHolder");

	private static final boolean WEB = isPresent("jakarta.servlet.http.HttpServletRequest")
			&& isPresent("org.springframework.web.context.request.RequestContextHolder");

	/** A coroutine may be that of a publisher, which its thread does not tell. */
	private static final List<String> PUBLISHERS = List.of("reactor.core.publisher.", "kotlinx.coroutines.",
			"kotlin.coroutines.");

	private static final boolean REACTIVE_WEB = isPresent("org.springframework.web.server.ServerWebExchange");

	private static final boolean PROPAGATION = SECURITY && isPresent("io.micrometer.context.ThreadLocalAccessor")
			&& isPresent("org.springframework.security.core.context.ReactiveSecurityContextHolderThreadLocalAccessor");

	private static final ThreadLocal<@Nullable CallerIdentity> CARRIED = new ThreadLocal<>();

	private static final StackWalker STACK = StackWalker.getInstance();

	private CallerPrincipal() {
	}

	/**
	 * Return who is known on this thread.
	 */
	static CallerIdentity find() {
		CallerIdentity user = SECURITY ? Security.find() : null;
		if (user == null && PROPAGATION) {
			user = Propagated.find();
		}
		if (user == null) {
			user = CARRIED.get();
		}
		return (user != null) ? user : WEB ? Web.identity() : unknown();
	}

	/**
	 * Return who was found on the thread of a caller, for whom this one works.
	 */
	static @Nullable CallerIdentity carried() {
		return CARRIED.get();
	}

	/**
	 * Lets this thread know who was found on that of the caller: a web request can be
	 * over by now, and tell nothing of its user or another one's.
	 */
	static void carry(@Nullable CallerIdentity identity) {
		if (identity != null) {
			CARRIED.set(identity);
		}
		else {
			CARRIED.remove();
		}
	}

	/**
	 * Return who subscribes, as far as that stands in the Reactor context: the principal
	 * or the web exchange.
	 */
	static Mono<CallerIdentity> find(ContextView context) {
		return ofSubscriber().flatMap((user) -> user.map(Mono::just)
			.orElseGet(() -> REACTIVE_WEB ? Exchange.find(context) : unknown(context)));
	}

	/**
	 * Return whether a publisher's work runs on this thread for a subscriber that is not
	 * known here: its context stays with Reactor. The thread of a servlet request is that
	 * request's own.
	 */
	static boolean isUnknownSubscriber() {
		return REACTIVE_WEB && !(WEB && Web.isRequest())
				&& STACK.walk((frames) -> frames.map(StackWalker.StackFrame::getClassName)
					.anyMatch((type) -> PUBLISHERS.stream().anyMatch(type::startsWith)));
	}

	/**
	 * Return whom the web request of this thread has been authenticated for.
	 * @return the user, or {@code null} if there is no web request or nobody has been
	 * authenticated for it
	 */
	public static @Nullable CallerIdentity ofRequest() {
		return WEB ? Web.find() : null;
	}

	/**
	 * Return for whom this thread works: that of the web request, or of the subscriber
	 * where Reactor's context is carried to threads.
	 * @return the user, or {@code null} if nobody is known
	 */
	public static @Nullable CallerIdentity ofThread() {
		CallerIdentity user = ofRequest();
		return (user == null && PROPAGATION) ? Propagated.find() : user;
	}

	/**
	 * Return whether this thread works for a user whom only Reactor's context knows,
	 * which is not carried to threads.
	 * @return whether users cannot be told apart here
	 */
	public static boolean isLost() {
		return SECURITY && ofThread() == null && isUnknownSubscriber();
	}

	/**
	 * Return who subscribes, where that stands in the Reactor context.
	 * @return the user, or empty if nobody is known there
	 */
	public static Mono<Optional<CallerIdentity>> ofSubscriber() {
		return SECURITY ? Security.ofSubscriber() : Mono.just(Optional.empty());
	}

	/** Also where a pool's thread works for a stranger without the request. */
	private static CallerIdentity unknown() {
		return (SECURITY && Security.isAnonymous()) ? CallerIdentity.STRANGER : CallerIdentity.APPLICATION;
	}

	private static Mono<CallerIdentity> unknown(ContextView context) {
		return Mono.just((SECURITY && Security.isIn(context)) ? CallerIdentity.STRANGER : CallerIdentity.APPLICATION);
	}

	/**
	 * Return whom a web request has been authenticated for: a stranger if the user cannot
	 * be told from others.
	 */
	private static CallerIdentity identity(Principal user) {
		CallerIdentity known = (SECURITY && Security.knows(user)) ? Security.of(user)
				: StringUtils.hasText(user.getName()) ? CallerIdentity.principal(user.getName(), user.getName()) : null;
		return (known != null) ? known : CallerIdentity.STRANGER;
	}

	private static boolean isPresent(String type) {
		return ClassUtils.isPresent(type, CallerPrincipal.class.getClassLoader());
	}

	/**
	 * On its own, because Spring Security is optional.
	 */
	static final class Security {

		private static final AuthenticationTrustResolver TRUST = new AuthenticationTrustResolverImpl();

		/**
		 * A thread asks several times for one token. The thread may outlive the
		 * application.
		 */
		private static final ThreadLocal<@Nullable SoftReference<Known>> LAST = new ThreadLocal<>();

		static @Nullable CallerIdentity find() {
			return of(authentication());
		}

		// Looking makes a context where there is none, and leaves it with the thread,
		// which
		// a container keeps for longer than the application.
		static @Nullable Authentication authentication() {
			Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
			if (authentication == null) {
				SecurityContextHolder.clearContext();
			}
			return authentication;
		}

		/**
		 * Return whether Spring Security has looked at what the thread works for, and
		 * found nobody.
		 */
		static boolean isAnonymous() {
			Authentication authentication = authentication();
			return authentication != null && of(authentication) == null;
		}

		/**
		 * Return whether Spring Security looks at the request, whoever makes it.
		 */
		static boolean isIn(ContextView context) {
			return context.hasKey(SecurityContext.class);
		}

		static Mono<Optional<CallerIdentity>> ofSubscriber() {
			return ReactiveSecurityContextHolder.getContext()
				.map((context) -> Optional.ofNullable(of(context.getAuthentication())))
				.defaultIfEmpty(Optional.empty());
		}

		private record Known(WeakReference<Authentication> token, @Nullable CallerIdentity identity) {
		}

		static boolean knows(Principal user) {
			return user instanceof Authentication;
		}

		/**
		 * All strangers have the same name, so it names nobody, and one that has not been
		 * verified is what anybody can say.
		 */
		static @Nullable CallerIdentity of(@Nullable Principal user) {
			if (!(user instanceof Authentication authentication) || TRUST.isAnonymous(authentication)
					|| !authentication.isAuthenticated()) {
				return null;
			}
			SoftReference<Known> last = PrincipalIdentity.isFixed(authentication) ? LAST.get() : null;
			Known known = (last != null) ? last.get() : null;
			if (known == null || !known.token().refersTo(authentication)) {
				String id = PrincipalIdentity.of(authentication);
				known = new Known(new WeakReference<>(authentication),
						(id != null) ? CallerIdentity.principal(id, authentication.getName()) : null);
				LAST.set(new SoftReference<>(known));
			}
			return known.identity();
		}

	}

	/**
	 * On its own, because Micrometer's context propagation is optional.
	 */
	private static final class Propagated {

		private static final ReactiveSecurityContextHolderThreadLocalAccessor CONTEXT = new ReactiveSecurityContextHolderThreadLocalAccessor();

		static @Nullable CallerIdentity find() {
			Mono<SecurityContext> context = CONTEXT.getValue();
			// What subscribes there finds it in Reactor's context.
			return (context == null || Schedulers.isInNonBlockingThread()) ? null
					: context.mapNotNull((known) -> Security.of(known.getAuthentication())).block();
		}

	}

	/**
	 * On its own, because Spring's web support is optional.
	 */
	private static final class Web {

		static @Nullable CallerIdentity find() {
			CallerIdentity caller = identity();
			return caller.is(CallerIdentity.Kind.PRINCIPAL) ? caller : null;
		}

		static boolean isRequest() {
			return RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes;
		}

		static CallerIdentity identity() {
			if (!(RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes attributes)) {
				return unknown();
			}
			try {
				// Refused if the request is over: the server may use its object for
				// another one.
				attributes.getAttribute(CallerPrincipal.class.getName(), RequestAttributes.SCOPE_REQUEST);
				return identity(attributes.getRequest());
			}
			catch (IllegalStateException ex) {
				return CallerIdentity.STRANGER;
			}
		}

		private static CallerIdentity identity(HttpServletRequest request) {
			Principal user = request.getUserPrincipal();
			if (user != null) {
				return CallerPrincipal.identity(user);
			}
			HttpSession session = request.getSession(false);
			if (session != null) {
				return CallerIdentity.session(session.getId());
			}
			return unknown();
		}

	}

	/**
	 * On its own, because Spring's web support is optional.
	 */
	private static final class Exchange {

		static Mono<CallerIdentity> find(ContextView context) {
			return ServerWebExchangeContextFilter.getExchange(context)
				.map((exchange) -> exchange.getPrincipal()
					.map(CallerPrincipal::identity)
					.switchIfEmpty(Mono.defer(() -> exchange.getSession()
						.flatMap((session) -> session.isStarted() ? Mono.just(CallerIdentity.session(session.getId()))
								: CallerPrincipal.unknown(context)))))
				.orElseGet(() -> CallerPrincipal.unknown(context));
		}

	}

}
