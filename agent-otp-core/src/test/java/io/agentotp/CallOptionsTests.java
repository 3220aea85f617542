package io.agentotp;

import java.io.IOException;
import java.time.Duration;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What can be different for one call.
 */
class CallOptionsTests {

	private static final PermissionRequest QUESTION = PermissionRequest.builder("email.send")
		.waitForApproval(false)
		.build();

	private final ScriptedTransport transport = new ScriptedTransport();

	private final RecordingSleeper sleeper = new RecordingSleeper();

	private final AgentOtpClient client = AgentOtpClient.builder()
		.apiKey("ak_test_0123456789")
		.baseUrl("http://localhost:1")
		.transport(this.transport)
		.sleeper(this.sleeper)
		.build();

	@AfterEach
	void tearDown() {
		this.client.close();
	}

	@ParameterizedTest
	@EnumSource
	void withWhenIdempotencyKeyThenSentInsteadOfOneOfOurs(Mode mode) {
		this.transport.fail(new IOException("reset")).answer(202, Json.PENDING).answer(202, Json.PENDING);
		AgentOtpClient view = mode.of(this.client).with(CallOptions.builder().idempotencyKey("order-42").build());
		view.requestPermission(QUESTION);
		mode.of(this.client).requestPermission(QUESTION);
		assertThat(keyOf(0)).isEqualTo("order-42");
		assertThat(keyOf(1)).isEqualTo("order-42");
		assertThat(keyOf(2)).isNotEqualTo("order-42");
	}

	private String keyOf(int request) {
		return this.transport.requests.get(request).headers().get("Idempotency-Key");
	}

	@ParameterizedTest
	@EnumSource
	void withWhenRetriesThenAsOften(Mode mode) {
		for (int attempt = 0; attempt < 6; attempt++) {
			this.transport.fail(new IOException("reset"));
		}
		assertThatExceptionOfType(NetworkException.class)
			.isThrownBy(() -> mode.of(this.client).with(CallOptions.builder().retries(0).build()).getPermission("p1"))
			.satisfies((ex) -> assertThat(ex.attempts()).isEqualTo(1));
		assertThatExceptionOfType(NetworkException.class)
			.isThrownBy(() -> mode.of(this.client).with(CallOptions.builder().retries(4).build()).getPermission("p1"))
			.satisfies((ex) -> assertThat(ex.attempts()).isEqualTo(5));
	}

	@Test
	void withWhenTimeoutThenNoAttemptGetsMore() {
		this.transport.answer(200, Json.PENDING).answer(200, Json.PENDING);
		this.client.with(CallOptions.builder().timeout(Duration.ofSeconds(2)).build()).getPermission("p1");
		this.client.getPermission("p1");
		assertThat(this.transport.timeouts.get(0)).isBetween(Duration.ofMillis(1), Duration.ofSeconds(2));
		assertThat(this.transport.timeouts.get(1)).as("one attempt leaves time for another")
			.isEqualTo(Duration.ofSeconds(10));
	}

	@Test
	void withWhenHeaderThenSentWithEachCall() {
		this.transport.answer(200, Json.PENDING).answer(200, Json.USED);
		AgentOtpClient view = this.client.with(CallOptions.builder().header("traceparent", "00-1-2-01").build());
		view.getPermission("p1");
		view.useToken("p1", OtpToken.of(Json.TOKEN), null, null);
		assertThat(this.transport.requests)
			.allSatisfy((request) -> assertThat(request.headers()).containsEntry("traceparent", "00-1-2-01")
				.containsEntry("Authorization", "Bearer ak_test_0123456789"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "Authorization", "x-api-key", "Idempotency-Key", "HOST", "Content-Length", "Bad Name",
			"Bad\nName", "" })
	void headerWhenNotTheCallersThenRefusedWithoutItsValue(String name) {
		assertThatExceptionOfType(ConfigurationException.class)
			.isThrownBy(() -> CallOptions.builder().header(name, "ak_live_secret").build())
			.withMessageContaining("header")
			.withMessageNotContaining("ak_live_secret");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "with space", "line\nbreak", "\u00e4" })
	void idempotencyKeyWhenNotVisibleAsciiThenRefused(String key) {
		assertThatExceptionOfType(ConfigurationException.class)
			.isThrownBy(() -> CallOptions.builder().idempotencyKey(key).build())
			.withMessageContaining("idempotencyKey");
	}

	@Test
	void buildWhenValuesAreOutOfRangeThenRefused() {
		assertThatExceptionOfType(ConfigurationException.class)
			.isThrownBy(() -> CallOptions.builder().idempotencyKey("k".repeat(256)).build());
		assertThatExceptionOfType(ConfigurationException.class)
			.isThrownBy(() -> CallOptions.builder().timeout(Duration.ZERO).build())
			.withMessageContaining("timeout");
		assertThatExceptionOfType(ConfigurationException.class)
			.isThrownBy(() -> CallOptions.builder().retries(-1).build())
			.withMessageContaining("retries");
		assertThatExceptionOfType(ConfigurationException.class)
			.isThrownBy(() -> CallOptions.builder().header("x", "a\r\nb").build())
			.withMessageContaining("the header x");
	}

	@Test
	void toStringWhenHeadersThenOnlyTheirNames() {
		assertThat(CallOptions.builder().header("x-secret", "ak_live_secret").idempotencyKey("key").build().toString())
			.contains("x-secret")
			.doesNotContain("ak_live_secret");
	}

}
