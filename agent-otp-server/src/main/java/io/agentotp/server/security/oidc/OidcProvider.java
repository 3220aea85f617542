package io.agentotp.server.security.oidc;

import java.net.MalformedURLException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import io.agentotp.server.config.OidcSettings;
import io.agentotp.server.failure.NotAllowedException;
import io.agentotp.server.failure.TryLaterException;
import io.agentotp.server.user.ProviderIdentity;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.ParameterizedTypeReference;
import org.springframework.security.oauth2.client.oidc.authentication.OidcIdTokenDecoderFactory;
import org.springframework.security.oauth2.client.oidc.authentication.OidcIdTokenValidator;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.OAuth2TokenValidator;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.NimbusJwtDecoder;
import org.springframework.web.client.RestClient;

/**
 * An identity provider. It is asked for its addresses when somebody signs in first, so
 * that one that is away stops no start; and not again at once if it does not answer, so
 * that nobody waits for what is known to fail.
 */
final class OidcProvider {

	private static final Logger logger = LoggerFactory.getLogger(OidcProvider.class);

	private static final String CONFIGURATION = "/.well-known/openid-configuration";

	private static final Duration PATIENCE = Duration.ofSeconds(5);

	private static final Duration PAUSE = Duration.ofSeconds(10);

	private static final int MAX_KEYS_BYTES = 1_000_000;

	private final String name;

	private final OidcSettings settings;

	private final RestClient http;

	private final InstantSource clock;

	private final ReentrantLock asking = new ReentrantLock();

	private volatile @Nullable Known known;

	private volatile Instant pauseUntil = Instant.MIN;

	OidcProvider(String name, OidcSettings settings, RestClient http, InstantSource clock) {
		this.name = name;
		this.settings = settings;
		this.http = http;
		this.clock = clock;
	}

	String issuer() {
		return this.settings.issuer();
	}

	/**
	 * What the provider says of itself.
	 * @return its addresses, with what reads its tokens
	 * @throws TryLaterException if it does not answer
	 */
	Known known() {
		Known found = this.known;
		if (found != null) {
			return found;
		}
		if (this.clock.instant().isBefore(this.pauseUntil)) {
			throw away();
		}
		boolean turn = false;
		try {
			turn = this.asking.tryLock(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
			found = this.known;
			if (found == null) {
				if (!turn || this.clock.instant().isBefore(this.pauseUntil)) {
					throw away();
				}
				found = ask();
				this.known = found;
			}
			return found;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw away();
		}
		finally {
			if (turn) {
				this.asking.unlock();
			}
		}
	}

	/**
	 * What is answered when the provider is not there.
	 * @return the exception to throw
	 */
	TryLaterException away() {
		return new TryLaterException("The identity provider does not answer. Try again later", PAUSE);
	}

	private Known ask() {
		try {
			Map<String, Object> configuration = this.http.get()
				.uri(issuer().replaceAll("/+$", "") + CONFIGURATION)
				.retrieve()
				.body(new ParameterizedTypeReference<>() {
				});
			if (configuration == null || !issuer().equals(configuration.get("issuer"))) {
				throw new IllegalStateException("it calls itself another issuer");
			}
			boolean secret = this.settings.clientSecret() != null;
			ClientRegistration.Builder builder = ClientRegistrations.fromOidcConfiguration(configuration)
				.registrationId(this.name)
				.clientId(String.valueOf(this.settings.clientId()))
				.clientSecret(this.settings.clientSecret())
				.redirectUri("{baseUrl}")
				.scope(Stream.concat(Stream.of("openid"), this.settings.scopes().stream())
					.collect(Collectors.toUnmodifiableSet()))
				// With the secret as well, since it costs nothing.
				.clientSettings(ClientRegistration.ClientSettings.builder().requireProofKey(true).build());
			ClientRegistration registration = (secret ? builder
					: builder.clientAuthenticationMethod(ClientAuthenticationMethod.NONE))
				.build();
			JWKSource<SecurityContext> keys = keys(String.valueOf(registration.getProviderDetails().getJwkSetUri()));
			OidcIdTokenValidator idTokens = new OidcIdTokenValidator(registration);
			idTokens.setClock(this.clock.withZone(ZoneOffset.UTC));
			return new Known(registration, decoder(keys, idTokens),
					decoder(keys, new LogoutTokenValidator(registration, this.clock)));
		}
		catch (RuntimeException | MalformedURLException ex) {
			// The message of the library can hold what the provider answered, which is
			// public.
			logger.warn("Identity provider '{}' ({}) cannot be asked, so nobody can sign in there: {}", this.name,
					issuer(), ex.toString());
			this.pauseUntil = this.clock.instant().plus(PAUSE);
			throw away();
		}
	}

	// A key that is not known is asked for once in a while, whatever strangers send.
	private static JWKSource<SecurityContext> keys(String url) throws MalformedURLException {
		int patience = (int) PATIENCE.toMillis();
		return JWKSourceBuilder
			.create(URI.create(url).toURL(), new DefaultResourceRetriever(patience, patience, MAX_KEYS_BYTES))
			.rateLimited(patience)
			.build();
	}

	private static JwtDecoder decoder(JWKSource<SecurityContext> keys, OAuth2TokenValidator<Jwt> validator) {
		NimbusJwtDecoder decoder = NimbusJwtDecoder.withJwkSource(keys)
			.jwsAlgorithms((algorithms) -> algorithms.addAll(Arrays.asList(SignatureAlgorithm.values())))
			.build();
		decoder.setJwtValidator(validator);
		decoder.setClaimSetConverter(OidcIdTokenDecoderFactory.createDefaultClaimTypeConverter());
		return decoder;
	}

	/**
	 * What the provider says of who signed in, by the settings.
	 * @param user who signed in
	 * @return who that is, and what they may do
	 */
	ProviderIdentity identity(OidcUser user) {
		Set<String> values = this.settings.claims()
			.stream()
			.flatMap((claim) -> values(user.getClaims(), claim))
			.collect(Collectors.toUnmodifiableSet());
		return new ProviderIdentity(this.name, issuer(), String.valueOf(user.getSubject()), user.getPreferredUsername(),
				given(this.settings.roles(), values), given(this.settings.groups(), values));
	}

	// Microsoft's tokens then say where to ask instead. Half of the groups are not all.
	private static Stream<String> values(Map<String, Object> claims, String claim) {
		if (claims.get("_claim_names") instanceof Map<?, ?> elsewhere && elsewhere.containsKey(claim)) {
			throw new NotAllowedException(
					"You are in more groups than a token of the identity provider holds. Let the provider send roles of the application instead");
		}
		Object value = claims.get(claim);
		if (value == null) {
			value = inside(claims, List.of(claim.split("\\."))).orElse("");
		}
		return (value instanceof Iterable<?> several) ? texts(several) : texts(List.of(value));
	}

	private static Stream<String> texts(Iterable<?> values) {
		Stream.Builder<String> texts = Stream.builder();
		values.forEach((value) -> {
			if (value instanceof String text && !text.isEmpty()) {
				texts.add(text);
			}
		});
		return texts.build();
	}

	private static Optional<Object> inside(Map<?, ?> claims, List<String> path) {
		Object value = claims.get(path.get(0));
		return (path.size() == 1) ? Optional.ofNullable(value)
				: (value instanceof Map<?, ?> inner) ? inside(inner, path.subList(1, path.size())) : Optional.empty();
	}

	private static <T> Set<T> given(Map<T, Set<String>> by, Set<String> values) {
		return by.entrySet()
			.stream()
			.filter((entry) -> entry.getValue().stream().anyMatch(values::contains))
			.map((entry) -> Objects.requireNonNull(entry.getKey()))
			.collect(Collectors.toUnmodifiableSet());
	}

	/**
	 * What a provider says of itself.
	 *
	 * @param registration its addresses
	 * @param idTokens reads who signed in
	 * @param logoutTokens reads whose session is over
	 */
	record Known(ClientRegistration registration, JwtDecoder idTokens, JwtDecoder logoutTokens) {
	}

}
