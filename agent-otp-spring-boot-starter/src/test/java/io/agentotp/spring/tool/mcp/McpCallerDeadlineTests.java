package io.agentotp.spring.tool.mcp;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.tool.ToolCaller;
import io.modelcontextprotocol.spec.McpSchema.ElicitResult;
import io.modelcontextprotocol.spec.McpSchema.ElicitUrlRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * When a call may still begin.
 */
class McpCallerDeadlineTests {

	private static final Duration WAIT = Duration.ofSeconds(15);

	private final Client client = new Client();

	private Instant now = Instant.EPOCH;

	@Test
	void leftWhenTimePassesThenLess() {
		McpCallerDeadline patience = patience(AfterWait.RUN);
		assertThat(patience.left()).isEqualTo(WAIT);
		this.now = this.now.plusSeconds(14);
		assertThat(patience.left()).isEqualTo(Duration.ofSeconds(1));
		this.now = this.now.plusSeconds(2);
		assertThat(patience.left()).isNegative();
	}

	@ParameterizedTest
	@CsvSource({ "0,false,CALL_AGAIN,true,", "14,false,CALL_AGAIN,true,", "15,false,CALL_AGAIN,true,CALLER_GONE",
			"1,true,CALL_AGAIN,true,CALL_AGAIN", "1,true,RUN,true,", "1,true,RUN,false,CALL_AGAIN",
			"15,true,RUN,true,CALLER_GONE", "16,false,RUN,true,CALLER_GONE" })
	void callWhenItWouldBeginThenOnlyForACallerThatIsThere(int seconds, boolean waited, AfterWait afterWait,
			boolean answers, String refusal) {
		McpCallerDeadline patience = patience(afterWait);
		this.client.answers = answers;
		this.now = this.now.plusSeconds(seconds);
		if (refusal == null) {
			assertThatCode(() -> patience.requireCaller(waited)).doesNotThrowAnyException();
		}
		else {
			assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> patience.requireCaller(waited))
				.satisfies((ex) -> assertThat(ex.code()).isEqualTo(refusal));
		}
	}

	@Test
	void callWhenCancelledThenDoesNotBegin() {
		McpCallerDeadline patience = patience(AfterWait.RUN);
		patience.gone();
		assertThat(patience.left()).isZero();
		assertThatExceptionOfType(CallRefusedException.class).isThrownBy(() -> patience.requireCaller(false))
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("CALLER_GONE"));
	}

	@Test
	void clientWhenAskedThenNoLongerThanTimeIsLeft() {
		McpCallerDeadline patience = patience(AfterWait.RUN);
		this.client.answers = true;
		patience.requireCaller(true);
		this.now = this.now.plusSeconds(14);
		patience.requireCaller(true);
		assertThat(this.client.asked).containsExactly(Duration.ofSeconds(2), Duration.ofSeconds(1));
	}

	@Test
	void settingsWhenTheWaitIsTooShortThenNamed() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new McpToolSettings(Duration.ofMillis(999), AfterWait.RUN, true, false))
			.withMessageStartingWith("agentotp.mcp.max-wait must be at least 1s, not PT0.999S");
	}

	private McpCallerDeadline patience(AfterWait afterWait) {
		return new McpCallerDeadline(this.client, new McpToolSettings(WAIT, afterWait, true, false), () -> this.now);
	}

	private static final class Client implements McpClient {

		private final List<Duration> asked = new ArrayList<>();

		private boolean answers;

		@Override
		public ToolCaller caller() {
			return ToolCaller.UNKNOWN;
		}

		@Override
		public boolean showsPages() {
			return false;
		}

		@Override
		public Runnable show(ElicitUrlRequest request, Consumer<ElicitResult.Action> answer) {
			throw new IllegalStateException("It shows no pages");
		}

		@Override
		public boolean answers(Duration atMost) {
			this.asked.add(atMost);
			return this.answers;
		}

	}

}
