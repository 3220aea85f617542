package io.agentotp.server.api;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

import io.agentotp.server.json.Json;
import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import jakarta.servlet.http.HttpServletResponse;
import tools.jackson.dataformat.yaml.YAMLMapper;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * The description of the API. It is written by hand, since bodies are read without
 * classes that it could be made of, and a test compares it with the routes. It says
 * nothing of this installation, so everybody may read it.
 */
@RestController
@Allowed(Caller.ANYBODY)
final class OpenApiController {

	private static final byte[] DOCUMENT = read();

	private static byte[] read() {
		try (InputStream yaml = OpenApiController.class.getResourceAsStream("openapi.yaml")) {
			return Json.write(new YAMLMapper().readTree(Objects.requireNonNull(yaml))).getBytes(StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@GetMapping("/api/v1/openapi.json")
	void document(HttpServletResponse response) throws IOException {
		response.setContentType("application/json");
		response.setContentLength(DOCUMENT.length);
		response.getOutputStream().write(DOCUMENT);
	}

}
