package io.agentotp.server.language;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.ResourceBundle;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.agentotp.server.json.Json;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.context.MessageSource;
import org.springframework.context.i18n.LocaleContext;
import org.springframework.context.i18n.LocaleContextHolder;
import org.springframework.context.support.ResourceBundleMessageSource;

/**
 * The words of pages, in the language of the reader. The files are the service's own, so
 * that those of an application around it are neither used nor changed.
 */
public final class Messages {

	/**
	 * The languages that there are files for, the default first.
	 */
	public static final List<Locale> LANGUAGES = List.of(Locale.ENGLISH, Locale.GERMAN);

	private static final String SCRIPT = "script.";

	private static final Source SOURCE = new Source();

	private static final Map<Locale, String> OF_SCRIPT = LANGUAGES.stream()
		.collect(Collectors.toUnmodifiableMap(Function.identity(), SOURCE::ofScript));

	private Messages() {
	}

	/**
	 * The messages of the files.
	 * @return the messages
	 */
	public static MessageSource source() {
		return SOURCE;
	}

	/**
	 * The language of the reader of the page at hand.
	 * @return the language, the default one where there is no page
	 */
	public static Locale language() {
		LocaleContext context = LocaleContextHolder.getLocaleContext();
		Locale language = (context != null) ? context.getLocale() : null;
		return (language != null && LANGUAGES.contains(language)) ? language : LANGUAGES.get(0);
	}

	/**
	 * A message for the reader of the page at hand.
	 * @param key its key
	 * @param arguments what it has places for
	 * @return the message
	 */
	public static String get(String key, Object... arguments) {
		return SOURCE.getMessage(key, arguments, language());
	}

	/**
	 * The messages of the script, which fills their places itself.
	 * @return the messages by the rest of their keys, as JSON
	 */
	public static String ofScript() {
		return OF_SCRIPT.getOrDefault(language(), "");
	}

	/**
	 * The word for one of several names.
	 * @param kind what the names are of
	 * @param name the name
	 * @return the word, or the name if there is none for it
	 */
	public static String word(String kind, String name) {
		String word = SOURCE.getMessage(kind + "." + name, null, null, language());
		return (word != null) ? word : name.replace('_', ' ');
	}

	private static final class Source extends ResourceBundleMessageSource {

		private static final String NAME = "io.agentotp.server.language.messages";

		Source() {
			setBasename(NAME);
			setBundleClassLoader(Messages.class.getClassLoader());
			setDefaultEncoding(StandardCharsets.UTF_8.name());
			setFallbackToSystemLocale(false);
			// The same quotes in all of them, with and without arguments.
			setAlwaysUseMessageFormat(true);
		}

		String ofScript(Locale language) {
			ResourceBundle bundle = Objects.requireNonNull(getResourceBundle(NAME, language));
			ObjectNode messages = Json.object();
			bundle.keySet()
				.stream()
				.filter((key) -> key.startsWith(SCRIPT))
				.sorted()
				.forEach((key) -> messages.put(key.substring(SCRIPT.length()), bundle.getString(key)));
			return Json.write(messages);
		}

	}

}
