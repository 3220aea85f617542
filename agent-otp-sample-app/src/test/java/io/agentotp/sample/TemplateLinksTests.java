package io.agentotp.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The pages under a context path.
 */
class TemplateLinksTests {

	@Test
	void linksWhenWrittenInTemplatesThenNoneForgetsTheContextPath() throws IOException {
		try (Stream<Path> templates = Files.list(Path.of("src/main/resources/templates"))) {
			List<Path> all = templates.toList();
			assertThat(all).isNotEmpty();
			for (Path template : all) {
				assertThat(Files.readString(template)).as(template.toString())
					.doesNotContainPattern("(?<!th:)\\b(href|src|action|data-[a-z]+)=\"/");
			}
		}
		assertThat(Files.readString(Path.of("src/main/resources/static/agent.js"))).doesNotContain("\"/");
	}

}
