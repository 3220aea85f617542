package io.agentotp.server;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.json.Json;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The page of properties names each setting of the service, and no other, with its
 * default.
 */
class OperationsGuideTests {

	private static final Path PROPERTIES = Path.of("../docs/properties.md");

	private static final Pattern ROW = Pattern.compile("\\|([^|]*`agentotp\\.server\\.[^|]+)\\|([^|]*)\\|[^|]+\\|");

	private static final Pattern CODE = Pattern.compile("`([^`]+)`");

	@Test
	void settingsWhenComparedWithThePropertiesThenTheSame() throws Exception {
		List<String> properties = new ArrayList<>();
		flatten(AgentOtpServerProperties.PREFIX, AgentOtpServerProperties.class, properties);
		assertThat(settings().keySet()).containsExactlyInAnyOrderElementsOf(properties);
	}

	@Test
	void settingsWhenComparedWithTheMetadataThenHaveTheDefaultsAndEachIsDescribed() throws Exception {
		Map<String, String> settings = settings();
		try (InputStream stream = AgentOtpServerProperties.class
			.getResourceAsStream("/META-INF/spring-configuration-metadata.json")) {
			JsonNode metadata = Json.mapper().readTree(stream);
			assertThat(metadata.path("properties").size()).isGreaterThan(20);
			metadata.path("properties").values().forEach((property) -> {
				String name = property.path("name").stringValue();
				assertThat(property.path("description").asString()).as(name).isNotBlank();
				assertThat(settings.keySet()).as(name)
					.anyMatch((setting) -> name.startsWith("management.health.") || setting.equals(name)
							|| setting.startsWith(name + ".") || setting.startsWith(name + "["));
				JsonNode fallback = property.path("defaultValue");
				if (!fallback.isMissingNode() && settings.containsKey(name)) {
					assertThat(settings.get(name)).as(name).startsWith("`" + fallback.asString() + "`");
				}
			});
		}
	}

	// Names of the table with their defaults; ".x" after "a.b" stands for "a.x".
	private static Map<String, String> settings() throws IOException {
		Map<String, String> settings = new LinkedHashMap<>();
		String section = Files.readString(PROPERTIES).split("\n## Service\n")[1].split("\n## ")[0];
		Matcher rows = ROW.matcher(section);
		while (rows.find()) {
			Matcher names = CODE.matcher(rows.group(1));
			String parent = "";
			while (names.find()) {
				String name = names.group(1).startsWith(".") ? parent + names.group(1) : names.group(1);
				parent = name.substring(0, name.lastIndexOf('.'));
				assertThat(settings).doesNotContainKey(name);
				settings.put(name, rows.group(2).strip());
			}
		}
		return settings;
	}

	private static void flatten(String prefix, Class<?> type, List<String> names) {
		for (RecordComponent component : type.getRecordComponents()) {
			String name = prefix + "." + component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
			Class<?> plain = component.getType();
			Class<?> element = element(component.getGenericType());
			if (plain.isRecord()) {
				flatten(name, plain, names);
			}
			else if (element.isRecord()) {
				flatten(name + (Map.class.isAssignableFrom(plain) ? ".<name>" : "[]"), element, names);
			}
			else {
				names.add(name);
			}
		}
	}

	private static Class<?> element(Type type) {
		if (type instanceof ParameterizedType parameterized) {
			Type[] arguments = parameterized.getActualTypeArguments();
			return (arguments[arguments.length - 1] instanceof Class<?> element) ? element : Object.class;
		}
		return Object.class;
	}

}
