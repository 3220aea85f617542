package io.agentotp.spring.boot.health;

import java.time.Duration;
import java.time.Instant;

import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import io.agentotp.AgentOtpClient;
import io.agentotp.GrantVerifier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static org.assertj.core.api.Assertions.assertThat;

class AgentOtpHealthIndicatorTests {

	@RegisterExtension
	static final WireMockExtension service = WireMockExtension.newInstance().build();

	private Instant now = Instant.EPOCH;

	private AgentOtpClient client;

	private AgentOtpHealthIndicator indicator;

	@BeforeEach
	void create() {
		this.client = AgentOtpClient.builder().apiKey("ak_live_test").baseUrl(service.baseUrl()).retries(0).build();
		this.indicator = new AgentOtpHealthIndicator(this.client, "remote", GrantVerifier.NONE, Duration.ofSeconds(10),
				() -> this.now);
	}

	@AfterEach
	void close() {
		this.client.close();
	}

	@Test
	void healthWhenTheKeyIsAcceptedThenUp() {
		service.stubFor(get(anyUrl()).willReturn(okJson("{\"permissions\":[],\"cursor\":\"1\"}")));
		assertThat(this.indicator.health()).isEqualTo(Health.up().withDetail("mode", "remote").build());
		assertThat(service.getAllServeEvents()).singleElement()
			.satisfies((event) -> assertThat(event.getRequest().getMethod().getName()).isEqualTo("GET"));
	}

	@Test
	void healthWhenTheKeyIsRejectedThenDownWithTheRemedy() {
		service.stubFor(get(anyUrl()).willReturn(aResponse().withStatus(401)));
		Health health = this.indicator.health();
		assertThat(health.getStatus()).isEqualTo(Status.DOWN);
		assertThat(health.getDetails().toString()).contains("agentotp.api-key").doesNotContain("ak_live_test");
	}

	/** It has no decision feed, and its health is beside its API. */
	@Test
	void healthWhenTheServiceIsTheOriginalThenUp() {
		service.stubFor(get(anyUrl()).atPriority(9)
			.willReturn(aResponse().withStatus(404)
				.withBody("{\"success\":false,\"error\":{\"code\":\"NOT_FOUND\",\"message\":\"Not found\"}}")));
		service.stubFor(get("/health").willReturn(okJson("{\"success\":true,\"data\":{\"status\":\"healthy\"}}")));
		assertThat(this.indicator.health().getStatus()).isEqualTo(Status.UP);
	}

	@Test
	void healthWhenTheServiceIsDownThenDown() {
		try (AgentOtpClient unreachable = AgentOtpClient.builder()
			.apiKey("ak_live_test")
			.baseUrl("http://localhost:1")
			.retries(0)
			.build()) {
			Health health = new AgentOtpHealthIndicator(unreachable, "remote", GrantVerifier.NONE, Duration.ZERO,
					() -> this.now)
				.health();
			assertThat(health.getStatus()).isEqualTo(Status.DOWN);
			assertThat(health.getDetails()).containsEntry("code", "CONNECT_FAILED");
		}
	}

	@Test
	void healthWhenAskedAgainThenTheServiceIsAskedOnlyAfterTheTimeToLive() {
		service.stubFor(get(anyUrl()).willReturn(okJson("{\"permissions\":[],\"cursor\":\"1\"}")));
		this.indicator.health();
		this.now = this.now.plusSeconds(10);
		this.indicator.health();
		assertThat(service.getAllServeEvents()).hasSize(1);
		this.now = this.now.plusSeconds(1);
		this.indicator.health();
		assertThat(service.getAllServeEvents()).hasSize(2);
	}

}
