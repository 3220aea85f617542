package io.agentotp.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.agentotp.server.Browser.Page;
import io.agentotp.server.json.Json;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * A real Keycloak.
 */
final class Keycloak implements AutoCloseable {

	private static final Path HOME = Path.of("target/keycloak");

	private static final String ADMIN = "admin";

	private static final Pattern FORM = Pattern.compile("<form id=\"kc-form-login\"[^>]* action=\"([^\"]+)\"");

	private final HttpClient client = HttpClient.newHttpClient();

	private final Process process;

	private final int port;

	private Keycloak(Process process, int port) {
		this.process = process;
		this.port = port;
	}

	/**
	 * Starts it with the realm of the tests.
	 * @param serviceUrl where the service is, or will be
	 */
	static Keycloak start(String serviceUrl) throws IOException {
		Path home;
		try (var found = Files.exists(HOME) ? Files.list(HOME) : java.util.stream.Stream.<Path>empty()) {
			home = found.findFirst().orElse(null);
		}
		assumeTrue(home != null, "SKIPPED: there is no Keycloak. The profile identity fetches it");
		Path realm = home.resolve("data/import/company.json");
		Files.createDirectories(realm.getParent());
		try (InputStream file = Keycloak.class.getResourceAsStream("/keycloak/company.json")) {
			Files.writeString(realm,
					new String(file.readAllBytes(), StandardCharsets.UTF_8).replace("${SERVICE_URL}", serviceUrl));
		}
		int port = freePort();
		ProcessBuilder builder = new ProcessBuilder("sh", home.resolve("bin/kc.sh").toAbsolutePath().toString(),
				"start-dev", "--http-port=" + port, "--http-host=localhost", "--import-realm", "--db=dev-mem")
			.redirectErrorStream(true)
			.redirectOutput(HOME.resolveSibling("keycloak.log").toFile());
		builder.environment()
			.putAll(Map.of("JAVA_HOME", System.getProperty("java.home"), "KC_BOOTSTRAP_ADMIN_USERNAME", ADMIN,
					"KC_BOOTSTRAP_ADMIN_PASSWORD", ADMIN, "JAVA_OPTS_APPEND", "-XX:TieredStopAtLevel=1"));
		Keycloak keycloak = new Keycloak(builder.start(), port);
		Await.until("Keycloak is up", Duration.ofMinutes(5), () -> {
			if (!keycloak.process.isAlive()) {
				throw new IllegalStateException("Keycloak has ended; see target/keycloak.log");
			}
			return keycloak.isUp();
		});
		return keycloak;
	}

	static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
	}

	private boolean isUp() {
		try {
			return send(HttpRequest.newBuilder(URI.create(issuer() + "/.well-known/openid-configuration")))
				.statusCode() == 200;
		}
		catch (IllegalStateException ex) {
			return false;
		}
	}

	String issuer() {
		return "http://localhost:" + this.port + "/realms/company";
	}

	/**
	 * Signs a person in, in a browser that is sent here.
	 */
	Page signIn(Browser browser, Page form, String user) {
		Matcher action = FORM.matcher(form.text());
		if (!action.find()) {
			throw new AssertionError("No form in " + form.text());
		}
		// Browsers take this machine for as safe as encrypted connections, and send such
		// cookies.
		browser.cookies().forEach((cookie) -> cookie.setSecure(false));
		Page page = browser.post(action.group(1).replace("&amp;", "&"),
				Map.of("username", user, "password", TestServer.PASSWORD));
		browser.cookies().forEach((cookie) -> cookie.setSecure(false));
		return page;
	}

	/**
	 * Ends all sessions of a person, as an administrator there does.
	 */
	void signOut(String subject) {
		HttpResponse<String> answer = send(
				admin("/users/" + subject + "/logout").POST(HttpRequest.BodyPublishers.noBody()));
		if (answer.statusCode() != 204) {
			throw new AssertionError(answer.statusCode() + answer.body());
		}
	}

	/**
	 * Makes other keys the ones that sign.
	 */
	void rotateKeys() {
		HttpResponse<String> answer = send(admin("/components").header("Content-Type", "application/json")
			.POST(HttpRequest.BodyPublishers.ofString("""
					{"name":"newer","providerId":"rsa-generated","providerType":"org.keycloak.keys.KeyProvider",
					"config":{"priority":["500"],"enabled":["true"],"active":["true"],"algorithm":["RS256"]}}""")));
		if (answer.statusCode() != 201) {
			throw new AssertionError(answer.body());
		}
	}

	/**
	 * Takes a person out of all groups.
	 */
	void leaveGroups(String subject) {
		Json.read(send(admin("/users/" + subject + "/groups")).body())
			.forEach((group) -> send(admin("/users/" + subject + "/groups/" + group.path("id").asString()).DELETE()));
	}

	private HttpRequest.Builder admin(String path) {
		String form = Map.of("grant_type", "password", "client_id", "admin-cli", "username", ADMIN, "password", ADMIN)
			.entrySet()
			.stream()
			.map((field) -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
			.collect(Collectors.joining("&"));
		String token = Json
			.read(send(HttpRequest
				.newBuilder(
						URI.create("http://localhost:" + this.port + "/realms/master/protocol/openid-connect/token"))
				.header("Content-Type", "application/x-www-form-urlencoded")
				.POST(HttpRequest.BodyPublishers.ofString(form))).body())
			.path("access_token")
			.asString();
		return HttpRequest.newBuilder(URI.create("http://localhost:" + this.port + "/admin/realms/company" + path))
			.header("Authorization", "Bearer " + token);
	}

	private HttpResponse<String> send(HttpRequest.Builder request) {
		try {
			return this.client.send(request.build(), HttpResponse.BodyHandlers.ofString());
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void close() throws InterruptedException {
		this.process.descendants().forEach(ProcessHandle::destroy);
		this.process.destroy();
		this.process.waitFor(30, TimeUnit.SECONDS);
	}

}
