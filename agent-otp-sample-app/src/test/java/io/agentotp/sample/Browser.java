package io.agentotp.sample;

import java.io.File;
import java.util.List;

import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.WebDriver;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Debian's Chromium without a window. Where it is missing the test is skipped, unless the
 * environment says {@code AGENT_OTP_BROWSER=required}.
 */
public final class Browser {

	private static final File CHROMIUM = new File("/usr/bin/chromium");

	private static final File DRIVER = new File("/usr/bin/chromedriver");

	private Browser() {
	}

	/**
	 * Opens a browser.
	 * @return the browser, which the caller quits
	 */
	public static WebDriver open() {
		boolean present = CHROMIUM.canExecute() && DRIVER.canExecute();
		String remedy = "Chromium is missing: apt-get install chromium chromium-driver";
		if ("required".equals(System.getenv("AGENT_OTP_BROWSER"))) {
			assertThat(present).as(remedy).isTrue();
		}
		Assumptions.assumeTrue(present, remedy);
		ChromeOptions options = new ChromeOptions();
		options.setBinary(CHROMIUM);
		options.addArguments(List.of("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
				"--disable-background-networking", "--disable-component-update", "--disable-sync",
				"--disable-dev-shm-usage", "--window-size=1100,900"));
		return new ChromeDriver(new ChromeDriverService.Builder().usingDriverExecutable(DRIVER).build(), options);
	}

}
