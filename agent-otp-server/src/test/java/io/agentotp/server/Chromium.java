package io.agentotp.server;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;

import org.openqa.selenium.By;
import org.openqa.selenium.Dimension;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebDriverException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.support.ui.ExpectedConditions;
import org.openqa.selenium.support.ui.WebDriverWait;
import org.openqa.selenium.virtualauthenticator.VirtualAuthenticator;
import org.openqa.selenium.virtualauthenticator.VirtualAuthenticatorOptions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * A real browser.
 */
final class Chromium implements AutoCloseable {

	static final int DESKTOP = 1280;

	static final int PHONE = 390;

	private static final Path CHROMIUM = Path.of(System.getProperty("chromium.binary", "/usr/bin/chromium"));

	private static final Path DRIVER = Path.of(System.getProperty("chromedriver.binary", "/usr/bin/chromedriver"));

	// The key is pressed several times at once, and no longer leads on from where it was
	// to lead.
	private static final CharSequence[] TABS = Collections.nCopies(8, Keys.TAB).toArray(CharSequence[]::new);

	private static final String STAY = """
			const wanted = arguments[0];
			window.removeEventListener("keydown", window.stay, true);
			window.stay = (event) => {
				if (event.key === "Tab" && document.activeElement === wanted) {
					event.preventDefault();
				}
			};
			window.addEventListener("keydown", window.stay, true);
			""";

	private static final String IS_THERE = """
			if (document.activeElement !== arguments[0]) {
				return false;
			}
			window.removeEventListener("keydown", window.stay, true);
			return true;
			""";

	private final ChromeDriver driver;

	private Chromium(ChromeDriver driver) {
		this.driver = driver;
	}

	/**
	 * Goes on only where there is a browser, or where one is required.
	 */
	static void assume() {
		boolean required = "required".equals(System.getenv("AGENT_OTP_BROWSER"));
		assumeTrue(required || (Files.isExecutable(CHROMIUM) && Files.isExecutable(DRIVER)), () -> "No browser tests: "
				+ CHROMIUM + " and " + DRIVER
				+ " are needed (packages chromium and chromium-driver), or the system properties chromium.binary and chromedriver.binary");
	}

	static Chromium start(Path profile, String... more) {
		ChromeOptions options = new ChromeOptions();
		options.setBinary(CHROMIUM.toFile());
		options.addArguments("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic",
				"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
				"--user-data-dir=" + profile);
		options.addArguments(more);
		ChromeDriver driver = new ChromeDriver(
				new ChromeDriverService.Builder().usingDriverExecutable(DRIVER.toFile()).build(), options);
		driver.manage().window().setSize(new Dimension(1000, 900));
		return new Chromium(driver);
	}

	ChromeDriver driver() {
		return this.driver;
	}

	/**
	 * Lets pages find a device with a screen lock that keeps passkeys.
	 */
	VirtualAuthenticator authenticator() {
		return this.driver.addVirtualAuthenticator(
				new VirtualAuthenticatorOptions().setProtocol(VirtualAuthenticatorOptions.Protocol.CTAP2)
					.setTransport(VirtualAuthenticatorOptions.Transport.INTERNAL)
					.setHasResidentKey(true)
					.setHasUserVerification(true)
					.setIsUserVerified(true));
	}

	void signIn(TestServer server, String user) {
		this.driver.manage().deleteAllCookies();
		this.driver.get(server.url() + "/sign-in");
		this.driver.findElement(By.id("username")).sendKeys(user);
		this.driver.findElement(By.id("password")).sendKeys(TestServer.PASSWORD);
		this.driver.findElement(By.id("sign-in")).click();
		await(By.id("sign-out"));
	}

	void width(int width) {
		size(width, 844);
	}

	void size(int width, int height) {
		this.driver.executeCdpCommand("Emulation.setDeviceMetricsOverride",
				Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width == PHONE));
	}

	void dark(boolean dark) {
		this.driver.executeCdpCommand("Emulation.setEmulatedMedia",
				Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
	}

	/**
	 * Asks for pages in a language.
	 */
	void language(String language) {
		this.driver.executeCdpCommand("Network.enable", Map.of());
		this.driver.executeCdpCommand("Network.setExtraHTTPHeaders",
				Map.of("headers", Map.of("Accept-Language", language)));
	}

	/**
	 * Lets pages have their script, or not.
	 */
	void script(boolean allowed) {
		this.driver.executeCdpCommand("Network.enable", Map.of());
		this.driver.executeCdpCommand("Network.setBlockedURLs",
				Map.of("urls", allowed ? List.of() : List.of("*agent-otp.js*", "*passkey.js*")));
	}

	/**
	 * The page does not stick out at the side.
	 */
	void requireFits() {
		assertThat(this.driver
			.executeScript("return document.documentElement.scrollWidth - document.documentElement.clientWidth"))
			.as(this.driver.getCurrentUrl())
			.isEqualTo(0L);
	}

	/**
	 * Clicks until what it leads to is there: the first click may come before the page
	 * takes it.
	 */
	void clickUntil(By element, By result) {
		waiting().until((present) -> {
			if (!present.findElements(result).isEmpty()) {
				return true;
			}
			scrollToAndClick(element);
			return false;
		});
	}

	/**
	 * Clicks on an element as somebody does who has scrolled to it: the bar at the bottom
	 * may cover what is only partly in sight.
	 */
	void scrollToAndClick(By element) {
		WebElement found = this.driver.findElement(element);
		this.driver.executeScript("arguments[0].scrollIntoView({ block: 'center' })", found);
		found.click();
	}

	/**
	 * Waits for an element, and on the page of a request until a decision counts.
	 */
	WebElement await(By element) {
		waiting().until(ExpectedConditions.invisibilityOfElementLocated(By.cssSelector("main[data-read='false']")));
		return waiting().until(ExpectedConditions.visibilityOfElementLocated(element));
	}

	WebDriverWait waiting() {
		WebDriverWait waiting = new WebDriverWait(this.driver, Duration.ofMinutes(1), Duration.ofMillis(25));
		// Pages replace what they show by themselves, also while it is read, which the
		// driver does not always call stale.
		waiting.ignoring(WebDriverException.class);
		return waiting;
	}

	/**
	 * Goes to an element with the Tab key alone.
	 */
	WebElement tabTo(By element) {
		WebElement wanted = await(element);
		this.driver.executeScript(STAY, wanted);
		for (int i = 0; i < 80; i += TABS.length) {
			if (Boolean.TRUE.equals(this.driver.executeScript(IS_THERE, wanted))) {
				return wanted;
			}
			press(TABS);
		}
		throw new AssertionError("The Tab key does not lead to " + element);
	}

	void press(CharSequence... keys) {
		new Actions(this.driver).sendKeys(keys).perform();
	}

	@Override
	public void close() {
		this.driver.quit();
	}

}
