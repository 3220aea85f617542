package io.agentotp.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

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
	void approval(@TempDir Path profile) throws IOException {
		try (TestServer server = TestServer.start(TestServer.policies(RequestCorpus.ACTIONS));
				Chromium browser = Chromium.start(profile)) {
			browser.signIn(server, "alice");
			List<RequestCorpus.Asked> all = RequestCorpus.all();
			for (RequestCorpus.Asked asked : all) {
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
