package io.agentotp.server.page;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.MessageFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.server.language.Messages;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The files of messages, and the templates and classes that use them.
 */
class MessagesTests {

	private static final Path RESOURCES = Path.of("src/main/resources/io/agentotp/server/page");

	private static final Path MESSAGES = Path.of("src/main/resources/io/agentotp/server/language");

	private static final Path CLASSES = Path.of("src/main/java/io/agentotp/server");

	private static final Pattern PLACE = Pattern.compile("\\{(\\d)");

	private static final Pattern TAG = Pattern.compile("<[^>]*?(?:\"[^\"]*\"|'[^']*'|[^>\"'])*>", Pattern.DOTALL);

	private static final Pattern ATTRIBUTE = Pattern.compile("([\\w:-]+)=(\"[^\"]*\"|'[^']*')");

	private static final Pattern WORDS = Pattern.compile("\\p{L}{2}");

	private static final Pattern KEY = Pattern.compile("#\\{([a-z][\\w.-]*)");

	private static final Pattern LITERAL_KEY = Pattern.compile("\"([a-z-]+\\.[\\w.-]+)\"");

	// Put together of two texts.
	private static final Set<String> COMPOSED = Set.of("domain.denied-by", "domain.approved-by", "domain.owns-refused",
			"domain.owned-refused", "domain.knows-key-refused", "domain.knew-key-refused");

	private static final Pattern KEY_OF_NAMES = Pattern.compile("#\\{\\$\\{'([\\w.-]+\\.)' \\+");

	// Names of the product, of formats, of settings and of keys are the same everywhere.
	private static final Pattern NOT_WORDS = Pattern
		.compile("Agent OTP|agentotp\\.[\\w.-]+|Authorization: Bearer KEY|AGENTOTP_API_KEY|Enter");

	// What cannot be seen or heard.
	private static final Set<String> SHOWN = Set.of("alt", "title", "aria-label", "placeholder", "th:text", "th:title",
			"th:aria-label", "th:alt", "th:placeholder", "th:utext", "aria-description", "th:aria-description");

	private static final Pattern LITERAL = Pattern.compile("'([^']*)'|\\|([^|]*)\\|");

	@Test
	void filesWhenComparedThenHaveTheSameKeysAndPlaces() {
		Properties english = file(Locale.ENGLISH);
		for (Locale language : Messages.LANGUAGES) {
			Properties other = file(language);
			assertThat(other.stringPropertyNames()).as("%s", language)
				.containsExactlyInAnyOrderElementsOf(english.stringPropertyNames());
			for (String key : other.stringPropertyNames()) {
				assertThat(places(other.getProperty(key))).as("%s of %s", key, language)
					.isEqualTo(places(english.getProperty(key)));
				assertThat(other.getProperty(key)).as("%s of %s", key, language).isNotBlank();
				assertThat(new MessageFormat(other.getProperty(key), language)).isNotNull();
				assertThat(other.getProperty(key).replace("''", "")).as("%s of %s: quotes are doubled", key, language)
					.doesNotContain("'");
			}
		}
	}

	@Test
	void filesWhenComparedWithWhatIsUsedThenNoneIsMissingAndNoneTooMany() throws IOException {
		Set<String> keys = file(Locale.ENGLISH).stringPropertyNames();
		Set<String> used = new TreeSet<>();
		Set<String> literals = new TreeSet<>();
		Set<String> names = new TreeSet<>();
		for (Path template : files().toList()) {
			String text = Files.readString(template);
			KEY.matcher(text).results().forEach((key) -> used.add(key.group(1)));
			KEY_OF_NAMES.matcher(text).results().forEach((key) -> names.add(key.group(1)));
		}
		try (Stream<Path> classes = Files.walk(CLASSES)) {
			for (Path file : classes.filter((path) -> path.toString().endsWith(".java")).toList()) {
				String text = Files.readString(file);
				LITERAL_KEY.matcher(text).results().forEach((key) -> literals.add(key.group(1)));
				Pattern.compile("Messages\\s*\\.get\\(\\s*\"([\\w.-]+)\"(?! *\\+)")
					.matcher(text)
					.results()
					.forEach((key) -> used.add(key.group(1)));
				Pattern.compile("Messages\\s*\\.get\\(\\s*\"([\\w.-]+\\.)\" *\\+")
					.matcher(text)
					.results()
					.forEach((key) -> names.add(key.group(1)));
				Pattern.compile("Messages\\s*\\.word\\(\\s*\"([\\w.-]+)\"")
					.matcher(text)
					.results()
					.forEach((key) -> names.add(key.group(1) + "."));
			}
		}
		for (String script : List.of("agent-otp.js", "passkey.js")) {
			Pattern.compile("words\\(\"([\\w.-]+)\"")
				.matcher(Files.readString(RESOURCES.resolveSibling("assets/" + script)))
				.results()
				.forEach((key) -> used.add("script." + key.group(1)));
		}
		assertThat(used.stream().filter((key) -> !keys.contains(key))).as("messages that are missing").isEmpty();
		names.add("domain.");
		used.addAll(literals);
		assertThat(keys.stream().filter((key) -> !used.contains(key) && names.stream().noneMatch(key::startsWith)))
			.as("messages that nothing uses")
			.isEmpty();
		names.forEach((name) -> assertThat(keys).as(name).anyMatch((key) -> key.startsWith(name)));
	}

	@Test
	void textsOfTheDomainWhenTranslatedThenAreSaidSomewhere() throws IOException {
		String sources;
		try (Stream<Path> classes = Files.walk(CLASSES)) {
			sources = classes.filter((path) -> path.toString().endsWith(".java")).map((path) -> {
				try {
					return Files.readString(path);
				}
				catch (IOException ex) {
					throw new UncheckedIOException(ex);
				}
			}).collect(Collectors.joining("\n")).replaceAll("\"\\s*\\+ \"", "");
		}
		Properties english = file(Locale.ENGLISH);
		assertThat(english.stringPropertyNames()
			.stream()
			.filter((key) -> key.startsWith("domain.") && !COMPOSED.contains(key))
			.filter((key) -> !Pattern.compile("\\{\\d}|[.:] ")
				.splitAsStream(english.getProperty(key).replace("''", "'"))
				.allMatch((piece) -> sources.contains(piece.strip()))))
			.as("texts that nobody says")
			.isEmpty();
	}

	@ParameterizedTest
	@MethodSource("templates")
	void templateWhenReadThenHasNoWordsOfItsOwn(Path template) throws IOException {
		String text = Files.readString(template).replaceAll("(?s)<!--.*?-->|<style>.*?</style>", "");
		List<String> found = new ArrayList<>();
		Matcher tag = TAG.matcher(text);
		int begin = 0;
		String element = "";
		while (tag.find()) {
			String between = text.substring(begin, tag.start()).replaceAll("\\[\\[.*?]]", "");
			if (!element.equals("kbd") && hasWords(between)) {
				found.add(between.strip());
			}
			element = tag.group().replaceAll("(?s)^<([\\w:!-]*).*", "$1");
			attributes(tag.group(), found);
			begin = tag.end();
		}
		assertThat(found).as("words in %s", template.getFileName()).isEmpty();
	}

	private static void attributes(String tag, List<String> found) {
		Matcher attribute = ATTRIBUTE.matcher(tag);
		while (attribute.find()) {
			String name = attribute.group(1);
			String value = attribute.group(2).substring(1, attribute.group(2).length() - 1);
			if (name.equals("th:attr")) {
				Matcher part = Pattern.compile("(?:^|,)([\\w-]+)=([^,]*)").matcher(value);
				while (part.find()) {
					attribute(part.group(1), part.group(2), true, found);
				}
			}
			else {
				attribute(name, value, name.startsWith("th:"), found);
			}
		}
	}

	private static void attribute(String name, String value, boolean expression, List<String> found) {
		if (!SHOWN.contains(name) || (name.equals("placeholder") && value.startsWith("{"))) {
			return;
		}
		if (!expression) {
			if (hasWords(value)) {
				found.add(name + "=" + value);
			}
			return;
		}
		// A literal within #{…} and what is compared with one is the name of a message.
		Matcher literal = LITERAL.matcher(value.replaceAll("#\\{\\$\\{[^}]*}}?", "").replaceAll("[!=]= *'[^']*'", ""));
		while (literal.find()) {
			String words = (literal.group(1) != null) ? literal.group(1)
					: literal.group(2).replaceAll("[$#]\\{[^}]*}", "");
			if (hasWords(words)) {
				found.add(name + "=" + value);
			}
		}
	}

	private static boolean hasWords(String text) {
		return WORDS.matcher(NOT_WORDS.matcher(text.replaceAll("&\\w+;", "")).replaceAll("")).find();
	}

	static Stream<Path> templates() throws IOException {
		return files();
	}

	private static Stream<Path> files() throws IOException {
		List<Path> all = new ArrayList<>();
		for (Path folder : List.of(RESOURCES, RESOURCES.resolveSibling("notification"))) {
			try (Stream<Path> files = Files.list(folder)) {
				files.filter((file) -> file.toString().endsWith(".html")).sorted().forEach(all::add);
			}
		}
		return all.stream();
	}

	private static Set<String> places(String message) {
		return PLACE.matcher(message)
			.results()
			.map((place) -> place.group(1))
			.collect(Collectors.toCollection(TreeSet::new));
	}

	private static Properties file(Locale language) {
		String name = language.equals(Locale.ENGLISH) ? "messages.properties" : "messages_" + language + ".properties";
		Properties properties = new Properties();
		try (var reader = Files.newBufferedReader(MESSAGES.resolve(name), StandardCharsets.UTF_8)) {
			properties.load(reader);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
		return properties;
	}

}
