package io.agentotp.hosts.database;

import io.agentotp.PermissionDeniedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * An application finds the service that is inside, without an address and a key.
 */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
		properties = { "spring.application.name=Shop of Bob", "server.servlet.context-path=/shop",
				"agentotp.server.path=/permissions", "management.server.port=0",
				"management.endpoints.web.exposure.include=*", "management.endpoint.env.show-values=always" })
@ExtendWith(OutputCaptureExtension.class)
class RandomPortTests {

	@Autowired
	private HostApplication.Refunds refunds;

	@LocalServerPort
	private int port;

	@Test
	void callWhenAPolicyApprovesThenItsBodyRuns(CapturedOutput output) {
		long before = this.refunds.count();
		this.refunds.refund(10);
		assertThat(this.refunds.count()).isEqualTo(before + 1);
	}

	@Test
	void callWhenAPolicyDeniesThenItsBodyDoesNotRun() {
		long before = this.refunds.count();
		assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(() -> this.refunds.refund(30));
		assertThat(this.refunds.count()).isEqualTo(before);
	}

}
