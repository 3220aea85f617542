package io.agentotp.server.page;

import java.util.Locale;

import io.agentotp.server.language.Messages;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.HttpServletRequest;

import org.springframework.web.servlet.i18n.AcceptHeaderLocaleResolver;

/**
 * The language that a browser asks for. Programs get English, whatever they ask for.
 */
public final class PageLanguage extends AcceptHeaderLocaleResolver {

	private final ServerPaths paths;

	public PageLanguage(ServerPaths paths) {
		this.paths = paths;
		setSupportedLocales(Messages.LANGUAGES);
		setDefaultLocale(Messages.LANGUAGES.get(0));
	}

	@Override
	public Locale resolveLocale(HttpServletRequest request) {
		return request.getRequestURI().startsWith(this.paths.base(request) + "/api/") ? Messages.LANGUAGES.get(0)
				: super.resolveLocale(request);
	}

}
