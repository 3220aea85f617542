package io.agentotp.server.page.text;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

import org.springframework.context.MessageSource;
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

	private static final ResourceBundleMessageSource SOURCE = read();

	private Messages() {
	}

	private static ResourceBundleMessageSource read() {
		ResourceBundleMessageSource source = new ResourceBundleMessageSource();
		source.setBasename("io.agentotp.server.page.messages");
		source.setBundleClassLoader(Messages.class.getClassLoader());
		source.setDefaultEncoding(StandardCharsets.UTF_8.name());
		source.setFallbackToSystemLocale(false);
		// The same quotes in all of them, with and without arguments.
		source.setAlwaysUseMessageFormat(true);
		return source;
	}

	/**
	 * The messages of the files.
	 * @return the messages
	 */
	public static MessageSource source() {
		return SOURCE;
	}

	/**
	 * A message for the reader of the page at hand.
	 * @param key its key
	 * @param arguments what it has places for
	 * @return the message
	 */
	public static String get(String key, Object... arguments) {
		return SOURCE.getMessage(key, arguments, LocaleContextHolder.getLocale());
	}

	/**
	 * The word for one of several names.
	 * @param kind what the names are of
	 * @param name the name
	 * @return the word, or the name if there is none for it
	 */
	public static String word(String kind, String name) {
		String word = SOURCE.getMessage(kind + "." + name, null, null, LocaleContextHolder.getLocale());
		return (word != null) ? word : name.replace('_', ' ');
	}

}
