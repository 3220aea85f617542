package io.agentotp.test;

import java.util.concurrent.Callable;

import io.agentotp.AgentOtpClient;
import io.agentotp.PermissionRequest;

/**
 * What a test without Spring does, to be run where there is no Spring.
 */
public final class FakeAgentOtpAlone implements Callable<String> {

	@Override
	public String call() {
		try (AgentOtpClient client = FakeAgentOtp.approving().client()) {
			return client.executeWithPermission(PermissionRequest.builder("file.read").build(),
					(permission) -> permission.status().name());
		}
	}

}
