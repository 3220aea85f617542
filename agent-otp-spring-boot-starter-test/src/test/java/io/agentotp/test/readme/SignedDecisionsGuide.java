package io.agentotp.test.readme;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.agentotp.AgentOtpClient;
import io.agentotp.Permission;
import io.agentotp.PermissionRequest;
import io.agentotp.trust.SignedGrants;

/**
 * The code of the page {@code docs/signed-decisions.md} for applications without Spring.
 */
class SignedDecisionsGuide {

	final Payments payments = new Payments();

	// on the page
	AgentOtpClient connect(String key, Path trustFile) {
		SignedGrants trust = SignedGrants.builder(trustFile).actions("payment.*").quorum(2).build();
		return AgentOtpClient.builder().apiKey(key).baseUrl("https://otp.example.com").grantVerifier(trust).build();
	}
	// end

	// on the page
	void pay(AgentOtpClient client, SignedGrants trust, PermissionRequest request) {
		Permission permission = client.requestPermission(request).orThrow();
		trust.verify(request, permission);
		trust.begin(permission);
		this.payments.pay(permission.scope());
		client.useToken(permission);
	}
	// end

	static class Payments {

		final List<Map<String, Object>> paid = new ArrayList<>();

		void pay(Map<String, Object> scope) {
			this.paid.add(scope);
		}

	}

}
