package io.agentotp.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import io.agentotp.server.json.Json;
import io.agentotp.server.user.KeptReasons;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.OutputType;

/**
 * Makes the images of the documentation, and on demand images of all requests of the
 * corpus. It is no test, and runs only if it is told where to put them.
 */
@EnabledIfSystemProperty(named = "agentotp.images", matches = ".+")
class PageImages {

	private static final Path DIRECTORY = Path.of(System.getProperty("agentotp.images", "")).toAbsolutePath();

	/**
	 * Part of the names of those of which images are made, besides the one of the
	 * documentation.
	 */
	private static final String ALSO = System.getProperty("agentotp.images.also", "-");

	private static final String REASON = "The customer asked for it in ticket 311, and the shop agreed";

	@Test
	void states(@TempDir Path profile) throws IOException {
		try (TestServer server = TestServer.start(TestServer.policies(RequestCorpus.ACTIONS));
				Chromium browser = Chromium.start(profile)) {
			browser.signIn(server, "alice");
			server.bean(KeptReasons.class).keep("alice", "Not without the number of the ticket");
			String refund = ask(server, named("a refund in the operator's words"));
			String unbound = ask(server, named("a refund that nothing binds"));
			String mail = ask(server, named("a mail of 40 paragraphs with a hidden copy"));
			for (int i = 1; i <= 6; i++) {
				String unused = ask(server,
						Calls.bound(Json.write(Map.of("action", "shop.voucher", "resource", "customer:" + i, "scope",
								Map.of("max_amount", 10 * i, "currency", "EUR"), "context", Map.of("reason", REASON),
								"call", Map.of("target", Map.of("tool", "voucher"), "arguments",
										List.of(Map.of("name", "to", "value", "ann" + i + "@example.com")))))));
			}
			shoot(server, browser, "/", "inbox");
			shoot(server, browser, "/approvals/" + mail, "approval-mail");
			shoot(server, browser, "/approvals/" + unbound, "approval-unbound");
			shoot(server, browser, "/similar?agent=mailer&action=shop.voucher", "similar");
			browser.driver()
				.executeScript("document.querySelectorAll('#several [name=ids]').forEach((box) => box.checked = true);"
						+ "document.getElementById('choose-approve').click()");
			browser.await(By.id("approve"));
			shoot(browser, "similar-confirm");
			browser.clickUntil(By.id("approve"), By.id("batch"));
			shoot(browser, "similar-decided");
			server.alice().decide(refund, true).expect(200);
			server.mailer()
				.post("/permissions/" + refund + "/use",
						Json.write(Map.of("token", server.mailer().token(refund), "callDigest",
								server.mailer().get("/permissions/" + refund).data().path("callDigest").asString(),
								"actionDetails", Map.of("outcome", "succeeded"))))
				.expect(200);
			server.alice().decide(unbound, false).expect(200);
			shoot(server, browser, "/approvals/" + refund, "story");
			shoot(server, browser, "/history", "history");
			shoot(server, browser, "/account", "account");
		}
	}

	private static String named(String name) {
		return RequestCorpus.all()
			.stream()
			.filter((asked) -> asked.name().equals(name))
			.findFirst()
			.orElseThrow()
			.json()
			.replaceFirst("AGENT-SAYS[^\"]*", REASON);
	}

	private static String ask(TestServer server, String json) {
		return server.mailer().post("/permissions/request", json).expect(202).data().path("id").stringValue();
	}

	private static void shoot(TestServer server, Chromium browser, String path, String name) throws IOException {
		browser.driver().get(server.url() + path);
		browser.await(By.id("main"));
		shoot(browser, name);
	}

	private static void shoot(Chromium browser, String name) throws IOException {
		shoot(browser, Chromium.PHONE, true, name + "-phone");
		shoot(browser, Chromium.DESKTOP, false, name);
	}

	@Test
	void approval(@TempDir Path profile) throws IOException {
		try (TestServer server = TestServer.start(TestServer.policies(RequestCorpus.ACTIONS));
				Chromium browser = Chromium.start(profile)) {
			browser.signIn(server, "alice");
			for (RequestCorpus.Asked asked : RequestCorpus.all()) {
				boolean documented = asked.name().equals("a refund in the operator's words");
				if (!documented && !asked.name().contains(ALSO)) {
					continue;
				}
				String id = server.mailer()
					.post("/permissions/request", asked.json().replaceFirst("AGENT-SAYS[^\"]*", REASON))
					.expect(202)
					.data()
					.path("id")
					.stringValue();
				browser.driver().get(server.url() + "/approvals/" + id);
				browser.await(By.id("status"));
				if (documented) {
					shoot(browser, Chromium.DESKTOP, false, "approval");
				}
				if (asked.name().contains(ALSO)) {
					for (boolean dark : new boolean[] { false, true }) {
						String name = asked.name().replace(' ', '-') + (dark ? "-dark" : "");
						shoot(browser, Chromium.DESKTOP, dark, name);
						shoot(browser, Chromium.PHONE, dark, name + "-phone");
					}
				}
			}
		}
	}

	private static void shoot(Chromium browser, int width, boolean dark, String name) throws IOException {
		browser.size(width, (width == Chromium.PHONE) ? 844 : 800);
		browser.dark(dark);
		Files.write(DIRECTORY.resolve(name + ".png"), browser.driver().getScreenshotAs(OutputType.BYTES));
	}

}
