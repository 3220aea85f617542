package io.agentotp.server;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.HttpCookie;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A browser without JavaScript: cookies, redirects, forms.
 */
final class Browser {

	private static final Pattern CSRF = Pattern.compile("name=\"_csrf\"(?: type=\"hidden\")? value=\"([^\"]+)\"");

	private final CookieManager cookies = new CookieManager();

	private final HttpClient client = HttpClient.newBuilder()
		.version(HttpClient.Version.HTTP_1_1)
		.cookieHandler(this.cookies)
		.followRedirects(HttpClient.Redirect.NORMAL)
		.build();

	private final String url;

	Browser(String url) {
		this.url = url;
	}

	Page get(String path) {
		return send("GET", path, null, Map.of());
	}

	Page send(String method, String path, String form, Map<String, String> headers) {
		HttpRequest.Builder request = HttpRequest
			.newBuilder(URI.create(path.startsWith("http") ? path : this.url + path))
			.method(method,
					(form != null) ? HttpRequest.BodyPublishers.ofString(form) : HttpRequest.BodyPublishers.noBody());
		if (form != null) {
			request.setHeader("Content-Type", "application/x-www-form-urlencoded");
		}
		headers.forEach(request::setHeader);
		try {
			return new Page(this.client.send(request.build(), HttpResponse.BodyHandlers.ofString()));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	Page post(String path, Map<String, String> fields) {
		return send("POST", path, form(fields), Map.of());
	}

	/**
	 * Sends a form of a page, with its CSRF token.
	 */
	Page submit(Page page, String path, Map<String, String> fields) {
		return submit(page, path, fields, Map.of());
	}

	Page submit(Page page, String path, Map<String, String> fields, Map<String, String> headers) {
		Map<String, String> all = new LinkedHashMap<>(fields);
		all.put("_csrf", page.csrf());
		return send("POST", path, form(all), headers);
	}

	Page signIn(String user, String password) {
		return submit(get("/sign-in"), "/sign-in", Map.of("username", user, "password", password));
	}

	/**
	 * Comes with the cookie of a session that the server no longer knows.
	 */
	void forgetSession() {
		this.cookies.getCookieStore().getCookies().forEach((cookie) -> cookie.setValue("0".repeat(32)));
	}

	List<HttpCookie> cookies() {
		return this.cookies.getCookieStore().getCookies();
	}

	Browser signedIn(String user) {
		Page page = signIn(user, TestServer.PASSWORD);
		if (page.status() != 200 || page.path().contains("error")) {
			throw new AssertionError("Not signed in: " + page.path());
		}
		return this;
	}

	/**
	 * The CSRF token of the first form of a page.
	 */
	static String csrf(String page) {
		Matcher matcher = CSRF.matcher(page);
		if (!matcher.find()) {
			throw new AssertionError("No form in " + page);
		}
		return matcher.group(1);
	}

	private static String form(Map<String, String> fields) {
		return fields.entrySet()
			.stream()
			.map((field) -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
			.collect(Collectors.joining("&"));
	}

	record Page(HttpResponse<String> raw) {

		int status() {
			return this.raw.statusCode();
		}

		String text() {
			return this.raw.body();
		}

		String path() {
			URI uri = this.raw.uri();
			return uri.getPath() + ((uri.getQuery() != null) ? "?" + uri.getQuery() : "");
		}

		String header(String name) {
			return this.raw.headers().firstValue(name).orElse(null);
		}

		String csrf() {
			return Browser.csrf(this.raw.body());
		}

	}

}
