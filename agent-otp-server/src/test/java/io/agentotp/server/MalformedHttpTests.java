package io.agentotp.server;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is no HTTP as it should be: answered with 400, and a stranger fills no log by it.
 */
@ParameterizedClass
@EnumSource(names = { "ALONE", "ALONE_UNDER_A_PATH", "EMBEDDED" })
@ExtendWith(OutputCaptureExtension.class)
class MalformedHttpTests {

	private static final String CHUNKED = "Transfer-Encoding: chunked\r\n\r\n";

	private static final Map<String, String> HEADERS_AND_BODIES = Map.ofEntries(
			Map.entry("length below zero", "Content-Length: -5\r\n\r\n"),
			Map.entry("length with a sign", "Content-Length: +2\r\n\r\n{}"),
			Map.entry("length beyond all", "Content-Length: 99999999999999999999\r\n\r\n"),
			Map.entry("length that is none", "Content-Length: x\r\n\r\n"),
			Map.entry("two lengths", "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
			Map.entry("length and chunks", "Content-Length: 2\r\n" + CHUNKED + "x"),
			Map.entry("unknown coding", "Transfer-Encoding: x\r\n\r\n"),
			Map.entry("two codings", "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
			Map.entry("chunk size", CHUNKED + "zz\r\n{}\r\n0\r\n\r\n"),
			Map.entry("chunk size beyond all", CHUNKED + "fffffffffffffffff\r\n{}"),
			Map.entry("chunk size below zero", CHUNKED + "-1\r\n{}"),
			Map.entry("chunk without an end", CHUNKED + "2\r\n{}xx\r\n0\r\n\r\n"),
			Map.entry("chunk extension", CHUNKED + "2;" + "x".repeat(20_000) + "\r\n{}\r\n0\r\n\r\n"),
			Map.entry("long trailer", CHUNKED + "2\r\n{}\r\n0\r\nA: " + "x".repeat(2000) + "\r\n\r\n"),
			Map.entry("trailer without a colon", CHUNKED + "2\r\n{}\r\n0\r\nabc\r\n\r\n"),
			Map.entry("header without a colon", "abc\r\n\r\n"), Map.entry("second host", "Host: y\r\n\r\n"),
			Map.entry("long header", "A: " + "x".repeat(20_000) + "\r\n\r\n"));

	@Parameter
	Form form;

	@Test
	void requestWhenMalformedThen400AndAtMostALineInTheLog(@TempDir Path directory, CapturedOutput output)
			throws IOException {
		List<String> problems = new ArrayList<>();
		try (TestServer server = this.form.start(directory)) {
			String path = URI.create(server.url()).getPath();
			for (String target : List.of("/sign-in", "/api/v1/permissions/request")) {
				for (Map.Entry<String, String> each : HEADERS_AND_BODIES.entrySet()) {
					int before = output.getAll().length();
					String request = "POST " + path + target
							+ " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nX-API-Key: "
							+ TestServer.MAILER_KEY + "\r\n" + each.getValue();
					RawHttp.Answer answer = RawHttp.send(server.port(), request.getBytes(StandardCharsets.UTF_8),
							10_000);
					String log = output.getAll().substring(before);
					boolean told = answer.body().startsWith("{\"success\":false") || this.form == Form.EMBEDDED;
					if ((answer.status() != 501 && answer.status() / 100 != 4) || !told || log.lines().count() > 1) {
						problems.add(target + " " + each.getKey() + ": " + answer.status() + " " + answer.body() + "\n"
								+ log.lines().limit(6).toList());
					}
				}
			}
		}
		assertThat(String.join("\n", problems)).isEmpty();
	}

	@Test
	void pageWhenItsReaderSpeaksManyLanguagesThenShown(@TempDir Path directory) {
		try (TestServer server = this.form.start(directory)) {
			Map<String, String> many = Map.of("Accept-Language",
					"de,en,fr,es,it,pt,nl,pl,cs,sv,da" + ",nb;q=0.1".repeat(300));
			for (String page : List.of("/sign-in", "/nowhere", "/set-password", "/")) {
				assertThat(new Browser(server.url()).send("GET", page, null, many).text()).as(page)
					.contains("<html lang=\"de\"");
			}
			assertThat(new Browser(server.url()).signedIn("alice").send("GET", "/", null, many).status())
				.isEqualTo(200);
		}
	}

}
