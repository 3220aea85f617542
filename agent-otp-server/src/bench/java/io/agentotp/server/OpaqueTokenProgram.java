package io.agentotp.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;

import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.core.io.ClassPathResource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.crypto.password.NoOpPasswordEncoder;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.server.authorization.JdbcOAuth2AuthorizationService;
import org.springframework.security.oauth2.server.authorization.OAuth2AuthorizationService;
import org.springframework.security.oauth2.server.authorization.client.InMemoryRegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClient;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.settings.AuthorizationServerSettings;
import org.springframework.security.oauth2.server.authorization.settings.OAuth2TokenFormat;
import org.springframework.security.oauth2.server.authorization.settings.TokenSettings;
import org.springframework.security.web.SecurityFilterChain;

/**
 * Granting, verifying and revoking a permission beside Spring Authorization Server, which
 * issues, introspects and revokes an opaque token. Both keep theirs in the same PostgreSQL.
 */
public final class OpaqueTokenProgram {

	private OpaqueTokenProgram() {
	}

	/**
	 * Measures.
	 * @param args none
	 * @throws Exception if it cannot
	 */
	public static void main(String[] args) throws Exception {
		try (EmbeddedPostgres postgres = EmbeddedPostgres.builder().setServerConfig("fsync", "on").start()) {
			String url = postgres.getJdbcUrl("postgres", "postgres");
			try (TestServer server = TestServer.startNodes(null, 1, "agentotp.server.datasource.url=" + url,
					"server.tomcat.max-keep-alive-requests=-1",
					"agentotp.server.secret=a-secret-of-tests-0123456789-0123456789");
					ServletWebServerApplicationContext other = (ServletWebServerApplicationContext) authorizationServer(url)) {
				int port = other.getWebServer().getPort();
				Rounds.run(List.of(new Rounds.Contender("request, verify, revoke", () -> ours(server.port())),
						new Rounds.Contender("Spring Authorization Server", () -> theirs(port))));
			}
		}
	}

	private static Object authorizationServer(String url) {
		SpringApplication application = new SpringApplication(AuthorizationServer.class);
		application.setDefaultProperties(Map.of("server.port", "0", "server.tomcat.max-keep-alive-requests", "-1", "agentotp.server.enabled", "false",
				"logging.level.root", "warn", "bench.url", url));
		return application.run();
	}

	private static Rounds.Worker ours(int port) throws IOException {
		String path = "/agent-otp/api/v1/permissions/";
		String headers = "Authorization: Bearer " + TestServer.MAILER_KEY + "\r\nContent-Type: application/json\r\n";
		return new WireWorker(new Wire(port)) {

			@Override
			public void once() throws IOException {
				String permission = wire().send("POST", path + "request", headers, "{\"action\":\"read.file\"}");
				String id = Wire.field(permission, "id");
				String token = "{\"token\":\"" + Wire.field(permission, "token") + "\"}";
				require(wire().send("POST", path + id + "/verify", headers, token), "\"valid\":true");
				require(wire().send("POST", path + id + "/revoke", headers, token), "\"success\":true");
			}

		};
	}

	private static Rounds.Worker theirs(int port) throws IOException {
		String headers = "Authorization: Basic "
				+ Base64.getEncoder().encodeToString("agent:secret".getBytes(StandardCharsets.UTF_8))
				+ "\r\nContent-Type: application/x-www-form-urlencoded\r\n";
		return new WireWorker(new Wire(port)) {

			@Override
			public void once() throws IOException {
				String issued = wire().send("POST", "/oauth2/token", headers, "grant_type=client_credentials");
				String token = "token=" + Wire.field(issued, "access_token");
				require(wire().send("POST", "/oauth2/introspect", headers, token), "\"active\":true");
				wire().send("POST", "/oauth2/revoke", headers, token);
			}

		};
	}

	/**
	 * Works over a connection of its own.
	 */
	private abstract static class WireWorker implements Rounds.Worker {

		private final Wire wire;

		WireWorker(Wire wire) {
			this.wire = wire;
		}

		Wire wire() {
			return this.wire;
		}

		static void require(String answer, String part) throws IOException {
			if (!answer.contains(part)) {
				throw new IOException(answer);
			}
		}

		@Override
		public void close() throws IOException {
			this.wire.close();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class AuthorizationServer {

		@Bean
		SecurityFilterChain authorizationServerSecurity(HttpSecurity http) {
			http.oauth2AuthorizationServer((server) -> http.securityMatcher(server.getEndpointsMatcher()))
				.authorizeHttpRequests((requests) -> requests.anyRequest().authenticated());
			return http.build();
		}

		@Bean
		AuthorizationServerSettings authorizationServerSettings() {
			return AuthorizationServerSettings.builder().build();
		}

		// The secret is compared as it is: a slow hash for each request would decide all,
		// and Spring Authorization Server would change {noop} into one.
		@Bean
		@SuppressWarnings("deprecation")
		PasswordEncoder passwordEncoder() {
			return NoOpPasswordEncoder.getInstance();
		}

		@Bean
		RegisteredClientRepository registeredClientRepository() {
			return new InMemoryRegisteredClientRepository(RegisteredClient.withId(UUID.randomUUID().toString())
				.clientId("agent")
				.clientSecret("secret")
				.clientAuthenticationMethod(ClientAuthenticationMethod.CLIENT_SECRET_BASIC)
				.authorizationGrantType(AuthorizationGrantType.CLIENT_CREDENTIALS)
				.tokenSettings(TokenSettings.builder().accessTokenFormat(OAuth2TokenFormat.REFERENCE).build())
				.build());
		}

		@Bean(destroyMethod = "close")
		HikariDataSource dataSource(Environment environment) {
			HikariDataSource dataSource = new HikariDataSource();
			dataSource.setJdbcUrl(environment.getProperty("bench.url"));
			dataSource.setMaximumPoolSize(10);
			return dataSource;
		}

		@Bean
		OAuth2AuthorizationService authorizationService(DataSource dataSource, RegisteredClientRepository clients) {
			// PostgreSQL has no blob.
			String schema = "org/springframework/security/oauth2/server/authorization/oauth2-authorization-schema.sql";
			JdbcTemplate jdbc = new JdbcTemplate(dataSource);
			try {
				jdbc.execute(new ClassPathResource(schema).getContentAsString(StandardCharsets.UTF_8).replace("blob", "text"));
				// Without an index their table would be read whole for each token.
				jdbc.execute("CREATE INDEX ON oauth2_authorization (access_token_value)");
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
			return new JdbcOAuth2AuthorizationService(jdbc, clients);
		}

		@Bean
		JWKSource<SecurityContext> jwkSource() throws Exception {
			return new ImmutableJWKSet<>(new JWKSet(new RSAKeyGenerator(2048).keyID("bench").generate()));
		}

	}

}
