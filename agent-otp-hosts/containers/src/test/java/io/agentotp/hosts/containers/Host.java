package io.agentotp.hosts.containers;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The application in a container, as its users see it.
 */
final class Host {

	private final HttpClient http = HttpClient.newHttpClient();

	private final String url;

	Host(String url) {
		this.url = url;
	}

	/**
	 * Makes guarded calls, one that a policy approves and one that it denies.
	 */
	void call() throws IOException, InterruptedException {
		assertThat(send("POST", "/refunds?amount=10")).isEqualTo("paid");
		assertThat(send("POST", "/refunds?amount=30")).isEqualTo("denied");
		assertThat(send("GET", "/refunds")).isEqualTo("1");
		assertThat(send("GET", "/agent-otp/sign-in")).contains("<form");
		assertThat(send("GET", "/agent-otp/api/v1/health")).contains("healthy");
	}

	private String send(String method, String path) throws IOException, InterruptedException {
		HttpRequest request = HttpRequest.newBuilder(URI.create(this.url + path))
			.method(method, HttpRequest.BodyPublishers.noBody())
			.build();
		return this.http.send(request, HttpResponse.BodyHandlers.ofString()).body();
	}

}
