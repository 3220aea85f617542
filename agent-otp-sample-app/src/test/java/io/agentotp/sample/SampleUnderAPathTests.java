package io.agentotp.sample;

import java.time.Duration;
import java.util.Locale;
import java.util.ResourceBundle;
import java.util.regex.Pattern;

import io.agentotp.sample.RunningSample.Approver;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.http.MediaType;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The sample below a path, and in the language of the browser.
 */
@SpringBootTest(webEnvironment = WebEnvironment.DEFINED_PORT, properties = "server.servlet.context-path=/x")
@DirtiesContext
class SampleUnderAPathTests {

	private static final Pattern ADDRESS = Pattern.compile("(?:href|src|action|data-state)=\"(/[^\"]*)\"");

	@LocalServerPort
	private int port;

	private RestClient sample;

	@DynamicPropertySource
	static void settings(DynamicPropertyRegistry registry) {
		RunningSample.settings().forEach((name, value) -> registry.add(name, () -> value));
		registry.add("spring.datasource.url", () -> "jdbc:h2:mem:under-a-path");
	}

	@BeforeEach
	void connect() {
		this.sample = RestClient.create("http://localhost:" + this.port);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/x/", "/x/chat" })
	void pageWhenReadThenEachOfItsAddressesIsBelowThePathAndThere(String page) {
		String html = read(page, "en");
		assertThat(ADDRESS.matcher(html).results().map((found) -> found.group(1))).hasSizeGreaterThan(3)
			.allSatisfy((address) -> assertThat(address).startsWith("/x/"));
		ADDRESS.matcher(html.replaceAll("<form[^>]*>", ""))
			.results()
			.map((found) -> found.group(1))
			.forEach((address) -> assertThat(read(address, "en")).isNotEmpty());
	}

	@ParameterizedTest
	@CsvSource({ "de-AT, de, Aufgaben", "en, en, Tasks", "fr, en, Tasks" })
	void pageWhenTheBrowserAsksForALanguageThenSpeaksIt(String asked, String lang, String word) {
		assertThat(read("/x/", asked)).contains("<html lang=\"" + lang + "\"", ">" + word + "<").doesNotContain("??");
		assertThat(read("/x/chat", asked)).contains("<html lang=\"" + lang + "\"").doesNotContain("??");
	}

	@Test
	void messagesWhenComparedThenBothLanguagesHaveTheSame() {
		ResourceBundle.Control exact = ResourceBundle.Control
			.getNoFallbackControl(ResourceBundle.Control.FORMAT_PROPERTIES);
		assertThat(ResourceBundle.getBundle("messages", Locale.GERMAN, exact).keySet())
			.isEqualTo(ResourceBundle.getBundle("messages", Locale.ROOT, exact).keySet());
		assertThat(ResourceBundle.getBundle("messages", Locale.GERMAN, exact).getString("lang")).isEqualTo("de");
	}

	@Test
	void taskWhenStartedInGermanThenItsStepsAreGermanAndItsApprovalIsBelowThePath() {
		String run = this.sample.post()
			.uri("/x/tasks/send-invoice")
			.accept(MediaType.APPLICATION_JSON)
			.header("Accept-Language", "de")
			.retrieve()
			.toBodilessEntity()
			.getHeaders()
			.getFirst("Location");
		JsonNode waiting = Awaitility.await()
			.atMost(Duration.ofMinutes(1))
			.until(() -> this.sample.get().uri(run).retrieve().body(JsonNode.class),
					(read) -> read.path("state").asString().equals("WAITING"));
		assertThat(waiting.toString()).contains("Freigabedienst gefragt", "Ein Freigeber muss entscheiden");
		String url = waiting.at("/steps/1/approvalUrl").asString();
		assertThat(url).startsWith("http://localhost:" + this.port + "/x/agent-otp/approvals/");
		Approver approver = RunningSample.approver(this.port, "/x");
		approver.decide(url.substring(url.lastIndexOf('/') + 1), false, "Nicht diesen Monat");
		JsonNode denied = Awaitility.await()
			.atMost(Duration.ofMinutes(1))
			.until(() -> this.sample.get().uri(run).retrieve().body(JsonNode.class),
					(read) -> read.path("state").asString().equals("DENIED"));
		assertThat(denied.toString()).contains("Abgelehnt von user:approver: Nicht diesen Monat");
	}

	private String read(String address, String language) {
		return String
			.valueOf(this.sample.get().uri(address).header("Accept-Language", language).retrieve().body(String.class));
	}

}
