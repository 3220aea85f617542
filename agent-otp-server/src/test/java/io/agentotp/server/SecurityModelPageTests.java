package io.agentotp.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compares the page about the security model with the tests: each sentence names one that
 * is there, or is marked as a limit.
 */
class SecurityModelPageTests {

	private static final Pattern TEST = Pattern.compile("`([A-Za-z]+Tests)\\.([A-Za-z0-9]+)`$");

	private static final List<String> SOURCES = List.of("src/test/java/io/agentotp/server",
			"../agent-otp-sample-app/src/test/java/io/agentotp/sample",
			"../agent-otp-spring-boot-starter-test/src/test/java/io/agentotp/spring/guard",
			"../agent-otp-core/src/test/java/io/agentotp/trust");

	@Test
	void pageWhenReadThenEachSentenceNamesATestOrIsALimit() throws IOException {
		String page = Files.readString(Path.of("../docs/security-model.md"));
		List<String> lines = Arrays.stream(page.split("\n")).filter((line) -> line.startsWith("- ")).toList();
		assertThat(lines).hasSizeGreaterThan(30);
		for (String line : lines) {
			Matcher test = TEST.matcher(line);
			if (!test.find()) {
				assertThat(line).endsWith(" Limit.");
				continue;
			}
			// Some need an application and the service.
			Path file = SOURCES.stream()
				.map((folder) -> Path.of(folder, test.group(1) + ".java"))
				.filter(Files::exists)
				.findFirst()
				.orElseThrow(() -> new AssertionError("There is no such test: " + line));
			assertThat(Files.readString(file)).as(line).contains("void " + test.group(2) + "(");
		}
		assertThat(Files.readString(Path.of("../docs/README.md"))).contains("(security-model.md)");
		assertThat(Files.readString(Path.of("../SECURITY.md"))).contains("(docs/security-model.md)");
	}

}
