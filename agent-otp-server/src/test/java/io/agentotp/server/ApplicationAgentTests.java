package io.agentotp.server;

import io.agentotp.server.agent.ApplicationAgent;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The application around the service is an agent with a key that only its node knows.
 */
@Tag("sql")
class ApplicationAgentTests {

	@Test
	void keyWhenOfThisNodeThenAcceptedAndStoredNowhere() {
		TestDatabase database = TestDatabase.createLasting();
		try (TestServer server = TestServer.start(Shop.class, database, 2, true)) {
			for (int node = 0; node < 2; node++) {
				String key = key(server, node);
				String id = server.api(node, key).pending("mail.send");
				assertThat(server.jdbc()
					.sql("SELECT agent_id FROM agentotp_permission WHERE id = ?")
					.param(id)
					.query(String.class)
					.single()).isEqualTo("shop");
				assertThat(server.api(1 - node, key).get("/permissions").status()).isEqualTo(401);
			}
			assertThat(server.api(0, "").get("/permissions").status()).isEqualTo(401);
			assertThat(server.jdbc()
				.sql("SELECT key_hash FROM agentotp_agent WHERE id = 'shop'")
				.query(String.class)
				.single()).isEmpty();
			assertThat(server.server().configurationDifferences()).isEmpty();
		}
	}

	@Test
	void agentWhenFrozenOrDeletedThenItsKeyIsWorthNothing() {
		TestDatabase database = TestDatabase.createLasting();
		try (TestServer server = TestServer.start(Shop.class, database, 1, true)) {
			server.admin().post("/agents/shop/freeze", "{\"reason\":\"why\"}").expect(200);
			assertThat(server.api(0, key(server, 0)).request("mail.send").status()).isEqualTo(403);
			server.admin().post("/agents/shop/unfreeze", "{}").expect(200);
			server.api(0, key(server, 0)).request("mail.send").expect(202);
			server.admin().send("DELETE", "/agents/shop", null).expect(200);
			assertThat(server.api(0, key(server, 0)).request("mail.send").status()).isEqualTo(401);
		}
		try (TestServer server = TestServer.start(Shop.class, database, 1, true)) {
			assertThat(server.api(0, key(server, 0)).request("mail.send").status()).isEqualTo(401);
		}
	}

	@ParameterizedTest
	@CsvSource({ ", application", "'', application", "shop, shop", "Shop of Bob, Shop-of-Bob", "--x, x",
			"ä, application" })
	void nameWhenOfAnApplicationThenAsFarAsAnAgentMayHaveIt(String application, String name) {
		assertThat(ApplicationAgent.name(application)).isEqualTo(name);
		assertThat(ApplicationAgent.name("x".repeat(100))).hasSize(64);
		assertThat(ApplicationAgent.of(application)).asString().doesNotContain("ak_live_");
	}

	private static String key(TestServer server, int node) {
		return server.bean(node, ApplicationAgent.class).apiKey();
	}

	@Configuration(proxyBeanMethods = false)
	@Import(TestServer.Host.class)
	static class Shop {

		@Bean
		ServerContextCustomizer shop() {
			ApplicationAgent agent = ApplicationAgent.of("shop");
			return (context) -> context.registerBean(ApplicationAgent.class, () -> agent);
		}

	}

}
