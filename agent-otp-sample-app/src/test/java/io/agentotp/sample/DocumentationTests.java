package io.agentotp.sample;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.config.YamlPropertiesFactoryBean;
import org.springframework.core.io.ByteArrayResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the documentation links to is there, and the properties that it names exist, on
 * both sides.
 */
class DocumentationTests {

	private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

	private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");

	private static final Pattern POLICIES = Pattern.compile("(?m)\\A(#.*\n)*(policies|actions):");

	private static final String ANY_TEST = """

			tests:
			  - request: { action: something.else }
			    expect: { action: require_approval }
			""";

	// Another test looks at the meters.
	private static final Pattern METERS = Pattern.compile("(?ms)^## (Observations|Meters of the service)$.*?(?=^## )");

	private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:)([^)#\\s]*)(?:#([^)\\s]+))?\\)");

	private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} (.+)$");

	private static final Pattern CODE = Pattern.compile("`([^`\\n]+)`");

	private static final Pattern PROPERTY = Pattern.compile("agentotp(\\.[a-z0-9-]+|\\.<[a-z-]+>|\\[[^]]*])+");

	// Code of an exception, with its message behind it.
	private static final Pattern ERROR = Pattern
		.compile("(?<!Stream\\.of)\\(\\s*(?:\\d+, )?\"([A-Z]+(?:_[A-Z]+)+)\",(?! \"0\")");

	private static final Pattern SNIPPET = Pattern.compile("(?s)// on the page\\n(.*?)\\n\\s*// end\\n");

	private static final Pattern MESSAGE = Pattern.compile("(?m)^\\| `([^`]+)` \\|");

	// Of a message that is written in several pieces.
	private static final Pattern CONCATENATION = Pattern.compile("\"\\s*\\+\\s*\"");

	private static final Pattern EVENT = Pattern.compile("(?m)^\\| `(\\w+Event)` \\|");

	private static final Pattern LITERAL = Pattern.compile("\"(agentotp\\.[a-z0-9.-]+)\"");

	private static final Set<String> properties = new HashSet<>();

	private static final Set<String> maps = new HashSet<>();

	// Names of meters, and what else the code calls so.
	private static final Set<String> literals = new HashSet<>();

	private static final Set<String> errors = new TreeSet<>();

	private static final StringBuilder messages = new StringBuilder();

	private static final Set<String> events = new TreeSet<>();

	// Code that is compiled and run.
	private static final Set<String> snippets = new HashSet<>();

	@BeforeAll
	static void readSources() throws IOException {
		try (Stream<Path> files = Files.walk(ROOT)) {
			for (Path file : files.filter((each) -> each.toString().matches(".*/src/(main|test)/java/.*\\.java"))
				.toList()) {
				String source = Files.readString(file);
				if (file.toString().contains("/src/main/")) {
					all(LITERAL, source).forEach(literals::add);
					all(ERROR, source).forEach(errors::add);
					messages.append(CONCATENATION.matcher(source).replaceAll("")).append('\n');
					if (file.getParent().endsWith("spring/event") && source.contains("public record")) {
						events.add(file.getFileName().toString().replace(".java", ""));
					}
				}
				else {
					all(SNIPPET, source).map(String::stripIndent).forEach(snippets::add);
				}
			}
		}
		assertThat(literals).contains("agentotp.permission");
		assertThat(errors).contains("CONNECT_FAILED", "CALL_CHANGED", "TOKEN_USED");
	}

	private static Stream<String> all(Pattern pattern, String text) {
		return pattern.matcher(text).results().map((result) -> result.group(1));
	}

	@BeforeAll
	static void readMetadata() throws IOException {
		for (JsonNode metadata : metadata()) {
			for (JsonNode property : metadata.path("properties")) {
				properties.add(property.path("name").asString());
				String type = property.path("type").asString("");
				if (type.startsWith("java.util.Map") || type.startsWith("java.util.List")) {
					maps.add(property.path("name").asString());
				}
			}
		}
		assertThat(properties).contains("agentotp.base-url", "agentotp.server.public-url", "spring.datasource.url");
	}

	private static List<JsonNode> metadata() throws IOException {
		List<JsonNode> all = new ArrayList<>();
		for (URL url : Collections.list(DocumentationTests.class.getClassLoader()
			.getResources("META-INF/spring-configuration-metadata.json"))) {
			try (InputStream json = url.openStream()) {
				all.add(JsonMapper.shared().readTree(json));
			}
		}
		return all;
	}

	static Stream<Path> pages() throws IOException {
		List<Path> pages = new ArrayList<>();
		for (Path directory : List.of(ROOT, ROOT.resolve("docs"))) {
			try (Stream<Path> files = Files.list(directory)) {
				files.filter((file) -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
			}
		}
		return pages.stream().map(ROOT::relativize);
	}

	@ParameterizedTest
	@MethodSource("pages")
	void linksWhenFollowedThenTheirFileAndHeadingAreThere(Path page) throws IOException {
		Path file = ROOT.resolve(page);
		for (MatchResult link : LINK.matcher(prose(file)).results().toList()) {
			Path target = link.group(1).isEmpty() ? file : file.resolveSibling(link.group(1)).normalize();
			assertThat(target).as(link.group()).exists();
			if (link.group(2) != null) {
				assertThat(anchors(target)).as(link.group()).contains(link.group(2));
			}
		}
	}

	@ParameterizedTest
	@MethodSource("pages")
	void propertiesWhenNamedThenExist(Path page) throws IOException {
		// The changelog names what is gone.
		if (page.endsWith("CHANGELOG.md")) {
			return;
		}
		List<String> unknown = CODE.matcher(METERS.matcher(prose(ROOT.resolve(page))).replaceAll(""))
			.results()
			.map((code) -> code.group(1).replaceFirst("[=:] ?.*", ""))
			.filter((code) -> PROPERTY.matcher(code).matches() && !literals.contains(code))
			.filter((name) -> !exists(name) && properties.stream().noneMatch((each) -> each.startsWith(name + ".")))
			.toList();
		assertThat(unknown).isEmpty();
	}

	@ParameterizedTest
	@MethodSource("pages")
	void yamlWhenReadThenItsPropertiesExist(Path page) throws IOException {
		for (MatchResult block : BLOCK.matcher(Files.readString(ROOT.resolve(page))).results().toList()) {
			if (!block.group(1).equals("yaml")) {
				continue;
			}
			YamlPropertiesFactoryBean yaml = new YamlPropertiesFactoryBean();
			yaml.setResources(new ByteArrayResource(block.group(2).getBytes()));
			// Values are of any type.
			Set<String> names = yaml.getObject().keySet().stream().map(String::valueOf).collect(Collectors.toSet());
			assertThat(names).as(block.group(2)).isNotEmpty();
			if (!POLICIES.matcher(block.group(2)).find()) {
				assertThat(names).filteredOn((name) -> !exists(name)).as(block.group(2)).isEmpty();
			}
		}
	}

	@ParameterizedTest
	@MethodSource("pages")
	void policiesWhenTestedThenPass(Path page, @TempDir Path directory) throws Exception {
		for (MatchResult block : BLOCK.matcher(Files.readString(ROOT.resolve(page))).results().toList()) {
			if (POLICIES.matcher(block.group(2)).find()) {
				String tests = block.group(2).contains("\ntests:") ? "" : ANY_TEST;
				Path file = Files.writeString(directory.resolve("policies.yml"), block.group(2) + tests);
				Process test = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-cp",
						System.getProperty("java.class.path"), "io.agentotp.server.AgentOtpServerApplication", "policy",
						"test", file.toString())
					.redirectErrorStream(true)
					.start();
				String output = new String(test.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
				assertThat(test.waitFor()).as(block.group(2) + output).isZero();
			}
		}
	}

	@ParameterizedTest
	@MethodSource("pages")
	void javaWhenShownThenATestRunsIt(Path page) throws IOException {
		assertThat(BLOCK.matcher(Files.readString(ROOT.resolve(page)))
			.results()
			.filter((block) -> block.group(1).equals("java"))
			.map((block) -> block.group(2).strip())
			.filter((block) -> !snippets.contains(block))).isEmpty();
	}

	@Test
	void metadataWhenReadThenEachPropertyIsDescribedAndEachClosedValueHasAHint() throws Exception {
		Map<String, List<String>> hints = new HashMap<>();
		List<JsonNode> own = new ArrayList<>();
		for (JsonNode metadata : metadata()) {
			metadata.path("hints")
				.forEach((hint) -> hints.put(hint.path("name").asString(),
						hint.path("values").findValuesAsString("value")));
			metadata.path("properties")
				.valueStream()
				.filter((property) -> property.path("name").asString().startsWith("agentotp."))
				.forEach(own::add);
		}
		assertThat(own).hasSizeGreaterThan(50);
		for (JsonNode property : own) {
			String name = property.path("name").asString();
			assertThat(property.path("description").asString("")).as(name).endsWith(".").hasSizeGreaterThan(15);
			String type = property.path("type").asString("java.lang.Object").replaceFirst("<.*", "");
			if (type.startsWith("io.agentotp.") && Class.forName(type).isEnum()) {
				assertThat(hints.get(name)).as(name)
					.containsExactlyInAnyOrderElementsOf(Stream.of(Class.forName(type).getEnumConstants())
						.map((constant) -> ((Enum<?>) constant).name().toLowerCase(Locale.ROOT).replace('_', '-'))
						// Only an annotation says that the property counts.
						.filter((value) -> !value.equals("default"))
						.toList());
			}
		}
		assertThat(hints.keySet()).filteredOn((name) -> name.startsWith("agentotp.")).allMatch(properties::contains);
	}

	@Test
	void errorsWhenThrownThenAreOnTheirPage() throws IOException {
		String page = Files.readString(ROOT.resolve("docs/errors.md"));
		assertThat(errors).filteredOn((code) -> !page.contains("`" + code + "`")).isEmpty();
	}

	@Test
	void messagesWhenExplainedThenAreThoseOfTheCode() throws IOException {
		List<String> explained = all(MESSAGE, Files.readString(ROOT.resolve("docs/troubleshooting.md"))).toList();
		assertThat(explained).hasSizeGreaterThan(50)
			.doesNotHaveDuplicates()
			.allSatisfy((message) -> assertThat(message.split("…")).allSatisfy(
					(part) -> assertThat(messages.indexOf(part)).as("'%s' of '%s'", part, message).isNotNegative()));
	}

	@Test
	void eventsWhenPublishedThenAreThoseOfTheirPage() throws IOException {
		assertThat(all(EVENT, Files.readString(ROOT.resolve("docs/events-and-meters.md"))))
			.containsExactlyInAnyOrderElementsOf(events);
	}

	@Test
	void readmeWhenReadThenIsShortAndSaysWhatToInstallAndWhatItsFirstCommandDoes() throws IOException {
		String readme = Files.readString(ROOT.resolve("README.md"));
		assertThat(readme.split("\\s+")).hasSizeLessThan(900);
		assertThat(readme).containsSubsequence("minutes and some", "MB of downloads", "prints nothing until",
				"spring-boot:run");
		assertThat(readme).containsSubsequence("mvn -q install -DskipTests", "<dependency>");
	}

	@ParameterizedTest
	@CsvSource({ "agentotp.server.approval-window, 10 minutes", "agentotp.approval-timeout, 5 minutes",
			"agentotp.timeout, 30 seconds", "agentotp.connect-timeout, 5 seconds" })
	void timesWhenListedThenHaveTheDefaultsOfTheirProperties(String property, String text) throws IOException {
		String duration = metadata().stream()
			.flatMap((metadata) -> metadata.path("properties").valueStream())
			.filter((each) -> each.path("name").asString().equals(property))
			.map((each) -> each.path("defaultValue").asString())
			.findFirst()
			.orElseThrow();
		assertThat(duration).isEqualTo(text.replaceFirst(" (.).*", "$1"));
		assertThat(Files.readAllLines(ROOT.resolve("docs/time.md")))
			.anyMatch((line) -> line.startsWith("| **") && line.contains("`" + property + "`") && line.contains(text));
	}

	@Test
	void documentationWhenListedThenEachPageIsInTheIndex() throws IOException {
		String index = Files.readString(ROOT.resolve("docs/README.md"));
		assertThat(pages().filter((page) -> page.startsWith("docs") && !page.endsWith("README.md")))
			.allSatisfy((page) -> assertThat(index).contains("(" + page.getFileName() + ")"));
	}

	// A map or list stands for all below it.
	private static boolean exists(String name) {
		return properties.contains(name)
				|| maps.stream().anyMatch((map) -> name.startsWith(map + ".") || name.startsWith(map + "["));
	}

	private static String prose(Path file) throws IOException {
		return BLOCK.matcher(Files.readString(file)).replaceAll("");
	}

	// As GitHub makes them.
	private static Set<String> anchors(Path file) throws IOException {
		Set<String> anchors = new HashSet<>();
		Map<String, Integer> seen = new HashMap<>();
		for (MatchResult heading : HEADING.matcher(prose(file)).results().toList()) {
			String anchor = heading.group(1)
				.toLowerCase(Locale.ROOT)
				.replaceAll("[^\\p{L}\\p{N} _-]", "")
				.replace(' ', '-');
			int number = seen.merge(anchor, 1, Integer::sum);
			anchors.add((number == 1) ? anchor : anchor + "-" + (number - 1));
		}
		return anchors;
	}

}
