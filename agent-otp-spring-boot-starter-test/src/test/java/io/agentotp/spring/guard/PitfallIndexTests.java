package io.agentotp.spring.guard;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Every known pitfall of such a guard has a test, whose display name begins with its
 * number.
 */
class PitfallIndexTests {

	private static final Pattern NAME = Pattern.compile("@DisplayName\\(\"P(\\d+) ");

	@Test
	void pitfallsWhenCountedThenEachHasATest() throws IOException {
		try (Stream<Path> here = Files.walk(Path.of("src/test/java"));
				Stream<Path> starter = Files.walk(Path.of("../agent-otp-spring-boot-starter/src/test/java"))) {
			Stream<Integer> numbers = Stream.concat(here, starter)
				.filter((file) -> file.toString().endsWith("Tests.java"))
				.flatMap(PitfallIndexTests::numbers);
			assertThat(numbers.distinct().sorted().toList()).isEqualTo(IntStream.rangeClosed(1, 25).boxed().toList());
		}
	}

	private static Stream<Integer> numbers(Path file) {
		try {
			return NAME.matcher(Files.readString(file))
				.results()
				.map((found) -> Integer.valueOf(found.group(1)))
				.toList()
				.stream();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
