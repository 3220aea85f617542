package io.agentotp.spring.boot.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an editor says about the properties, and what the page of properties says.
 */
class ConfigurationMetadataTests {

	@Test
	void propertiesWhenListedThenEachHasADescriptionInTheUsualForm() throws IOException {
		for (JsonNode property : metadata().path("properties")) {
			String name = property.path("name").asString();
			String description = property.path("description").asString("");
			assertThat(description).as(name).endsWith(".").doesNotContain("{@", "<").doesNotStartWith("The ");
			assertThat(description).as(name).doesNotStartWith("A ").hasSizeGreaterThan(15);
			if (property.path("type").asString().equals("java.lang.Boolean")) {
				assertThat(description).as(name).startsWith("Whether ");
			}
		}
	}

	@Test
	void propertiesWhenTheyHaveADefaultThenItIsTheRealOne() throws IOException {
		AgentOtpProperties properties = new Binder(new MapConfigurationPropertySource()).bindOrCreate("agentotp",
				AgentOtpProperties.class);
		assertThat(defaultOf("agentotp.method.order")).isEqualTo("" + properties.method().order());
		assertThat(defaultOf("agentotp.propagation.header")).isEqualTo(properties.propagation().header());
	}

	@Test
	void hintsWhenListedThenTheyAreForPropertiesThatExist() throws IOException {
		List<String> names = names(metadata());
		assertThat(metadata().path("hints").valueStream().map((hint) -> hint.path("name").asString())).isNotEmpty()
			.allMatch(names::contains);
	}

	@Test
	void pageWhenReadThenItsTableNamesExactlyTheProperties() throws IOException {
		String page = Files.readString(Path.of("..", "docs", "properties.md"));
		List<String> documented = Pattern.compile("(?m)^\\| `((agentotp|management)\\.[^`]+)`")
			.matcher(page)
			.results()
			.map((MatchResult match) -> match.group(1))
			.filter((name) -> !name.startsWith("agentotp.server."))
			.toList();
		List<String> existing = names(metadata()).stream()
			.filter((name) -> !name.startsWith("management.endpoint."))
			.toList();
		assertThat(documented).containsExactlyInAnyOrderElementsOf(existing);
	}

	private static String defaultOf(String name) throws IOException {
		return metadata().path("properties")
			.valueStream()
			.filter((property) -> property.path("name").asString().equals(name))
			.map((property) -> property.path("defaultValue").asString())
			.findFirst()
			.orElseThrow();
	}

	private static List<String> names(JsonNode metadata) {
		return metadata.path("properties").valueStream().map((property) -> property.path("name").asString()).toList();
	}

	private static JsonNode metadata() throws IOException {
		Path classes = Path.of("target", "classes", "META-INF", "spring-configuration-metadata.json");
		try (InputStream json = Files.newInputStream(classes)) {
			return JsonMapper.shared().readTree(json);
		}
	}

}
