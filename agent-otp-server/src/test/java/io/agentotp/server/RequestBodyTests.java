package io.agentotp.server;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What agents send.
 */
class RequestBodyTests {

	private static TestServer server;

	@BeforeAll
	static void start() {
		server = TestServer.start();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE" })
	void requestWhenNotInUtf8ThenRefused(String charset) throws Exception {
		String action = "encoded." + charset.replace('-', '.').toLowerCase();
		HttpResponse<String> answer = send("{\"action\":\"" + action + "\"}", charset);
		assertThat(answer.statusCode()).as(answer.body()).isEqualTo(400);
		assertThat(answer.body()).contains("VALIDATION_ERROR", "UTF-8");
		assertThat(server.alice().get("/permissions?action=" + action).expect(200).body().path("data")).isEmpty();
	}

	@Test
	void requestWhenInUtf8WithItsMarkThenTaken() throws Exception {
		assertThat(send("\uFEFF{\"action\":\"mail.send\"}", "UTF-8").statusCode()).isEqualTo(202);
	}

	private static HttpResponse<String> send(String body, String charset) throws Exception {
		return HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(URI.create(server.url() + "/api/v1/permissions/request"))
				.header("Authorization", "Bearer " + TestServer.MAILER_KEY)
				.header("Content-Type", "application/json")
				.POST(BodyPublishers.ofByteArray(body.getBytes(Charset.forName(charset))))
				.build(), BodyHandlers.ofString());
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			"details":{"outcome":"sent"}
			"actionDetails":{"outcome":"sent"}
			"actionDetails":{"outcome":"sent"},"details":{"outcome":"other"}
			""")
	void useWhenDetailsHaveEitherNameThenRecorded(String details) {
		Api mailer = server.mailer();
		String id = mailer.pending("mail.send");
		server.alice().decide(id, true).expect(200);
		mailer.post("/permissions/" + id + "/use", "{\"token\":\"" + mailer.token(id) + "\"," + details + "}")
			.expect(200);
		assertThat(server.alice().get("/audit/permissions/" + id).expect(200).body().toString())
			.contains("\"actionDetails\":{\"outcome\":\"sent\"}");
	}

	@Test
	void useWhenDetailsAreNoObjectThenRefusedByThatName() {
		Api mailer = server.mailer();
		String id = mailer.pending("mail.send");
		server.alice().decide(id, true).expect(200);
		String token = mailer.token(id);
		assertThat(mailer.post("/permissions/" + id + "/use", "{\"token\":\"" + token + "\",\"details\":\"sent\"}")
			.expect(400)
			.body()
			.toString()).contains("details");
		mailer.use(id, token).expect(200);
	}

}
