package io.agentotp.server;

import java.util.Map;

import io.agentotp.server.NodePrograms.NodeProgram;
import io.agentotp.server.json.Json;
import io.agentotp.server.passkey.Passkey;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Proofs of decisions, verified by a library for JavaScript that knows nothing of the
 * service.
 */
@Tag("interop")
class DecisionInteropTests {

	@Test
	void proofWhenStoredThenALibraryInJavaScriptVerifiesItAndRefusesAllElse() throws Exception {
		try (TestServer server = TestServer.start(); NodeProgram verifier = NodePrograms.start("decision")) {
			PasskeyDevice device = new PasskeyDevice(server.origin());
			Passkey passkey = device.enrol(server, "alice");
			for (String text : HostileText.ALL) {
				String id = server.mailer()
					.post("/permissions/request",
							Json.write(Map.of("action", "pay", "scope", Map.of("to", text, "max_amount", 1.5))))
					.expect(202)
					.data()
					.path("id")
					.stringValue();
				String decision = Json.write(Map.of("approved", true, "reason", text));
				ObjectNode challenge = (ObjectNode) server.alice()
					.post("/permissions/" + id + "/challenge", decision)
					.expect(200)
					.data();
				server.alice()
					.post("/permissions/" + id + "/decide",
							Json.write(Map.of("approved", true, "reason", text, "assertion",
									Json.readObject(device.assertion(challenge)))))
					.expect(200);
				ObjectNode proof = (ObjectNode) server.mailer()
					.get("/permissions/" + id)
					.expect(200)
					.data()
					.path("proofs")
					.get(0);
				String origin = server.origin();
				assertThat(verify(verifier, proof, passkey, origin, "localhost"))
					.isEqualTo("verified approve " + id + " by alice");
				assertThat(verify(verifier, proof, passkey, "https://evil.example", "localhost")).startsWith("refused");
				assertThat(verify(verifier, proof, passkey, origin, "evil.example")).startsWith("refused");
				assertThat(verify(verifier,
						proof.deepCopy()
							.put("statement", proof.path("statement").stringValue().replace("approve\"", "deny\"")),
						passkey, origin, "localhost"))
					.startsWith("refused");
			}
		}
	}

	private static String verify(NodeProgram verifier, ObjectNode proof, Passkey passkey, String origin, String rpId)
			throws Exception {
		verifier.write(
				Json.write(Map.of("proof", proof, "publicKey", passkey.publicKey(), "origin", origin, "rpId", rpId)));
		return verifier.read();
	}

}
