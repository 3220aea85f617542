package io.agentotp.spring.guard;

import java.lang.reflect.Method;
import java.security.Principal;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

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
import org.springframework.util.ReflectionUtils;
import org.springframework.util.StringUtils;
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
		String name = SECURITY ? Security.find() : null;
		if (name == null && PROPAGATION) {
			name = Propagated.find();
		}
		if (name != null) {
			return CallerIdentity.principal(name);
		}
		CallerIdentity carried = CARRIED.get();
		return (carried != null) ? carried : WEB ? Web.identity() : unknown();
	}

	/**
	 * Return who was found on the thread that has handed its work to this one, whose web
	 * request may be over; or {@code null} if no thread has.
	 */
	static @Nullable CallerIdentity carried() {
		return CARRIED.get();
	}

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
		return ofSubscriber().flatMap((name) -> name.map((known) -> Mono.just(CallerIdentity.principal(known)))
			.orElseGet(() -> REACTIVE_WEB ? Exchange.find(context) : unknown(context)));
	}

	/**
	 * Return whether a publisher's work runs on this thread for a subscriber that is not
	 * known here: its context stays with Reactor. The thread of a servlet request is that
	 * request's own.
	 */
	static boolean isUnknownSubscriber() {
		return REACTIVE_WEB && !(WEB && Web.isRequest()) && STACK
			.walk((frames) -> frames.anyMatch((frame) -> frame.getClassName().startsWith("reactor.core.publisher.")));
	}

	/**
	 * Return whom the web request of this thread has been authenticated for.
	 * @return the name, or {@code null} if there is no web request or nobody has been
	 * authenticated for it
	 */
	public static @Nullable String ofRequest() {
		return WEB ? Web.find() : null;
	}

	/**
	 * Return for whom this thread works: that of the web request, or of the subscriber
	 * where Reactor's context is carried to threads.
	 * @return the name, or {@code null} if nobody is known
	 */
	public static @Nullable String ofThread() {
		String name = ofRequest();
		return (name == null && PROPAGATION) ? Propagated.find() : name;
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
	 * @return the name, or empty if nobody is known there
	 */
	public static Mono<Optional<String>> ofSubscriber() {
		return SECURITY ? Security.ofSubscriber() : Mono.just(Optional.empty());
	}

	private static CallerIdentity identity(Principal user) {
		String name = (SECURITY && Security.isOne(user)) ? Security.name((Authentication) user)
				: StringUtils.hasText(user.getName()) ? escaped(user.getName()) : null;
		return (name != null) ? CallerIdentity.principal(name) : CallerIdentity.STRANGER;
	}

	/** What a bar parts is the provider and the name. */
	private static String escaped(String name) {
		return (name.indexOf('|') < 0 && name.indexOf('\\') < 0) ? name
				: name.replace("\\", "\\\\").replace("|", "\\|");
	}

	/** Also where a pool's thread works for a stranger without the request. */
	private static CallerIdentity unknown() {
		return (SECURITY && Security.isAnonymous()) ? CallerIdentity.STRANGER : CallerIdentity.APPLICATION;
	}

	private static Mono<CallerIdentity> unknown(ContextView context) {
		return Mono.just((SECURITY && Security.isIn(context)) ? CallerIdentity.STRANGER : CallerIdentity.APPLICATION);
	}

	private static boolean isPresent(String type) {
		return ClassUtils.isPresent(type, CallerPrincipal.class.getClassLoader());
	}

	/**
	 * On its own, because Spring Security is optional.
	 */
	private static final class Security {

		private static final AuthenticationTrustResolver TRUST = new AuthenticationTrustResolverImpl();

		/** Of the tokens for OAuth 2 and SAML, which are optional. */
		private static final ClassValue<List<Method>> PROVIDERS = new ClassValue<>() {

			@Override
			protected List<Method> computeValue(Class<?> type) {
				return Stream
					.of("getAuthorizedClientRegistrationId", "getRelyingPartyRegistrationId", "getTokenAttributes")
					.map((name) -> ReflectionUtils.findMethod(type, name))
					.filter(Objects::nonNull)
					.peek(ReflectionUtils::makeAccessible)
					.toList();
			}

		};

		static boolean isOne(Principal user) {
			return user instanceof Authentication;
		}

		static @Nullable String find() {
			return name(SecurityContextHolder.getContext().getAuthentication());
		}

		/**
		 * Return whether Spring Security has looked at what the thread works for, and
		 * found nobody.
		 */
		static boolean isAnonymous() {
			Authentication authentication = SecurityContextHolder.getContext().getAuthentication();
			return authentication != null && name(authentication) == null;
		}

		/**
		 * Return whether Spring Security looks at the request, whoever makes it.
		 */
		static boolean isIn(ContextView context) {
			return context.hasKey(SecurityContext.class);
		}

		static Mono<Optional<String>> ofSubscriber() {
			return ReactiveSecurityContextHolder.getContext()
				.map((context) -> Optional.ofNullable(name(context.getAuthentication())))
				.defaultIfEmpty(Optional.empty());
		}

		/**
		 * Return whom somebody is known as: all strangers have the same name, so it names
		 * nobody, and that of another identity provider is another one.
		 */
		static @Nullable String name(@Nullable Authentication authentication) {
			if (authentication == null || !authentication.isAuthenticated() || TRUST.isAnonymous(authentication)
					|| !StringUtils.hasText(authentication.getName())) {
				return null;
			}
			String provider = provider(authentication);
			return (provider == null) ? escaped(authentication.getName())
					: escaped(provider) + "|" + escaped(authentication.getName());
		}

		private static @Nullable String provider(Authentication authentication) {
			for (Method accessor : PROVIDERS.get(authentication.getClass())) {
				Object told = ReflectionUtils.invokeMethod(accessor, authentication);
				Object provider = (told instanceof Map<?, ?> attributes) ? attributes.get("iss") : told;
				if (provider != null) {
					return provider.toString();
				}
			}
			return null;
		}

	}

	/**
	 * On its own, because Micrometer's context propagation is optional.
	 */
	private static final class Propagated {

		private static final ReactiveSecurityContextHolderThreadLocalAccessor CONTEXT = new ReactiveSecurityContextHolderThreadLocalAccessor();

		static @Nullable String find() {
			Mono<SecurityContext> context = CONTEXT.getValue();
			// What subscribes there finds it in Reactor's context.
			return (context == null || Schedulers.isInNonBlockingThread()) ? null
					: context.mapNotNull((known) -> Security.name(known.getAuthentication())).block();
		}

	}

	/**
	 * On its own, because Spring's web support is optional.
	 */
	private static final class Web {

		static @Nullable String find() {
			CallerIdentity caller = identity();
			return caller.is(CallerIdentity.Kind.PRINCIPAL) ? caller.id() : null;
		}

		static boolean isRequest() {
			return RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes;
		}

		static CallerIdentity identity() {
			if (!(RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes attributes)) {
				return unknown();
			}
			try {
				return identity(attributes.getRequest());
			}
			catch (IllegalStateException ex) {
				// The request is over, and may be another one by now.
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
