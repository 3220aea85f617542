package io.agentotp.server.proof;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;

import io.agentotp.server.HostileText;
import io.agentotp.server.SoftPasskey;
import io.agentotp.server.json.Json;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * What is signed, and how that is verified without the service.
 */
class ApproverKeyTests {

	private static final String ORIGIN = "https://otp.example.com";

	private static final Instant AT = Instant.parse("2026-01-02T03:04:05Z");

	private static final DecisionStatement STATEMENT = new DecisionStatement("p1", "mailer",
			"sha256:" + "ab".repeat(32), "payments.refund", "order-7", Json.object().put("amount", 20), true, "fine",
			"alice", "nonce", AT);

	private final SoftPasskey passkey = SoftPasskey.of("otp.example.com", ORIGIN);

	private final ApproverKey key = new ApproverKey("alice", this.passkey.id(), this.passkey.publicKey(), "ES256", AT,
			null, "otp.example.com", List.of(ORIGIN));

	@Test
	void textWhenWrittenThenIsRfc8785AndEveryFieldStandsInIt() {
		assertThat(STATEMENT.text()).isEqualTo(
				"{\"action\":\"payments.refund\",\"agent\":\"mailer\",\"approver\":\"alice\",\"at\":\"2026-01-02T03:04:05Z\","
						+ "\"callDigest\":\"sha256:" + "ab".repeat(32) + "\",\"decision\":\"approve\","
						+ "\"grantedScope\":{\"amount\":20},\"nonce\":\"nonce\",\"permission\":\"p1\",\"reason\":\"fine\","
						+ "\"resource\":\"order-7\",\"v\":1}");
		assertThat(DecisionStatement.read(STATEMENT.text())).isNotNull()
			.extracting(DecisionStatement::text)
			.isEqualTo(STATEMENT.text());
	}

	@Test
	void textWhenHostileOrWithoutSomeFieldsThenReadsAsItWasWritten() {
		for (String text : HostileText.ALL) {
			DecisionStatement statement = new DecisionStatement("p1", "a", null, text, text,
					Json.object().put("x", text), false, text, "alice", "n", AT);
			assertThat(DecisionStatement.read(statement.text())).isEqualTo(statement);
		}
		assertThat(new DecisionStatement("p", "a", null, "x", null, Json.object(), false, null, "b", "n", AT).text())
			.contains("\"callDigest\":null", "\"reason\":null", "\"resource\":null", "\"decision\":\"deny\"");
		assertThat(new DecisionStatement("p", "a", null, "x", null, Json.readObject("{\"id\":12345678901234567890}"),
				true, null, "b", "n", AT)
			.text()).contains("{\"$number\":\"1.234567890123456789E+19\"}");
	}

	@Test
	void readWhenAnyFieldIsMissingOrOddThenIsNoStatement() {
		ObjectNode json = Json.readObject(STATEMENT.text());
		for (String field : List.of("v", "permission", "agent", "action", "grantedScope", "decision", "approver",
				"nonce", "at")) {
			assertThat(DecisionStatement.read(Json.write(json.deepCopy().without(field)))).as(field).isNull();
			assertThat(DecisionStatement.read(Json.write(json.deepCopy().put(field, true)))).as(field).isNull();
		}
		assertThat(DecisionStatement.read("[]")).isNull();
		assertThat(DecisionStatement.read("{")).isNull();
	}

	@Test
	void problemWhenSignedThenNoneAloneAndAmongOthers() {
		DecisionProof alone = proof(List.of(DecisionStatement.hash(STATEMENT.text())));
		assertThat(this.key.problem(alone)).isNull();
		assertThat(DecisionProof.read(alone.toJson())).isEqualTo(alone);
		assertThat(this.key.problem(proof(List.of("0".repeat(64), DecisionStatement.hash(STATEMENT.text()))))).isNull();
	}

	@Test
	void problemWhenAnyByteIsAnotherThenIsTold() {
		ObjectNode json = proof(List.of(DecisionStatement.hash(STATEMENT.text()))).toJson();
		for (String field : List.of("statement", "authenticatorData", "clientDataJSON", "signature")) {
			String text = json.path(field).stringValue();
			for (int i = 0; i < text.length() - 1; i++) {
				String other = text.substring(0, i) + ((text.charAt(i) == 'A') ? 'B' : 'A') + text.substring(i + 1);
				DecisionProof changed = DecisionProof.read(json.deepCopy().put(field, other));
				assertThat(changed).isNotNull();
				assertThat(this.key.problem(changed)).as(field + " " + i).isNotNull();
			}
		}
		json.withArray("statements").add("1".repeat(64));
		DecisionProof longer = DecisionProof.read(json);
		assertThat(longer).isNotNull();
		assertThat(this.key.problem(longer)).isEqualTo("another challenge was signed");
	}

	@Test
	void problemWhenBothHalvesOfTheSignatureAreZeroThenIsTold() {
		List<String> statements = List.of(DecisionStatement.hash(STATEMENT.text()));
		ObjectNode assertion = this.passkey.sign(challenge(statements)).put("signature", "MAYCAQACAQA");
		assertThat(this.key.problem(proof(statements, assertion))).contains("not that of the passkey");
	}

	@Test
	void problemWhenSignedOtherwiseThenSaysHow() {
		assertThat(problem("webauthn.create", "otp.example.com", ORIGIN, SoftPasskey.VERIFIED))
			.contains("not made to sign");
		assertThat(problem("webauthn.get", "example.com", ORIGIN, SoftPasskey.VERIFIED))
			.contains("another relying party");
		assertThat(problem("webauthn.get", "otp.example.com", "https://evil.example.com", SoftPasskey.VERIFIED))
			.contains("another origin, https://evil.example.com");
		assertThat(problem("webauthn.get", "otp.example.com", ORIGIN, SoftPasskey.PRESENT))
			.contains("did not verify the person");
		assertThat(problem("webauthn.get", "otp.example.com", ORIGIN, 0x04)).contains("did not verify the person");
		SoftPasskey other = SoftPasskey.of("otp.example.com", ORIGIN);
		ApproverKey others = new ApproverKey("alice", this.passkey.id(), other.publicKey(), "ES256", AT, null,
				"otp.example.com", List.of(ORIGIN));
		DecisionProof proof = proof(List.of(DecisionStatement.hash(STATEMENT.text())));
		assertThat(others.problem(proof)).contains("not that of the passkey");
		assertThat(new ApproverKey("alice", "x", "!", "ES256", AT, null, "otp.example.com", List.of(ORIGIN))
			.problem(proof)).contains("not that of the passkey");
	}

	@Test
	void problemWhenSignedInsideAPageOfAnotherOriginThenIsTold() {
		List<String> statements = List.of(DecisionStatement.hash(STATEMENT.text()));
		ObjectNode page = Json.object()
			.put("type", "webauthn.get")
			.put("challenge", challenge(statements))
			.put("origin", ORIGIN);
		assertThat(problem(statements, page)).isNull();
		assertThat(problem(statements, page.deepCopy().put("crossOrigin", true))).contains("not made to sign");
		assertThat(problem(statements, page.deepCopy().put("crossOrigin", "no"))).contains("not made to sign");
		assertThat(problem(statements, page.deepCopy().put("topOrigin", "https://evil.example.com")))
			.contains("not made to sign");
	}

	private String problem(List<String> statements, ObjectNode page) {
		return this.key.problem(proof(statements, this.passkey.sign(page, "otp.example.com", SoftPasskey.VERIFIED)));
	}

	@Test
	void problemWhenKeyIsWeakThenNothingIsProved() throws GeneralSecurityException {
		List<String> statements = List.of(DecisionStatement.hash(STATEMENT.text()));
		ObjectNode assertion = this.passkey.sign(challenge(statements));
		for (String curve : List.of("secp384r1", "secp521r1")) {
			KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
			generator.initialize(new ECGenParameterSpec(curve));
			assertThat(signedBy(generator.generateKeyPair(), "ES256", "SHA256withECDSA", assertion).problem())
				.contains("not that of the passkey");
		}
		for (int bits : new int[] { 1024, 2048 }) {
			KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
			generator.initialize(bits);
			String problem = signedBy(generator.generateKeyPair(), "RS256", "SHA256withRSA", assertion).problem();
			assertThat(problem).isEqualTo((bits < 2048) ? "its signature is not that of the passkey" : null);
		}
	}

	private Signed signedBy(KeyPair keys, String algorithm, String name, ObjectNode assertion)
			throws GeneralSecurityException {
		Base64.Decoder decoder = Base64.getUrlDecoder();
		Signature signer = Signature.getInstance(name);
		signer.initSign(keys.getPrivate());
		signer.update(decoder.decode(assertion.path("authenticatorData").stringValue()));
		signer.update(MessageDigest.getInstance("SHA-256")
			.digest(decoder.decode(assertion.path("clientDataJSON").stringValue())));
		ObjectNode signed = assertion.deepCopy().put("signature", SoftPasskey.base64(signer.sign()));
		return new Signed(
				new ApproverKey("alice", this.passkey.id(), SoftPasskey.base64(keys.getPublic().getEncoded()),
						algorithm, AT, null, "otp.example.com", List.of(ORIGIN)),
				proof(List.of(DecisionStatement.hash(STATEMENT.text())), signed));
	}

	private record Signed(ApproverKey key, DecisionProof proof) {

		String problem() {
			return this.key.problem(this.proof);
		}

	}

	@Test
	void readTrustFileWhenBrokenThenSaysWhat() {
		String file = """
				{"v":1,"rpId":"otp.example.com","origins":["%s"],"approvers":[{"name":"alice","groups":[],
				"credentials":[{"id":"x","publicKey":"y","algorithm":"ES256","validFrom":"%s","revokedAt":null}]}]}"""
			.formatted(ORIGIN, AT);
		assertThat(ApproverKey.readTrustFile(file))
			.containsExactly(new ApproverKey("alice", "x", "y", "ES256", AT, null, "otp.example.com", List.of(ORIGIN)));
		for (String broken : List.of("", "[]", "{}", file.replace("\"v\":1", "\"v\":2"), file.replace("ES256", "none"),
				file.replace(AT.toString(), "today"), file.replace("\"x\"", "\"\""),
				file.replace("null", "\"tomorrow\""))) {
			assertThatIllegalArgumentException().isThrownBy(() -> ApproverKey.readTrustFile(broken));
		}
	}

	private String problem(String type, String party, String from, int flags) {
		List<String> statements = List.of(DecisionStatement.hash(STATEMENT.text()));
		return this.key.problem(proof(statements, this.passkey.sign(challenge(statements), type, party, from, flags)));
	}

	private DecisionProof proof(List<String> statements) {
		return proof(statements, this.passkey.sign(challenge(statements)));
	}

	private static String challenge(List<String> statements) {
		return SoftPasskey.base64(DecisionProof.challenge(statements));
	}

	private static DecisionProof proof(List<String> statements, ObjectNode assertion) {
		return new DecisionProof(STATEMENT.text(), statements, assertion.path("credentialId").stringValue(),
				assertion.path("authenticatorData").stringValue(), assertion.path("clientDataJSON").stringValue(),
				assertion.path("signature").stringValue());
	}

}
