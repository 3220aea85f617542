package io.agentotp.server;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import javax.sql.DataSource;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A decision that waits for another one counts as of the moment in which its turn comes.
 */
@Tag("sql")
class DecisionTurnTests {

	private TestServer server;

	@BeforeEach
	void start() {
		this.server = TestServer.start("agentotp.server.approval-window=2m");
	}

	@AfterEach
	void stop() {
		this.server.close();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void decideWhenTheRequestEndsWhileItWaitsThenNotDecided(boolean approve) throws SQLException {
		String id = this.server.mailer().pending("mail.send");
		Api.Answer answer = decideAfter(id, approve, () -> this.server.clock.move(Duration.ofMinutes(3)));
		assertThat(answer.status()).isEqualTo(409);
		assertThat(status(id)).isNotIn("approved", "denied");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void decideWhenThePersonLosesTheRoleWhileItWaitsThenNotDecided(boolean approve) throws SQLException {
		String id = this.server.mailer().pending("mail.send");
		Api.Answer answer = decideAfter(id, approve,
				() -> this.server.jdbc()
					.sql("UPDATE agentotp_user SET roles = 'AUDITOR' WHERE name = 'alice'")
					.update());
		assertThat(answer.status()).isEqualTo(403);
		assertThat(status(id)).isEqualTo("pending");
	}

	private Api.Answer decideAfter(String id, boolean approve, Runnable change) throws SQLException {
		try (Connection other = this.server.bean(DataSource.class).getConnection()) {
			other.setAutoCommit(false);
			try (Statement statement = other.createStatement()) {
				statement.executeUpdate("UPDATE agentotp_agent SET decision_seq = decision_seq WHERE id = 'mailer'");
				CompletableFuture<Api.Answer> decision = CompletableFuture
					.supplyAsync(() -> this.server.alice().decide(id, approve));
				Await.until("the decision waits for its turn", this.server::isRowAwaited);
				change.run();
				other.commit();
				return decision.join();
			}
		}
	}

	private String status(String id) {
		return this.server.jdbc()
			.sql("SELECT status FROM agentotp_permission WHERE id = ?")
			.param(id)
			.query(String.class)
			.single();
	}

}
