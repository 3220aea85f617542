package io.agentotp.server.web;

import java.net.URI;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.InvalidSetting;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * Where the service lives.
 */
public final class ServerPaths {

	private final String path;

	private final @Nullable String publicUrl;

	private ServerPaths(String path, @Nullable String publicUrl) {
		this.path = path;
		this.publicUrl = publicUrl;
	}

	public static ServerPaths of(AgentOtpServerProperties properties) {
		return new ServerPaths(path(properties.path()), publicUrl(properties.publicUrl()));
	}

	private static String path(String setting) {
		String path = setting.strip().replaceAll("/+$", "");
		if (!path.matches("(/[A-Za-z0-9._~-]+)*")) {
			throw InvalidSetting.of("path", setting,
					"It must begin with a slash and consist of letters, digits, hyphens, underscores and dots, such as /agent-otp");
		}
		return path;
	}

	private static @Nullable String publicUrl(@Nullable URI url) {
		if (url == null) {
			return null;
		}
		boolean web = "https".equals(url.getScheme()) || "http".equals(url.getScheme());
		if (!web || url.getHost() == null || url.getQuery() != null || url.getFragment() != null
				|| url.getUserInfo() != null) {
			throw InvalidSetting.of("public-url", url,
					"It must be the http or https URL under which people reach the service, such as https://example.com/agent-otp");
		}
		return url.toString().replaceAll("/+$", "");
	}

	/**
	 * The path of the service inside the application, empty for the root.
	 * @return the path, without a slash at its end
	 */
	public String path() {
		return this.path;
	}

	/**
	 * The path of the service on this server.
	 * @param request the request
	 * @return the path, without a slash at its end
	 */
	public String base(HttpServletRequest request) {
		return request.getContextPath() + this.path;
	}

	/**
	 * The URL of the service. It never comes from a header, which an agent could set to
	 * send people elsewhere.
	 * @param request the request
	 * @return the URL, without a slash at its end
	 */
	public String url(HttpServletRequest request) {
		return (this.publicUrl != null) ? this.publicUrl : (request.isSecure() ? "https" : "http") + "://localhost:"
				+ request.getLocalPort() + request.getServletContext().getContextPath() + this.path;
	}

	/**
	 * The scheme, host and port under which people reach the service.
	 * @return the origin, or {@code null} if it is not configured
	 */
	public @Nullable String origin() {
		if (this.publicUrl == null) {
			return null;
		}
		URI url = URI.create(this.publicUrl);
		return url.getScheme() + "://" + url.getAuthority();
	}

}
