package io.agentotp.server.security;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import io.agentotp.server.token.Secrets;
import io.agentotp.server.token.Tokens;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;
import org.springframework.stereotype.Component;
import org.springframework.session.web.http.HttpSessionIdResolver;
import org.springframework.web.util.WebUtils;

/**
 * The cookie of a session: its id and a MAC of it. Who reads the database has no cookie
 * by that, and the database is not asked for what was made up.
 */
@Component
final class SessionCookies implements HttpSessionIdResolver {

	static final String NAME = "AGENTOTP_SESSION";

	private final List<byte[]> keys;

	private final ServerPaths paths;

	SessionCookies(Tokens tokens, ServerPaths paths) {
		this.keys = tokens.seeds("session");
		this.paths = paths;
	}

	/**
	 * Whether a browser was once signed in.
	 * @param request the request
	 * @return whether it has a cookie, of whatever value
	 */
	static boolean has(HttpServletRequest request) {
		return WebUtils.getCookie(request, NAME) != null;
	}

	/**
	 * The session that a request names, whether or not there still is one.
	 * @param request the request
	 * @return its id, empty without a cookie that this service made
	 */
	Optional<String> find(HttpServletRequest request) {
		return read(request).map(Found::id);
	}

	private Optional<Found> read(HttpServletRequest request) {
		Cookie cookie = WebUtils.getCookie(request, NAME);
		int end = (cookie != null) ? cookie.getValue().indexOf('.') : -1;
		if (cookie == null || end < 0) {
			return Optional.empty();
		}
		String id = cookie.getValue().substring(0, end);
		String mac = cookie.getValue().substring(end + 1);
		return this.keys.stream()
			.filter((key) -> Secrets.same(Secrets.mac(key, id), mac))
			.findFirst()
			.map((key) -> new Found(id, key));
	}

	@Override
	public List<String> resolveSessionIds(HttpServletRequest request) {
		return find(request).stream().toList();
	}

	@Override
	public void setSessionId(HttpServletRequest request, HttpServletResponse response, String sessionId) {
		String value = sessionId + "." + Secrets.mac(this.keys.get(0), sessionId);
		add(response, builder(this.paths, request, NAME, value).build());
	}

	@Override
	public void expireSession(HttpServletRequest request, HttpServletResponse response) {
		add(response, builder(this.paths, request, NAME, "").maxAge(Duration.ZERO).build());
	}

	/**
	 * Derives a text that only this service knows from the session of a request. It stays
	 * the same while the session has its cookie, also when secrets are rotated.
	 * @param request the request
	 * @param purpose what for
	 * @return the text, empty without a session
	 */
	Optional<String> derive(HttpServletRequest request, String purpose) {
		return read(request).map((found) -> Secrets.mac(found.key(), purpose + " " + found.id()));
	}

	static void add(HttpServletResponse response, ResponseCookie cookie) {
		response.addHeader(HttpHeaders.SET_COOKIE, cookie.toString());
	}

	// Lax: a link to an approval in a mail must find the session.
	static ResponseCookie.ResponseCookieBuilder builder(ServerPaths paths, HttpServletRequest request, String name,
			String value) {
		String base = paths.base(request);
		return ResponseCookie.from(name, value)
			.path(base.isEmpty() ? "/" : base)
			.httpOnly(true)
			.secure(paths.isSecure(request))
			.sameSite("Lax");
	}

	@SuppressWarnings("ArrayRecordComponent")
	private record Found(String id, byte[] key) {
	}

}
