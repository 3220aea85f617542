package io.agentotp.server.security;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import io.agentotp.server.token.Secrets;
import io.agentotp.server.web.ServerPaths;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseCookie;
import org.springframework.web.util.WebUtils;

/**
 * Remembers in a browser which account signed in from it. It proves nothing but that, and
 * only keeps strangers from using up the attempts of who comes back.
 */
final class DeviceCookies {

	private static final String NAME = "AGENTOTP_DEVICE";

	private final List<byte[]> keys;

	private final ServerPaths paths;

	DeviceCookies(List<byte[]> keys, ServerPaths paths) {
		this.keys = keys;
		this.paths = paths;
	}

	/**
	 * The device that a request comes from.
	 * @param request the request
	 * @param account who wants to sign in
	 * @return the device, empty if this account never signed in from it
	 */
	Optional<String> find(HttpServletRequest request, String account) {
		Cookie cookie = WebUtils.getCookie(request, NAME);
		if (cookie == null) {
			return Optional.empty();
		}
		int end = cookie.getValue().indexOf('.');
		String device = (end > 0) ? cookie.getValue().substring(0, end) : "";
		String signature = cookie.getValue().substring(end + 1);
		return this.keys.stream()
			.filter((key) -> Secrets.same(sign(key, account, device), signature))
			.findFirst()
			.map((key) -> device);
	}

	void add(HttpServletRequest request, HttpServletResponse response, String account) {
		if (find(request, account).isEmpty()) {
			String device = Secrets.random();
			response.addHeader(HttpHeaders.SET_COOKIE,
					ResponseCookie.from(NAME, device + "." + sign(this.keys.get(0), account, device))
						.path(this.paths.base(request) + "/sign-in")
						.maxAge(Duration.ofDays(90))
						.httpOnly(true)
						.secure(this.paths.isSecure(request))
						.sameSite("Strict")
						.build()
						.toString());
		}
	}

	// A device has no dot, so the two cannot be taken for others.
	private static String sign(byte[] key, String account, String device) {
		return Secrets.mac(key, device + "." + account);
	}

}
