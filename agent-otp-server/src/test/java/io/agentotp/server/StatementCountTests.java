package io.agentotp.server;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

import javax.sql.DataSource;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How many statements the steps of a permission cost. What runs in the background does
 * not count, and neither do the ends of transactions. On PostgreSQL, other nodes are told
 * by one more, and the limits that nodes share take two on connections of their own.
 */
@Tag("sql")
class StatementCountTests {

	private static final List<String> STATEMENTS = Collections.synchronizedList(new ArrayList<>());

	private static TestServer server;

	@BeforeAll
	static void start() {
		server = TestServer.start(Host.class);
		// The first call of a key is looked at more closely, by each node.
		for (int i = 0; i < TestDatabase.nodes(); i++) {
			server.mailer().request("mail.send").expect(202);
			server.alice().get("/overview");
		}
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	void requestWhenPersonIsAskedThenFewStatements() {
		STATEMENTS.clear();
		keyed(server.mailer()).request("mail.send").expect(202);
		assertThat(STATEMENTS).hasSizeLessThanOrEqualTo(5 + told());
	}

	@Test
	void requestWhenPolicyApprovesThenFewStatements() {
		STATEMENTS.clear();
		keyed(server.mailer()).request("read.file").expect(201);
		assertThat(STATEMENTS).hasSizeLessThanOrEqualTo(4);
	}

	@Test
	void decideWhenApprovedThenFewStatements() {
		String id = server.mailer().pending("mail.send");
		STATEMENTS.clear();
		server.alice().decide(id, true).expect(200);
		assertThat(STATEMENTS).hasSizeLessThanOrEqualTo(7 + told());
	}

	@Test
	void useWhenAcceptedThenFewStatements() {
		JsonNode permission = server.mailer().request("read.file").expect(201).data();
		String id = permission.path("id").stringValue();
		STATEMENTS.clear();
		Api.Answer used = keyed(server.mailer()).use(id, permission.path("token").stringValue());
		assertThat(used.data().path("success").booleanValue()).isTrue();
		assertThat(STATEMENTS).hasSizeLessThanOrEqualTo(5);
	}

	// Who may decide, their addresses, and one insert for all messages; at the end, the
	// messages that tell of it, and those that are taken back or edited. How many people
	// there are makes no difference.
	@Test
	void requestWhenAChannelIsOnThenFewMoreStatementsWhoeverIsTold() {
		try (TestServer telling = TestServer.start(TellingHost.class,
				"agentotp.server.users.alice.addresses.test=alice", "agentotp.server.users.bob.addresses.test=bob",
				"agentotp.server.users.carol.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.carol.addresses.test=carol")) {
			for (int i = 0; i < TestDatabase.nodes(); i++) {
				telling.reader().request("mail.send").expect(202);
				telling.alice().get("/overview");
			}
			STATEMENTS.clear();
			String id = keyed(telling.reader()).request("mail.send").expect(202).data().path("id").stringValue();
			assertThat(STATEMENTS).hasSizeLessThanOrEqualTo(5 + 3 + told());
			STATEMENTS.clear();
			telling.alice().decide(id, true).expect(200);
			assertThat(STATEMENTS).hasSizeLessThanOrEqualTo(7 + 2 + told());
		}
	}

	private static int told() {
		return TestDatabase.isH2() ? 0 : 1;
	}

	private static Api keyed(Api api) {
		return api.with("Idempotency-Key", UUID.randomUUID().toString());
	}

	private static DataSource counting(DataSource target) {
		return proxy(DataSource.class, target,
				(method, args, result) -> (result instanceof Connection connection) ? counting(connection) : result);
	}

	private static Connection counting(Connection target) {
		return proxy(Connection.class, target, (method, args, result) -> {
			if (method.getName().startsWith("prepare") && args != null
					&& Thread.currentThread().getName().contains("-exec-")) {
				STATEMENTS.add(String.valueOf(args[0]));
			}
			return result;
		});
	}

	private static <T> T proxy(Class<T> type, T target, After after) {
		InvocationHandler handler = (proxy, method, args) -> {
			try {
				return after.apply(method, args, method.invoke(target, args));
			}
			catch (InvocationTargetException ex) {
				throw ex.getCause();
			}
		};
		return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] { type }, handler));
	}

	private interface After {

		Object apply(Method method, Object[] args, Object result);

	}

	@Configuration(proxyBeanMethods = false)
	@Import(Host.class)
	static class TellingHost {

		@Bean
		RecordingChannel channel() {
			return new RecordingChannel("test");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Host {

		@Bean
		ServerContextCustomizer countingCustomizer() {
			return (context) -> context.getBeanFactory().addBeanPostProcessor(new BeanPostProcessor() {

				@Override
				public Object postProcessAfterInitialization(Object bean, String name) {
					return name.equals("dataSource") ? counting((DataSource) bean) : bean;
				}

			});
		}

	}

}
