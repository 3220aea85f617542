package io.agentotp.server.database;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import io.agentotp.server.Await;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.DefaultTransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

class OneWriterDataSourceTests {

	private final ExecutorService others = Executors.newCachedThreadPool();

	private OneWriterDataSource dataSource;

	private JdbcClient jdbc;

	private TransactionTemplate transactions;

	@BeforeEach
	void makeTable(@TempDir Path directory) {
		this.dataSource = new OneWriterDataSource(
				new DriverManagerDataSource("jdbc:h2:file:" + directory.resolve("test")));
		this.jdbc = JdbcClient.create(this.dataSource);
		this.transactions = new TransactionTemplate(new JdbcTransactionManager(this.dataSource));
		this.jdbc.sql("CREATE TABLE numbers (number INT PRIMARY KEY)").update();
	}

	@AfterEach
	void end() {
		this.others.shutdownNow();
	}

	@Test
	void transactionWhenAnotherOneIsUnderWayThenWaits() {
		CompletableFuture<Void> other = this.transactions.execute((status) -> {
			insert(1);
			CompletableFuture<Void> second = CompletableFuture
				.runAsync(() -> this.transactions.executeWithoutResult((inner) -> insert(2)), this.others);
			awaitWaiting();
			assertThat(second).isNotDone();
			return second;
		});
		other.join();
		assertThat(numbers()).isEqualTo(2);
	}

	@Test
	void writeOutsideATransactionWhenOneIsUnderWayThenWaits() {
		CompletableFuture<Void> other = this.transactions.execute((status) -> {
			insert(1);
			CompletableFuture<Void> second = CompletableFuture.runAsync(() -> insert(2), this.others);
			awaitWaiting();
			assertThat(second).isNotDone();
			status.setRollbackOnly();
			return second;
		});
		other.join();
		assertThat(numbers()).isEqualTo(1);
	}

	@Test
	void readWhenATransactionIsUnderWayThenDoesNotWait() {
		this.transactions.executeWithoutResult((status) -> {
			insert(1);
			assertThat(CompletableFuture.supplyAsync(this::numbers, this.others).join()).isZero();
		});
		assertThat(numbers()).isEqualTo(1);
	}

	@Test
	void transactionWhenInsideAnotherOneOfTheThreadThenDoesNotWait() {
		TransactionTemplate separate = new TransactionTemplate(this.transactions.getTransactionManager(),
				new DefaultTransactionDefinition(TransactionDefinition.PROPAGATION_REQUIRES_NEW));
		this.transactions.executeWithoutResult((status) -> {
			insert(1);
			separate.executeWithoutResult((inner) -> insert(2));
		});
		CompletableFuture.runAsync(() -> insert(3), this.others).join();
		assertThat(numbers()).isEqualTo(3);
	}

	@Test
	void connectionWhenClosedByAnotherThreadThenTheNextTransactionBegins() throws SQLException {
		Connection connection = this.dataSource.getConnection();
		connection.setAutoCommit(false);
		CompletableFuture.runAsync(() -> close(connection), this.others).join();
		this.transactions.executeWithoutResult((status) -> insert(1));
		assertThat(numbers()).isEqualTo(1);
	}

	private void insert(int number) {
		this.jdbc.sql("INSERT INTO numbers VALUES (?)").param(number).update();
	}

	private int numbers() {
		return this.jdbc.sql("SELECT COUNT(*) FROM numbers").query(Integer.class).single();
	}

	private void awaitWaiting() {
		Await.until("the other one waits", this.dataSource::isAwaited);
	}

	private static void close(Connection connection) {
		try {
			connection.close();
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
