package io.agentotp.spring;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.agentotp.AgentOtpClient;
import io.agentotp.Permission;
import io.agentotp.PermissionRequest;

import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;

/**
 * Makes grants for tests. Only an answer of a service makes one, so this asks a stub.
 */
public final class Grants {

	private Grants() {
	}

	public static Permission granted(String id, String action, String token) {
		WireMockServer service = new WireMockServer(options().dynamicPort());
		service.start();
		try (AgentOtpClient client = AgentOtpClient.builder()
			.apiKey("ak_live_test")
			.baseUrl(service.baseUrl())
			.build()) {
			service.stubFor(post(urlPathEqualTo("/api/v1/permissions/request")).willReturn(
					okJson("{\"success\":true,\"data\":{\"id\":\"" + id + "\",\"status\":\"approved\",\"action\":\""
							+ action + "\",\"token\":\"" + token + "\",\"expiresAt\":\"2099-01-01T00:00:00Z\"}}")));
			return client.requestPermission(PermissionRequest.builder(action).build());
		}
		finally {
			service.stop();
		}
	}

}
