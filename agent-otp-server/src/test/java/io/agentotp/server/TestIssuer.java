package io.agentotp.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

/**
 * An identity provider that says what a real one will not. It lets everybody in as the
 * person of the moment, without asking.
 */
final class TestIssuer implements AutoCloseable {

	static final String CLIENT = "agent-otp";

	static final String SECRET = "hide-me-secret-of-the-client";

	private final HttpServer server;

	private final String path;

	private final Map<String, Map<String, String>> codes = new ConcurrentHashMap<>();

	final List<String> asked = new CopyOnWriteArrayList<>();

	final List<String> queries = new CopyOnWriteArrayList<>();

	final Map<String, Object> person = new LinkedHashMap<>();

	InstantSource clock = InstantSource.system();

	/** Changes what the redirect back to the service says. */
	UnaryOperator<String> back = (location) -> location;

	/** Changes the claims of tokens. */
	UnaryOperator<Map<String, Object>> claims = (claims) -> claims;

	RSAKey key = key();

	/** Signs tokens, if it is not the key of the issuer. */
	RSAKey signer;

	volatile boolean away;

	TestIssuer() throws IOException {
		this("/realms/company");
	}

	TestIssuer(String path) throws IOException {
		this.path = path;
		this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		this.server.createContext("/", this::answer);
		this.server.start();
		be("7f3a", "erin", "ops-approvers");
	}

	/**
	 * Says what a real one says again, of the usual person.
	 */
	void reset(InstantSource now) {
		this.clock = now;
		this.back = (location) -> location;
		this.claims = (same) -> same;
		this.signer = null;
		this.away = false;
		be("7f3a", "erin", "ops-approvers");
	}

	String url() {
		return "http://localhost:" + this.server.getAddress().getPort() + this.path;
	}

	/**
	 * The settings of the service for this issuer.
	 */
	String[] settings(String name, String... more) {
		String prefix = "agentotp.server.oidc." + name + ".";
		List<String> all = new java.util.ArrayList<>(List.of(prefix + "issuer-uri=" + url(),
				prefix + "client-id=" + CLIENT, prefix + "client-secret=" + SECRET, prefix + "title=Company login",
				prefix + "roles.approver=ops-approvers", prefix + "roles.administrator=otp-admins",
				prefix + "groups.finance=finance-team"));
		all.addAll(Arrays.asList(more));
		return all.toArray(String[]::new);
	}

	void be(String subject, String name, String... groups) {
		this.person.clear();
		this.person.putAll(Map.of("sub", subject, "preferred_username", name, "groups", List.of(groups), "sid",
				"session-of-" + subject));
	}

	static RSAKey key() {
		try {
			return new RSAKeyGenerator(2048).keyID(UUID.randomUUID().toString()).generate();
		}
		catch (JOSEException ex) {
			throw new IllegalStateException(ex);
		}
	}

	String logoutToken(Map<String, Object> more) {
		Instant now = this.clock.instant();
		Map<String, Object> all = new HashMap<>(Map.of("iss", url(), "aud", CLIENT, "iat", Date.from(now), "exp",
				Date.from(now.plusSeconds(120)), "jti", UUID.randomUUID().toString(), "events",
				Map.of("http://schemas.openid.net/event/backchannel-logout", Map.of())));
		all.putAll(more);
		all.values().removeIf(""::equals);
		return sign(all);
	}

	private String sign(Map<String, Object> claims) {
		try {
			JWTClaimsSet.Builder set = new JWTClaimsSet.Builder();
			claims.forEach(set::claim);
			RSAKey with = (this.signer != null) ? this.signer : this.key;
			SignedJWT token = new SignedJWT(
					new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(this.key.getKeyID()).build(), set.build());
			token.sign(new RSASSASigner(with));
			return token.serialize();
		}
		catch (JOSEException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void answer(HttpExchange exchange) throws IOException {
		String at = exchange.getRequestURI().getPath().substring(this.path.length());
		this.asked.add(at);
		try (exchange) {
			if (this.away) {
				exchange.sendResponseHeaders(503, -1);
				return;
			}
			switch (at) {
				case "/.well-known/openid-configuration" -> json(exchange, """
						{"issuer":"%1$s","authorization_endpoint":"%1$s/authorize","token_endpoint":"%1$s/token",
						"jwks_uri":"%1$s/keys","response_types_supported":["code"],"subject_types_supported":["public"],
						"id_token_signing_alg_values_supported":["RS256"]}""".formatted(url()));
				case "/keys" -> json(exchange, new JWKSet(this.key).toPublicJWKSet().toString());
				case "/authorize" -> authorize(exchange);
				case "/token" -> token(exchange);
				default -> exchange.sendResponseHeaders(404, -1);
			}
		}
	}

	private void authorize(HttpExchange exchange) throws IOException {
		this.queries.add(exchange.getRequestURI().getRawQuery());
		Map<String, String> query = read(exchange.getRequestURI().getRawQuery());
		String code = UUID.randomUUID().toString();
		this.codes.put(code, query);
		exchange.getResponseHeaders()
			.set("Location",
					this.back.apply(query.get("redirect_uri") + "?code=" + code + "&state=" + query.get("state")));
		exchange.sendResponseHeaders(302, -1);
	}

	private void token(HttpExchange exchange) throws IOException {
		Map<String, String> form = read(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
		Map<String, String> query = this.codes.remove(form.get("code"));
		boolean client = ("Basic "
				+ Base64.getEncoder().encodeToString((CLIENT + ":" + SECRET).getBytes(StandardCharsets.UTF_8)))
			.equals(exchange.getRequestHeaders().getFirst("Authorization"));
		if (query == null || !client || !query.get("redirect_uri").equals(form.get("redirect_uri"))
				|| !query.get("code_challenge").equals(hash(form.get("code_verifier")))) {
			exchange.getResponseHeaders().set("Content-Type", "application/json");
			byte[] error = "{\"error\":\"invalid_grant\"}".getBytes(StandardCharsets.UTF_8);
			exchange.sendResponseHeaders(400, error.length);
			exchange.getResponseBody().write(error);
			return;
		}
		Instant now = this.clock.instant();
		Map<String, Object> all = new LinkedHashMap<>(this.person);
		all.put("iss", url());
		all.put("aud", CLIENT);
		all.put("iat", Date.from(now));
		all.put("exp", Date.from(now.plusSeconds(300)));
		all.put("auth_time", now.getEpochSecond());
		all.put("nonce", query.get("nonce"));
		json(exchange,
				"{\"access_token\":\"hide-me-access\",\"token_type\":\"Bearer\",\"expires_in\":60,\"id_token\":\""
						+ sign(this.claims.apply(all)) + "\"}");
	}

	private static String hash(String verifier) {
		try {
			return Base64.getUrlEncoder()
				.withoutPadding()
				.encodeToString(MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(StandardCharsets.UTF_8)));
		}
		catch (java.security.NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static Map<String, String> read(String form) {
		return Arrays.stream(form.split("&"))
			.map((field) -> field.split("=", 2))
			.collect(Collectors.toMap((field) -> field[0],
					(field) -> URLDecoder.decode(field[1], StandardCharsets.UTF_8)));
	}

	private static void json(HttpExchange exchange, String text) throws IOException {
		byte[] body = text.getBytes(StandardCharsets.UTF_8);
		exchange.getResponseHeaders().set("Content-Type", "application/json");
		exchange.sendResponseHeaders(200, body.length);
		exchange.getResponseBody().write(body);
	}

	@Override
	public void close() {
		this.server.stop(0);
	}

}
