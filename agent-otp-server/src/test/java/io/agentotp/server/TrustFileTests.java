package io.agentotp.server;

import java.util.List;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.json.Json;
import io.agentotp.server.passkey.Passkey;
import io.agentotp.server.passkey.Passkeys;
import io.agentotp.server.token.Secrets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The keys that applications believe.
 */
class TrustFileTests {

	private static TestServer server;

	@BeforeAll
	static void start() {
		server = TestServer.start();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	private static JsonNode export() {
		return Json.mapper().readTree(server.admin().get("/trust").expect(200).raw().body());
	}

	@Test
	void exportWhenApproversHavePasskeysThenThoseAndNoOthers() {
		Passkey kept = device().enrol(server, "alice");
		Passkey lost = device().enrol(server, "alice");
		device().enrol(server, "admin");
		server.bean(Passkeys.class).revoke("alice", lost.credentialId(), Actor.SYSTEM);
		JsonNode file = export();
		assertThat(file.path("v").intValue()).isOne();
		assertThat(file.path("rpId").stringValue()).isEqualTo("localhost");
		assertThat(file.path("approvers")).hasSize(1);
		JsonNode alice = file.path("approvers").path(0);
		assertThat(alice.path("name").stringValue()).isEqualTo("alice");
		assertThat(alice.path("credentials")).hasSize(2).anySatisfy((credential) -> {
			assertThat(credential.path("id").stringValue()).isEqualTo(kept.credentialId());
			assertThat(credential.path("publicKey").stringValue()).isEqualTo(kept.keySpki());
			assertThat(credential.path("algorithm").stringValue()).isEqualTo("ES256");
			assertThat(credential.path("revokedAt").isNull()).isTrue();
		}).anySatisfy((credential) -> assertThat(credential.path("revokedAt").isString()).isTrue());
	}

	private static PasskeyDevice device() {
		return new PasskeyDevice("http://localhost:" + server.port());
	}

	@Test
	void exportWhenDoneThenOnRecordWithItsHash() {
		String file = server.admin().get("/trust").expect(200).raw().body();
		ObjectNode row = (ObjectNode) server.admin().get("/audit?event=trust_exported").expect(200).data().path(0);
		assertThat(row.path("actor").stringValue()).isEqualTo("user:admin");
		assertThat(row.at("/details/sha256").stringValue()).isEqualTo(Secrets.sha256(file));
	}

	@Test
	void exportWhenNotAnAdministratorThenRefusedAndNotOnRecord() {
		long before = rows();
		for (Api caller : List.of(server.alice(), server.auditor(), server.mailer())) {
			caller.get("/trust").expect(403);
		}
		assertThat(rows()).isEqualTo(before);
	}

	private static long rows() {
		return server.admin().get("/audit?event=trust_exported").expect(200).body().at("/meta/total").longValue();
	}

}
