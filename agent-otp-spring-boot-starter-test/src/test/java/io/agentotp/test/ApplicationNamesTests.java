package io.agentotp.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What applications may name of the starter: the sample, the guides and the pages get
 * along with it. All else is internal, though it may be public.
 */
class ApplicationNamesTests {

	private static final Pattern NAME = Pattern.compile("io\\.agentotp\\.spring\\.((?:[a-z0-9]+\\.)*)([A-Z]\\w*)");

	private static final Pattern COMPARED = Pattern.compile("<include>(.*)</include>");

	private static final Set<String> PACKAGES = Set.of("", "event.", "observation.");

	private static final Set<String> TYPES = Set.of("boot.autoconfigure.AgentOtpClientBuilderCustomizer",
			"boot.autoconfigure.AgentOtpConnectionDetails", "boot.autoconfigure.AgentOtpMode",
			"boot.autoconfigure.AgentOtpProperties", "guard.PermissionGuardCustomizer",
			"tool.springai.AgentOtpSpringAiTools", "tool.langchain4j.AgentOtpLangChain4jTools",
			"tool.mcp.McpToolGuard");

	/** Their names are for tests with a context runner, what is in them is internal. */
	private static final Set<String> AUTO_CONFIGURATIONS = Set.of("boot.autoconfigure.AgentOtpAutoConfiguration",
			"boot.autoconfigure.AgentOtpMethodAutoConfiguration");

	@Test
	void sampleWhenItNamesTypesOfTheStarterThenOnlyThoseForApplications() {
		assertThat(names(files(Path.of("../agent-otp-sample-app/src"), ".java"))).isNotEmpty()
			.allMatch((name) -> isForApplications(name) || AUTO_CONFIGURATIONS.contains(name));
	}

	@Test
	void guidesWhenTheyNameTypesOfTheStarterThenOnlyThoseForApplications() {
		assertThat(names(files(Path.of("src/test/java"), "Guide.java"))).isNotEmpty()
			.allMatch(ApplicationNamesTests::isForApplications);
	}

	@Test
	void testSupportWhenItNamesTypesOfTheStarterThenOnlyThoseForApplicationsAndWhatItImplements() {
		assertThat(names(files(Path.of("src/main/java"), ".java"))).isNotEmpty()
			.allMatch((name) -> isForApplications(name) || AUTO_CONFIGURATIONS.contains(name)
					|| Set.of("method.TestDoubles", "operation.CallDigest").contains(name));
	}

	@Test
	void typesForApplicationsWhenListedThenThere() {
		assertThat(TYPES).allSatisfy(
				(type) -> assertThat(Path.of("../agent-otp-spring-boot-starter/src/main/java/io/agentotp/spring",
						type.replace('.', '/') + ".java"))
					.isRegularFile());
	}

	@Test
	void typesForApplicationsWhenListedThenComparedWithTheLastRelease() {
		Stream<String> packages = PACKAGES.stream()
			.map((name) -> "io.agentotp.spring." + name)
			.map((name) -> name.substring(0, name.length() - 1));
		// The customizer hands the builder out.
		Stream<String> types = Stream.concat(TYPES.stream(), Stream.of("guard.PermissionGuard$Builder"))
			.map((name) -> "io.agentotp.spring." + name);
		assertThat(COMPARED.matcher(read(Path.of("../agent-otp-spring-boot-starter/pom.xml")))
			.results()
			.map((found) -> found.group(1)))
			.containsExactlyInAnyOrderElementsOf(Stream.concat(packages, types).toList());
	}

	private static boolean isForApplications(String name) {
		String owner = name.substring(0, name.lastIndexOf('.') + 1);
		return PACKAGES.contains(owner) || TYPES.contains(name);
	}

	private static List<String> names(List<Path> files) {
		return files.stream()
			.map(ApplicationNamesTests::read)
			.flatMap((text) -> NAME.matcher(text).results())
			.map((found) -> found.group(1) + found.group(2))
			.distinct()
			.toList();
	}

	private static List<Path> files(Path folder, String suffix) {
		try (Stream<Path> files = Files.walk(folder)) {
			return files.filter((file) -> file.toString().endsWith(suffix)).toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
