package io.agentotp.spring.operation;

import java.io.IOException;
import java.io.InputStream;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The test vectors of RFC 8785: {@code rfc8785/SOURCE.md} says where they come from.
 */
class Rfc8785Tests {

	@ParameterizedTest
	@ValueSource(strings = { "arrays", "french", "structures", "unicode", "values", "weird" })
	void canonicalWhenGivenAVectorThenItsOctets(String vector) throws IOException {
		// Numbers are read as doubles, as the RFC does. What a double cannot hold stands
		// otherwise in a digest, which the tests of the digest show.
		assertThat(CanonicalJson.bytes(JsonMapper.shared().readValue(bytes("input", vector), Object.class)))
			.isEqualTo(bytes("output", vector));
	}

	private static byte[] bytes(String folder, String vector) throws IOException {
		try (InputStream file = Rfc8785Tests.class.getResourceAsStream("rfc8785/" + folder + "/" + vector + ".json")) {
			return file.readAllBytes();
		}
	}

}
