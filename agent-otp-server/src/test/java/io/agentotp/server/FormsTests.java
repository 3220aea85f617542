package io.agentotp.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is the same in each place where the service can live.
 */
@ParameterizedClass
@EnumSource
class FormsTests {

	private static final String PUBLIC = "https://otp.example";

	private static final String HOST = "Host: localhost";

	private static TestServer server;

	@Parameter
	Form form;

	@BeforeParameterizedClassInvocation
	static void start(Form form, @TempDir Path directory) {
		server = form.start(directory, "agentotp.server.public-url=" + PUBLIC + form.path());
	}

	@AfterParameterizedClassInvocation
	static void stop() {
		server.close();
	}

	@Test
	void anyWhenThePathHasAParameterThen400() throws IOException {
		for (String path : withParameters()) {
			for (String key : List.of("", TestServer.MAILER_KEY, TestServer.ADMIN_KEY,
					"ak_live_unknown-0123456789abcdef")) {
				RawHttp.Answer answer = send("GET " + path, HOST, bearer(key), "");
				assertThat(answer.status()).as(path + " " + answer).isEqualTo(400);
				assertThat(answer.header("set-cookie")).as(path).isEmpty();
			}
		}
	}

	// Behind each part of a path, before and after what the container knows.
	private List<String> withParameters() {
		List<String> paths = new ArrayList<>();
		for (String path : List.of("/", "/audit", "/sign-in", "/assets/agent-otp.css", "/api/v1/health",
				"/api/v1/permissions/x", "/api/v1/nothing")) {
			String whole = this.form.path() + path;
			for (int at = whole.indexOf('/', 1); at >= 0; at = whole.indexOf('/', at + 1)) {
				paths.add(whole.substring(0, at) + ";x=1" + whole.substring(at));
				paths.add(whole.substring(0, at) + ";" + whole.substring(at));
			}
			paths.add(whole + ";x=1");
			paths.add(whole + "%3Bx=1");
		}
		return paths;
	}

	@Test
	void unknownPathWhenAProgramSendsItThen404InJsonThatSaysWhereTheApiIs() throws IOException {
		for (String path : List.of("/v1/permissions/request", "/elsewhere/api/v1/permissions/request", "/nothing",
				"/audit/nothing", "/api/v2/permissions/request")) {
			for (String caller : List.of(bearer(TestServer.MAILER_KEY), "X-API-Key: " + TestServer.MAILER_KEY + "\r\n",
					bearer(TestServer.ADMIN_KEY), "Content-Type: application/json\r\n",
					"Accept: application/json\r\n")) {
				boolean key = caller.contains("_live_") || caller.contains("uk_");
				if (!key && path.startsWith("/api/")) {
					continue;
				}
				for (String method : List.of("GET", "POST", "PUT")) {
					RawHttp.Answer answer = send(method + " " + this.form.path() + path, HOST, caller, "{}");
					assertThat(answer.status()).as(method + path + caller + answer).isEqualTo(404);
					assertThat(answer.header("content-type")).startsWith("application/json");
					assertThat(answer.body()).contains("\"NOT_FOUND\"", "\"api\":\"" + this.form.path() + "/api/v1\"");
					assertThat(answer.header("set-cookie")).isEmpty();
				}
			}
		}
	}

	@Test
	void unknownPathWhenAPersonAsksThenAPageThatSaysSoAndNoCookie() throws IOException {
		for (String path : List.of("/v1/permissions", "/nothing", "/audit/nothing", "/approvals", "/.env")) {
			for (String method : List.of("GET", "POST")) {
				RawHttp.Answer answer = send(method + " " + this.form.path() + path, HOST, "Accept: text/html\r\n", "");
				assertThat(answer.status()).as(method + path).isEqualTo(404);
				assertThat(answer.header("content-type")).startsWith("text/html");
				assertThat(answer.body()).contains("Not found").doesNotContain("session is over");
				assertThat(answer.header("set-cookie")).isEmpty();
			}
		}
	}

	@Test
	void anyWhenTheHostIsForeignThenItIsNotRepeated() throws IOException {
		for (String request : List.of("GET /", "GET /history", "GET /sign-in", "GET /nothing", "POST /sign-in",
				"POST /sign-out", "GET /api/v1/health", "GET /api/v1/openapi.json", "GET /api/v1/permissions",
				"POST /api/v1/permissions/request")) {
			for (String host : List.of("evil.example", "evil.example:81", "otp.example@evil.example")) {
				RawHttp.Answer answer = send(
						request.replace(" /", " " + this.form.path() + "/"), "Host: " + host, request.contains("/api/")
								? bearer(TestServer.MAILER_KEY) + "Content-Type: application/json\r\n" : "",
						request.contains("request") ? "{\"action\":\"mail.send\"}" : "");
				assertThat(answer.toString()).as(request).doesNotContain("evil");
			}
		}
		assertThat(server.mailer().request("mail.send").data().path("approvalUrl").stringValue())
			.startsWith(PUBLIC + this.form.path() + "/approvals/");
	}

	@Test
	void signInWhenAProxySendsNoHostOrAnotherThenSignedInWithSecureCookies() throws IOException {
		for (String host : List.of("", "Host: backend:8080\r\n")) {
			for (String browser : List.of("Origin: " + PUBLIC + "\r\n",
					"Origin: " + PUBLIC + "\r\nSec-Fetch-Site: same-origin\r\n", "Sec-Fetch-Site: same-origin\r\n",
					"")) {
				RawHttp.Answer page = old("GET", "/sign-in", host, "");
				String form = "username=alice&password=" + TestServer.PASSWORD.replace(" ", "+") + "&_csrf="
						+ Browser.csrf(page.body());
				RawHttp.Answer signedIn = old("POST", "/sign-in",
						host + "Cookie: " + page.header("set-cookie").split(";")[0] + "\r\n" + browser
								+ "Content-Type: application/x-www-form-urlencoded\r\n",
						form);
				assertThat(signedIn.status()).as(host + browser + signedIn).isEqualTo(302);
				assertThat(signedIn.header("location")).as(host + browser).isEqualTo(this.form.path() + "/");
				assertThat(signedIn.headers()).filteredOn((header) -> header.contains("AGENTOTP_DEVICE="))
					.singleElement()
					.asString()
					.contains("Secure");
			}
		}
	}

	// Over HTTP/1.0, which needs no host.
	private RawHttp.Answer old(String method, String path, String headers, String body) throws IOException {
		return RawHttp.send(server.port(), (method + " " + this.form.path() + path + " HTTP/1.0\r\n" + headers
				+ "Content-Length: " + body.length() + "\r\n\r\n" + body)
			.getBytes(StandardCharsets.UTF_8), 10_000);
	}

	@Test
	void bodiesWhenTheyComeInPiecesThenReadWholeAndOthersAreServedMeanwhile() throws IOException {
		String body = "{\"action\":\"mail.send\",\"context\":{\"x\":\"" + "y".repeat(20_000) + "\"}}";
		String form = "username=alice&password=wrong&x=" + "y".repeat(20_000);
		List<Socket> sockets = new ArrayList<>();
		try {
			// More than may hold a thread.
			for (int i = 0; i < 40; i++) {
				Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
				sockets.add(socket);
				boolean json = i % 2 == 0;
				write(socket,
						"POST " + this.form.path() + (json ? "/api/v1/permissions/request" : "/sign-in")
								+ " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
								+ bearer(json ? TestServer.MAILER_KEY : "") + "Content-Type: application/"
								+ (json ? "json" : "x-www-form-urlencoded") + "\r\nContent-Length: "
								+ (json ? body : form).length() + "\r\n\r\n" + (json ? body : form).substring(0, 100));
			}
			assertThat(server.mailer().request("mail.send").status()).isEqualTo(202);
			for (int i = 0; i < 40; i++) {
				write(sockets.get(i), ((i % 2 == 0) ? body : form).substring(100, 10_000));
			}
			assertThat(server.mailer().request("mail.send").status()).isEqualTo(202);
			for (int i = 0; i < 40; i++) {
				boolean json = i % 2 == 0;
				write(sockets.get(i), (json ? body : form).substring(10_000));
				sockets.get(i).setSoTimeout(20_000);
				String answer = new String(sockets.get(i).getInputStream().readAllBytes(), StandardCharsets.UTF_8);
				// A form without the token of its page.
				assertThat(answer).startsWith(json ? "HTTP/1.1 202" : "HTTP/1.1 403");
			}
		}
		finally {
			for (Socket socket : sockets) {
				socket.close();
			}
		}
	}

	@Test
	void bodiesWhenTheyHoldTooMuchTogetherThenSomeAreRefusedAndOthersAreServed() throws IOException {
		String form = "x=" + "y".repeat(240_000);
		List<Socket> sockets = new ArrayList<>();
		try {
			for (int i = 0; i < 110; i++) {
				Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
				sockets.add(socket);
				write(socket,
						"POST " + this.form.path() + "/sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
								+ "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " + form.length()
								+ "\r\n\r\n" + form.substring(0, 230_000));
			}
			assertThat(server.mailer().request("mail.send").status()).isEqualTo(202);
			// Those are refused without waiting for the rest.
			Await.until("enough has come", () -> sockets.stream().filter(FormsTests::isAnswered).count() >= 10);
			List<Integer> statuses = new ArrayList<>();
			for (Socket socket : sockets) {
				statuses.add(finish(socket, form.substring(230_000)));
			}
			assertThat(statuses).contains(403).isSubsetOf(403, 503);
			// More than 16 MB came of those that hold no thread.
			assertThat(statuses).filteredOn((status) -> status == 503).hasSizeBetween(10, 60);
		}
		finally {
			for (Socket socket : sockets) {
				socket.close();
			}
		}
	}

	private static boolean isAnswered(Socket socket) {
		try {
			return socket.getInputStream().available() > 0;
		}
		catch (IOException ex) {
			return true;
		}
	}

	private static int finish(Socket socket, String rest) throws IOException {
		socket.setSoTimeout(20_000);
		try {
			write(socket, rest);
			String answer = new String(socket.getInputStream().readNBytes(12), StandardCharsets.UTF_8);
			return answer.isEmpty() ? 503 : Integer.parseInt(answer.substring(9));
		}
		catch (SocketException ex) {
			// Refused, and closed before all was sent.
			return 503;
		}
	}

	private static void write(Socket socket, String text) throws IOException {
		socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
		socket.getOutputStream().flush();
	}

	@Test
	void bodyWhenTheCallerHangsUpThenOneLineForDevelopers() throws IOException {
		Logger logger = (Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
		Logger ours = (Logger) LoggerFactory.getLogger("io.agentotp.server");
		ListAppender<ILoggingEvent> lines = new ListAppender<>();
		lines.start();
		logger.addAppender(lines);
		ours.setLevel(Level.DEBUG);
		try {
			for (String request : List.of("POST /api/v1/permissions/request", "POST /sign-in", "POST /audit/verify")) {
				lines.list.clear();
				hangUp(request);
				Await.until("the service has noticed", () -> lines.list.stream().anyMatch(FormsTests::isHangUp));
				assertThat(lines.list).filteredOn((line) -> line.getLevel().isGreaterOrEqual(Level.WARN)).isEmpty();
				assertThat(lines.list).filteredOn(FormsTests::isHangUp).singleElement().satisfies((line) -> {
					assertThat(line.getLevel()).isEqualTo(Level.DEBUG);
					assertThat(line.getThrowableProxy()).isNull();
				});
			}
		}
		finally {
			ours.setLevel(null);
			logger.detachAppender(lines);
		}
	}

	private static boolean isHangUp(ILoggingEvent line) {
		return line.getFormattedMessage().contains("caller is gone");
	}

	private void hangUp(String request) throws IOException {
		String type = request.contains("/api/") ? "application/json" : "application/x-www-form-urlencoded";
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
			socket.getOutputStream()
				.write((request.replace(" /", " " + this.form.path() + "/") + " HTTP/1.1\r\nHost: localhost\r\n"
						+ bearer(request.contains("/api/") ? TestServer.MAILER_KEY : "") + "Content-Type: " + type
						+ "\r\nContent-Length: 1000\r\n\r\n{\"action\"")
					.getBytes(StandardCharsets.UTF_8));
			socket.getOutputStream().flush();
			socket.setSoLinger(true, 0);
		}
	}

	private static String bearer(String key) {
		return key.isEmpty() ? "" : "Authorization: Bearer " + key + "\r\n";
	}

	private static RawHttp.Answer send(String request, String host, String headers, String body) throws IOException {
		String head = request + " HTTP/1.1\r\n" + host + "\r\nConnection: close\r\n" + headers + "Content-Length: "
				+ body.length() + "\r\n\r\n";
		return RawHttp.send(server.port(), (head + body).getBytes(StandardCharsets.UTF_8), 10_000);
	}

}
