package io.agentotp.server.page;

import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.agentotp.server.language.Messages;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpHeaders;
import org.springframework.web.servlet.LocaleResolver;

/**
 * The language that a browser asks for. Programs get English, whatever they ask for.
 */
public final class PageLanguage implements LocaleResolver {

	private static final int MAX = 10;

	private final ServerPaths paths;

	public PageLanguage(ServerPaths paths) {
		this.paths = paths;
	}

	@Override
	public Locale resolveLocale(HttpServletRequest request) {
		String accepted = request.getHeader(HttpHeaders.ACCEPT_LANGUAGE);
		Locale found = null;
		if (accepted != null && !request.getRequestURI().startsWith(this.paths.base(request) + "/api/")) {
			// Not the container's: it has no answer for whoever speaks many.
			String first = Stream.of(accepted.split(",", MAX + 1)).limit(MAX).collect(Collectors.joining(","));
			try {
				found = Locale.lookup(Locale.LanguageRange.parse(first), Messages.LANGUAGES);
			}
			catch (IllegalArgumentException ex) {
				// Then the default.
			}
		}
		return (found != null) ? found : Messages.LANGUAGES.get(0);
	}

	@Override
	public void setLocale(HttpServletRequest request, @Nullable HttpServletResponse response, @Nullable Locale locale) {
		throw new UnsupportedOperationException("The browser chooses the language");
	}

}
