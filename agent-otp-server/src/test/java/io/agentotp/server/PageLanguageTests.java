package io.agentotp.server;

import java.util.Locale;
import java.util.Map;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.MessageSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.support.StaticMessageSource;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.LocaleResolver;
import org.springframework.web.servlet.i18n.FixedLocaleResolver;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The language of pages is the reader's, and nobody else's.
 */
class PageLanguageTests {

	private static final Map<String, String> GERMAN = Map.of("Accept-Language", "de-AT,de;q=0.9,en;q=0.5");

	private static TestServer server;

	@BeforeAll
	static void start() {
		server = TestServer.start(TalkingHost.class, EmbeddingTests.WITHOUT_SECURITY,
				"agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.admin.roles=approver,administrator");
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', value = { "de | de", "de-AT,en;q=0.5 | de", "en-GB,de;q=0.9 | en", "fr,de;q=0.3 | de",
			"fr | en", "* | en", "x-klingon | en", "../../etc/passwd | en", "de;q=0, en | en", "DE | de", "'' | en" })
	void pageWhenBrowserNamesLanguagesThenTheFirstThatThereIs(String accepted, String language) {
		Browser.Page page = new Browser(server.url()).send("GET", "/sign-in", null,
				Map.of("Accept-Language", accepted));
		assertThat(page.text()).contains("<html lang=\"" + language + "\"",
				language.equals("de") ? ">Anmelden</h1>" : ">Sign in</h1>");
		assertThat(page.header("Content-Language")).isEqualTo(language);
		assertThat(page.header("Vary")).contains("Accept-Language");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/nowhere", "/approvals/unknown", "/live", "/freeze", "/audit/verify" })
	void errorPageWhenWrittenThenInTheLanguageOfItsReader(String path) {
		Browser alice = new Browser(server.url()).signedIn("alice");
		Browser.Page german = alice.send("GET", path, null, GERMAN);
		assertThat(german.text()).contains("<html lang=\"de\"", "Zum Posteingang");
		assertThat(german.header("Vary")).contains("Accept-Language");
		assertThat(german.header("Content-Language")).isEqualTo("de");
		assertThat(alice.get(path).text()).contains("<html lang=\"en\"", "To the inbox");
	}

	@Test
	void errorPageWhenWrittenBeforeOurServletThenInTheLanguageOfItsReader() {
		Browser.Page page = new Browser(server.url()).send("POST", "/freeze", "", GERMAN);
		assertThat(page.status()).isEqualTo(403);
		assertThat(page.text()).contains("<html lang=\"de\"", "Nicht erlaubt");
		assertThat(new Browser(server.url()).post("/freeze", Map.of()).text()).contains("<html lang=\"en\"");
	}

	@Test
	void formsWhenRefusedThenSayWhyInTheLanguageOfTheirReader() {
		Browser admin = new Browser(server.url()).signedIn("admin");
		Browser.Page agents = admin.get("/agents");
		Map.of("a b", "Die Eingabe ist nicht gültig: name muss 1 bis 64 Buchstaben", "mailer",
				"Einen Agenten mit diesem Namen gibt oder gab es schon")
			.forEach((name, text) -> {
				Browser.Page refused = admin.submit(agents, "/agents", Map.of("name", name), GERMAN);
				assertThat(refused.status()).isIn(400, 409);
				assertThat(refused.text()).contains(text);
			});
		assertThat(admin.submit(agents, "/agents", Map.of("name", "a b")).text())
			.contains("The request is not valid: name must have");
		assertThat(admin.submit(agents, "/policies/simulate", Map.of("action", "x", "scope", "1"), GERMAN).text())
			.contains("scope muss ein JSON-Objekt wie {&quot;max_amount&quot;: 20} sein");
		assertThat(admin.send("GET", "/users/nobody", null, GERMAN).text()).contains("Diesen Benutzer gibt es nicht");
	}

	@Test
	void valuesWhenReadInGermanThenGroupedAndDatedSo() {
		String id = server.mailer()
			.post("/permissions/request",
					"{\"action\":\"order.refund\",\"scope\":{\"amount\":25000.5,\"currency\":\"EUR\",\"note\":\"is missing\"}}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		Browser alice = new Browser(server.url()).signedIn("alice");
		assertThat(alice.send("GET", "/approvals/" + id, null, GERMAN).text()).contains("25\u00a0000,50 EUR", "25000.5",
				"is missing");
		assertThat(alice.get("/approvals/" + id).text()).contains("25,000.50 EUR");
	}

	@Test
	void apiWhenBrowserNamesALanguageThenEnglish() {
		Browser browser = new Browser(server.url());
		assertThat(browser.send("GET", "/api/v1/permissions", null, GERMAN).text())
			.isEqualTo(browser.get("/api/v1/permissions").text());
	}

	@Test
	void hostWhenItHasMessagesAndALanguageThenKeepsThemAndWeOurs() {
		Browser browser = new Browser(server.origin());
		assertThat(browser.send("GET", "/hello", null, GERMAN).text()).isEqualTo("Bonjour fr");
		assertThat(browser.send("GET", "/agent-otp/sign-in", null, GERMAN).text()).contains(">Anmelden</h1>");
		assertThat(browser.send("GET", "/hello", null, GERMAN).text()).isEqualTo("Bonjour fr");
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@RestController
	static class TalkingHost {

		private final MessageSource messages;

		TalkingHost(MessageSource messages) {
			this.messages = messages;
		}

		@Bean
		static MessageSource messageSource() {
			StaticMessageSource messages = new StaticMessageSource();
			messages.addMessage("sign-in.sign-in", Locale.FRENCH, "Bonjour");
			return messages;
		}

		@Bean
		static LocaleResolver localeResolver() {
			return new FixedLocaleResolver(Locale.FRENCH);
		}

		@GetMapping("/hello")
		String hello(Locale locale) {
			return this.messages.getMessage("sign-in.sign-in", null, locale) + " " + locale;
		}

	}

}
