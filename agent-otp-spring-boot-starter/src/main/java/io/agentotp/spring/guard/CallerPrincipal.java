package io.agentotp.spring.guard;

import java.security.Principal;
import java.util.Optional;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.security.authentication.AuthenticationTrustResolver;
import org.springframework.security.authentication.AuthenticationTrustResolverImpl;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.ReactiveSecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.util.ClassUtils;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/**
 * Finds for whom the calling thread works, as far as this application has authenticated
 * it: what was approved for one is not picked up by another.
 */
public final class CallerPrincipal {

	private static final boolean SECURITY = isPresent(
			"org.springframework.security.core.context.SecurityContextHolder");

	private static final boolean WEB = isPresent("jakarta.servlet.http.HttpServletRequest")
			&& isPresent("org.springframework.web.context.request.RequestContextHolder");

	private CallerPrincipal() {
	}

	/**
	 * Return the name of the principal.
	 * @return the name, or {@code null} if nobody is known
	 */
	static @Nullable String find() {
		String name = SECURITY ? Security.find() : null;
		return (name != null) ? name : ofRequest();
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
	 * Return who subscribes, where that stands in the Reactor context.
	 * @return the name, or empty if nobody is known there
	 */
	public static Mono<Optional<String>> ofSubscriber() {
		return SECURITY ? Security.ofSubscriber() : Mono.just(Optional.empty());
	}

	private static boolean isPresent(String type) {
		return ClassUtils.isPresent(type, CallerPrincipal.class.getClassLoader());
	}

	/**
	 * On its own, because Spring Security is optional.
	 */
	private static final class Security {

		private static final AuthenticationTrustResolver TRUST = new AuthenticationTrustResolverImpl();

		static @Nullable String find() {
			return name(SecurityContextHolder.getContext().getAuthentication());
		}

		static Mono<Optional<String>> ofSubscriber() {
			return ReactiveSecurityContextHolder.getContext()
				.map((context) -> Optional.ofNullable(name(context.getAuthentication())))
				.defaultIfEmpty(Optional.empty());
		}

		/** All strangers have the same name, so it names nobody. */
		private static @Nullable String name(@Nullable Authentication authentication) {
			return (authentication == null || TRUST.isAnonymous(authentication)) ? null : authentication.getName();
		}

	}

	/**
	 * On its own, because Spring's web support is optional.
	 */
	private static final class Web {

		static @Nullable String find() {
			Principal user = (RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes request)
					? request.getRequest().getUserPrincipal() : null;
			return (user != null) ? user.getName() : null;
		}

	}

}
