package io.agentotp.test;

/**
 * AssertJ assertions on what a {@link FakeAgentOtp} was asked.
 *
 * <pre class="code">
 * assertThat(agentOtp).asked("email.send").forResource("email:a@b.c").withArgument("subject", "Hello").succeeded();
 * </pre>
 */
public final class AgentOtpAssertions {

	private AgentOtpAssertions() {
	}

	/**
	 * Starts assertions on a fake service.
	 * @param agentOtp the service
	 * @return the assertions
	 */
	public static FakeAgentOtpAssert assertThat(FakeAgentOtp agentOtp) {
		return new FakeAgentOtpAssert(agentOtp);
	}

}
