package io.agentotp.test.readme;

import java.nio.file.Path;
import java.util.Map;

import io.agentotp.AgentOtpClient;
import io.agentotp.PermissionRequest;
import io.agentotp.test.FakeAgentOtp;
import io.agentotp.test.TestApprover;
import io.agentotp.trust.SignedGrants;
import io.agentotp.trust.UnsignedGrantException;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class SignedDecisionsGuideTests {

	private static final PermissionRequest REQUEST = PermissionRequest.builder("payment.pay").scope("max", 5).build();

	private final TestApprover alice = TestApprover.named("alice");

	private final SignedDecisionsGuide guide = new SignedDecisionsGuide();

	private final FakeAgentOtp agentOtp = FakeAgentOtp.approving();

	@Test
	void connectWhenGivenATrustFileThenReadsIt() {
		Path trustFile = TestApprover.trustFile(this.alice, TestApprover.named("bob"));
		try (AgentOtpClient client = this.guide.connect("ak_test_guide", trustFile)) {
			assertThat(client).isNotNull();
		}
	}

	@Test
	void payWhenSignedThenPaysAndUsesTheToken() {
		this.agentOtp.approveSigned("payment.pay", this.alice);
		pay();
		assertThat(this.guide.payments.paid).containsExactly(Map.of("max", 5));
		assertThat(this.agentOtp.asked().get(0).outcome()).isEqualTo("used");
	}

	@Test
	void payWhenNotSignedThenPaysNothing() {
		assertThatExceptionOfType(UnsignedGrantException.class).isThrownBy(this::pay);
		assertThat(this.guide.payments.paid).isEmpty();
	}

	private void pay() {
		SignedGrants trust = SignedGrants.builder(TestApprover.trustFile(this.alice)).actions("payment.*").build();
		try (AgentOtpClient client = this.agentOtp.client()) {
			this.guide.pay(client, trust, REQUEST);
		}
	}

}
