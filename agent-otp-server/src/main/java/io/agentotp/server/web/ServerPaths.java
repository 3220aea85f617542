package io.agentotp.server.web;

import java.net.URI;

import io.agentotp.server.config.AgentOtpServerProperties;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * Where the service lives.
 */
public final class ServerPaths {

	private final String path;

	private final @Nullable String publicUrl;

	public ServerPaths(AgentOtpServerProperties properties) {
		this.path = withoutEnd(properties.path().strip());
		URI url = properties.publicUrl();
		this.publicUrl = (url != null) ? withoutEnd(url.toString()) : null;
	}

	private static String withoutEnd(String path) {
		return path.replaceAll("/+$", "");
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
		return url(request.getServletContext(), String.valueOf(request.getLocalPort()), request.isSecure());
	}

	/**
	 * The URL of the service.
	 * @param application the application
	 * @param port the port of the application, or {@code null} if it is not known
	 * @param secure whether connections to that port are encrypted
	 * @return the URL, without a slash at its end; only its path if the port is not known
	 */
	public String url(ServletContext application, @Nullable String port, boolean secure) {
		if (this.publicUrl != null) {
			return this.publicUrl;
		}
		String origin = (port != null) ? (secure ? "https" : "http") + "://localhost:" + port : "";
		return origin + application.getContextPath() + this.path;
	}

	/**
	 * The link by which a user chooses a password. Browsers do not send what is behind
	 * the hash, so no log of addresses has the code; the page puts it into its form.
	 * @param request the request
	 * @param user the user
	 * @param code the code of the link
	 * @return the URL
	 */
	public String passwordLink(HttpServletRequest request, String user, String code) {
		return url(request) + "/set-password#" + user + ":" + code;
	}

	/**
	 * Whether people reach the service encrypted, if only as far as a proxy.
	 * @param request the request
	 * @return whether cookies are to be sent so only
	 */
	public boolean isSecure(HttpServletRequest request) {
		return (this.publicUrl != null) ? this.publicUrl.startsWith("https:") : request.isSecure();
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
