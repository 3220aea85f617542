package io.agentotp.spring.operation;

import java.net.URI;
import java.util.Collections;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * Classes whose values hold credentials: no approver may see them. A class says so by its
 * type, never by its name or those of its fields.
 */
final class Credentials {

	private static final String REASON = "it holds credentials";

	private static final String REMEDY = REASON + ", which only a parameter with @Sensitive can bind";

	/** Their subclasses, too. */
	private static final Set<String> TYPES = Set.of("java.security.PrivateKey", "javax.crypto.SecretKey",
			"javax.security.auth.Destroyable", "org.springframework.security.core.Authentication",
			"org.springframework.security.core.CredentialsContainer",
			"org.springframework.security.core.context.SecurityContext",
			"org.springframework.security.core.userdetails.UserDetails",
			"org.springframework.security.oauth2.core.OAuth2Token",
			"org.springframework.security.oauth2.core.user.OAuth2User",
			"org.springframework.security.oauth2.client.OAuth2AuthorizedClient",
			"org.springframework.security.oauth2.client.registration.ClientRegistration",
			"org.apache.catalina.realm.GenericPrincipal", "org.apache.hc.client5.http.auth.Credentials",
			"org.apache.http.auth.Credentials", "com.nimbusds.jose.jwk.JWK", "com.nimbusds.jwt.JWT",
			"com.auth0.jwt.interfaces.DecodedJWT", "software.amazon.awssdk.identity.spi.Identity",
			"com.google.auth.Credentials", "com.azure.core.credential.TokenCredential",
			"com.azure.core.credential.KeyCredential", "com.mongodb.MongoCredential", "java.net.Authenticator",
			"jakarta.mail.Authenticator", "javax.sql.CommonDataSource", "io.r2dbc.spi.ConnectionFactory",
			"io.r2dbc.spi.ConnectionFactoryOptions", "com.rabbitmq.client.ConnectionFactory",
			"org.springframework.amqp.rabbit.connection.ConnectionFactory", "jakarta.jms.ConnectionFactory",
			"org.springframework.boot.autoconfigure.service.connection.ConnectionDetails",
			"org.springframework.data.redis.connection.RedisConfiguration",
			"org.springframework.data.redis.connection.RedisPassword",
			"org.springframework.http.client.support.BasicAuthenticationInterceptor",
			"org.springframework.mail.javamail.JavaMailSenderImpl",
			"software.amazon.awssdk.identity.spi.IdentityProvider");

	/** Those of which nothing can be written but what a form says. */
	private static final Set<String> UNWRITABLE = Set.of("java.net.PasswordAuthentication", "java.net.HttpCookie",
			"java.security.KeyPair", "java.security.KeyStore", "javax.security.auth.Subject",
			"javax.security.auth.callback.PasswordCallback", "org.springframework.http.HttpHeaders",
			"org.springframework.http.HttpCookie", "jakarta.servlet.http.Cookie",
			"jakarta.mail.PasswordAuthentication");

	/** The user of a URL, whose name alone can be a key. */
	private static final Pattern USER = Pattern.compile("(\\w*):?//([^/?#]*)@");

	private static final ClassValue<Optional<String>> PROBLEMS = new ClassValue<>() {

		@Override
		protected Optional<String> computeValue(Class<?> type) {
			Set<String> names = new HashSet<>();
			collect(type, names);
			if (!Collections.disjoint(names, UNWRITABLE)) {
				return Optional.of(REASON);
			}
			return (type == char[].class || !Collections.disjoint(names, TYPES)) ? Optional.of(REMEDY)
					: Optional.empty();
		}

	};

	private Credentials() {
	}

	private static void collect(@Nullable Class<?> type, Set<String> names) {
		if (type != null && names.add(type.getName())) {
			collect(type.getSuperclass(), names);
			for (Class<?> contract : type.getInterfaces()) {
				collect(contract, names);
			}
		}
	}

	/**
	 * Return why a value must not be shown, or {@code null} if it may.
	 */
	static @Nullable String problemOf(Object value) {
		if (!(value instanceof URI uri)) {
			return problem(value.getClass());
		}
		Matcher user = USER.matcher(uri.toString());
		return (user.find() && (user.group(2).contains(":") || user.group(1).startsWith("http"))) ? REMEDY : null;
	}

	/**
	 * Return why values of a class must not be shown, or {@code null} if they may.
	 */
	static @Nullable String problem(Class<?> type) {
		return PROBLEMS.get(type).orElse(null);
	}

}
