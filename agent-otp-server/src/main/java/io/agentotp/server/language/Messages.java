package io.agentotp.server.language;

import java.nio.charset.StandardCharsets;
import java.text.DecimalFormatSymbols;
import java.text.MessageFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.ResourceBundle;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import io.agentotp.server.json.Json;
import org.jspecify.annotations.Nullable;

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

	private static final Locale AUSTRIA = Locale.forLanguageTag("de-AT");

	private static final String SCRIPT = "script.";

	private static final Source SOURCE = new Source();

	private static final Map<Locale, String> OF_SCRIPT = LANGUAGES.stream()
		.collect(Collectors.toUnmodifiableMap(Function.identity(), (language) -> Json.write(all(SCRIPT, language))));

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
	 * The messages as they stand in a file.
	 * @param prefix how their keys begin
	 * @param language the language
	 * @return the messages by the rest of their keys
	 */
	static Map<String, String> all(String prefix, Locale language) {
		return SOURCE.all(prefix, language);
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
	 * Runs something for a reader of another language, such as the one of a message.
	 * @param language the language
	 * @param work what is run
	 * @return its result
	 */
	public static <T extends @Nullable Object> T in(Locale language, Supplier<T> work) {
		LocaleContext before = LocaleContextHolder.getLocaleContext();
		LocaleContextHolder.setLocale(language);
		try {
			return work.get();
		}
		finally {
			LocaleContextHolder.setLocaleContext(before);
		}
	}

	/**
	 * How numbers are written: no point in groups where it is not read as one everywhere.
	 * @return the symbols
	 */
	public static DecimalFormatSymbols symbols() {
		return DecimalFormatSymbols.getInstance(numbers(language()));
	}

	// In Austria, a space stands between groups.
	private static Locale numbers(Locale language) {
		return language.equals(Locale.GERMAN) ? AUSTRIA : language;
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
	 * What the rest of the service says in English, where it does not know who reads it.
	 * @param english the text
	 * @return the same in the language of the reader, or the text if nobody has
	 * translated it
	 */
	public static String ofDomain(String english) {
		return DomainTexts.in(language(), english);
	}

	/**
	 * Whether the reader reads the language of the rest of the service.
	 * @return whether nothing is to be translated
	 */
	public static boolean isDomainLanguage() {
		return language().equals(Locale.ENGLISH);
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

		@Override
		protected MessageFormat createMessageFormat(String message, @Nullable Locale language) {
			return new MessageFormat(message, numbers(Objects.requireNonNullElse(language, LANGUAGES.get(0))));
		}

		Map<String, String> all(String prefix, Locale language) {
			ResourceBundle bundle = Objects.requireNonNull(getResourceBundle(NAME, language));
			Map<String, String> messages = new TreeMap<>();
			bundle.keySet()
				.stream()
				.filter((key) -> key.startsWith(prefix))
				.forEach((key) -> messages.put(key.substring(prefix.length()), bundle.getString(key)));
			return messages;
		}

	}

}
