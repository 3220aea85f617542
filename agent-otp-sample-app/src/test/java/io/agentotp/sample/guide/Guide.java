package io.agentotp.sample.guide;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

import io.agentotp.sample.Browser;
import org.openqa.selenium.By;
import org.openqa.selenium.WebDriver;
import org.openqa.selenium.support.ui.ExpectedConditions;
import org.openqa.selenium.support.ui.WebDriverWait;

/**
 * A page of the documentation, and somebody who follows it.
 */
record Guide(String text) {

	private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w+)\\n(.*?)^```$");

	static Guide of(String page) throws IOException {
		return new Guide(Files.readString(Path.of("..", "docs", page)));
	}

	/** The only block of a language that contains a text. */
	String block(String language, String part) {
		List<String> blocks = BLOCK.matcher(this.text)
			.results()
			.filter((block) -> block.group(1).equals(language))
			.map((block) -> block.group(2))
			.filter((block) -> block.contains(part))
			.toList();
		if (blocks.size() != 1) {
			throw new IllegalStateException(blocks.size() + " blocks of " + language + " contain " + part);
		}
		return blocks.get(0);
	}

	static Process shell(String commands, int port, Map<String, String> environment) throws IOException {
		ProcessBuilder builder = new ProcessBuilder("bash", "-c",
				commands.replace("localhost:8080", "localhost:" + port))
			.redirectError(ProcessBuilder.Redirect.DISCARD);
		builder.environment().putAll(environment);
		return builder.start();
	}

	static String output(Process process) throws IOException {
		return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
	}

	/** Signs in, opens the only request and presses a button. */
	static void decide(String inbox, String user, String password, String button) {
		WebDriver browser = Browser.open();
		try {
			WebDriverWait waiting = new WebDriverWait(browser, Duration.ofMinutes(1));
			browser.get(inbox);
			browser.findElement(By.id("username")).sendKeys(user);
			browser.findElement(By.id("password")).sendKeys(password);
			browser.findElement(By.id("sign-in")).click();
			waiting.until(ExpectedConditions.presenceOfElementLocated(By.cssSelector("[data-permission-id] a")))
				.click();
			waiting.until(ExpectedConditions.presenceOfElementLocated(By.cssSelector("main[data-read='true']")));
			browser.findElement(By.id(button)).click();
			waiting.until(ExpectedConditions.invisibilityOfElementLocated(By.id(button)));
		}
		finally {
			browser.quit();
		}
	}

}
