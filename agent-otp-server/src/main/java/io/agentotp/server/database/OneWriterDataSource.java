package io.agentotp.server.database;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import javax.sql.DataSource;

import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * Lets one transaction write at a time. H2 stores the tables of its file one after the
 * other while other transactions go on, and a process that is killed then leaves half of
 * such a transaction behind. Reads outside transactions do not wait.
 */
final class OneWriterDataSource extends DelegatingDataSource {

	private static final long TIMEOUT_SECONDS = 10;

	private final Semaphore turn = new Semaphore(1, true);

	private volatile @Nullable Thread writer;

	OneWriterDataSource(DataSource target) {
		super(target);
	}

	@Override
	public Connection getConnection() throws SQLException {
		return proxy(Connection.class, new OneWriterConnection(super.getConnection()));
	}

	@Override
	public Connection getConnection(String username, String password) throws SQLException {
		return proxy(Connection.class, new OneWriterConnection(super.getConnection(username, password)));
	}

	boolean isAwaited() {
		return this.turn.hasQueuedThreads();
	}

	// A thread that has its turn may use a second connection, as Flyway does.
	private boolean takeTurn() throws SQLException {
		if (this.writer == Thread.currentThread()) {
			return false;
		}
		try {
			if (this.turn.tryAcquire(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
				this.writer = Thread.currentThread();
				return true;
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		throw new SQLTransientException("Another transaction is still writing");
	}

	private void endTurn() {
		this.writer = null;
		this.turn.release();
	}

	private static <T> T proxy(Class<T> type, InvocationHandler handler) {
		return type
			.cast(Proxy.newProxyInstance(OneWriterDataSource.class.getClassLoader(), new Class<?>[] { type }, handler));
	}

	private static @Nullable Object call(Object target, Method method, @Nullable Object @Nullable [] arguments)
			throws Throwable {
		try {
			return method.invoke(target, arguments);
		}
		catch (InvocationTargetException ex) {
			throw ex.getTargetException();
		}
	}

	// A transaction is as long as there are no automatic commits.
	private final class OneWriterConnection implements InvocationHandler {

		private final Connection connection;

		private boolean transaction;

		OneWriterConnection(Connection connection) {
			this.connection = connection;
		}

		@Override
		public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
				throws Throwable {
			boolean setsAutoCommit = method.getName().equals("setAutoCommit");
			if (setsAutoCommit && arguments != null && Boolean.FALSE.equals(arguments[0])) {
				begin();
				return null;
			}
			if (setsAutoCommit || method.getName().equals("close")) {
				try {
					return call(this.connection, method, arguments);
				}
				finally {
					end();
				}
			}
			Object result = call(this.connection, method, arguments);
			return (result instanceof Statement statement) ? turns(statement, method.getReturnType()) : result;
		}

		private synchronized void begin() throws SQLException {
			boolean taken = !this.transaction && takeTurn();
			this.transaction |= taken;
			try {
				this.connection.setAutoCommit(false);
			}
			catch (SQLException ex) {
				end();
				throw ex;
			}
		}

		// The pool closes a connection that failed on a thread of its own.
		private synchronized void end() {
			if (this.transaction) {
				this.transaction = false;
				endTurn();
			}
		}

		private Object turns(Statement statement, Class<?> type) {
			return proxy(type, (proxy, method, arguments) -> {
				boolean taken = isWrite(method) && takeTurn();
				try {
					return call(statement, method, arguments);
				}
				finally {
					if (taken) {
						endTurn();
					}
				}
			});
		}

		private static boolean isWrite(Method method) {
			return method.getName().startsWith("execute") && !method.getName().equals("executeQuery");
		}

	}

}
