package io.agentotp.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.agentotp.server.audit.AuditKey;
import io.agentotp.server.audit.AuditKeys;
import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.audit.ReceiptVerifier;
import io.agentotp.server.command.CommandLine;
import io.agentotp.server.json.Json;
import io.agentotp.server.proof.ApproverKey;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Receipts of used permissions: who gets one, and that others verify it with public keys
 * alone.
 */
@Tag("sql")
class ReceiptTests {

	private static TestServer server;

	private static String trust;

	private static Collection<AuditKey> keys;

	private static Consumer<String> signed;

	@TempDir
	private Path directory;

	@BeforeAll
	static void start() {
		server = TestServer.start(TestServer.policies(SignedDecisionTests.POLICIES));
		PasskeyDevice device = new PasskeyDevice(server.origin());
		device.enrol(server, "alice");
		signed = (id) -> {
			ObjectNode challenge = (ObjectNode) server.alice()
				.post("/permissions/" + id + "/challenge", "{\"approved\":true}")
				.expect(200)
				.data();
			server.alice()
				.post("/permissions/" + id + "/decide",
						"{\"approved\":true,\"assertion\":" + device.assertion(challenge) + "}")
				.expect(200);
		};
		trust = server.admin().get("/trust").expect(200).raw().body();
		keys = server.bean(AuditKeys.class).keys();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	private static String used(String action) {
		return used(action, action.equals("pay"));
	}

	private static String used(String action, boolean isSigned) {
		String id = server.mailer()
			.post("/permissions/request",
					"{\"action\":\"" + action + "\",\"resource\":\"order-7\",\"scope\":{\"max_amount\":20.50}}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		if (isSigned) {
			signed.accept(id);
		}
		else {
			server.alice().decide(id, true).expect(200);
		}
		server.mailer()
			.post("/permissions/" + id + "/use",
					"{\"token\":\"" + server.mailer().token(id) + "\",\"actionDetails\":{\"outcome\":\"succeeded\"}}")
			.expect(200);
		return id;
	}

	private static String receipt(String id) {
		return server.admin().get("/permissions/" + id + "/receipt").expect(200).raw().body();
	}

	private static ReceiptVerifier.Result verify(String receipt) {
		return new ReceiptVerifier(keys, ApproverKey.readTrustFile(trust)).verify(receipt);
	}

	@Test
	void verifyWhenSignedAndUsedThenProvesWhoApprovedAndWhatWasDone() {
		String id = used("pay");
		ReceiptVerifier.Result result = verify(receipt(id));
		assertThat(result.problems()).isEmpty();
		assertThat(result.facts())
			.anySatisfy(
					(fact) -> assertThat(fact).startsWith("Permission " + id + " for pay on order-7, asked for by "))
			.anySatisfy((fact) -> assertThat(fact).startsWith("Approved by alice at ")
				.contains("proved by the signature of a passkey of the trust file")
				.contains("\"max_amount\":20.5"))
			.anySatisfy((fact) -> assertThat(fact).startsWith("Used at ").endsWith("outcome succeeded"));
	}

	@Test
	void verifyWhenMoreRowsFollowThenTheChainLeadsToTheCheckpointBehindThem() {
		String id = used("pay");
		used("book");
		used("book");
		server.bean(AuditSequencer.class).seal();
		String receipt = receipt(id);
		assertThat(payload(receipt).path("rows").valueStream().map((row) -> row.path("path").size()))
			.anyMatch((length) -> length > 3);
		assertThat(verify(receipt).problems()).isEmpty();
	}

	@Test
	void verifyWhenNobodySignedThenSaysThatTheServiceSaysSo() {
		String receipt = receipt(used("book"));
		ReceiptVerifier.Result result = new ReceiptVerifier(keys, List.of()).verify(receipt);
		assertThat(result.problems()).isEmpty();
		assertThat(result.facts()).anySatisfy(
				(fact) -> assertThat(fact).startsWith("Approved by user:alice").endsWith("as the service says"));
		assertThat(verify(receipt).problems())
			.containsExactly("Nobody of the trust file has signed that it is approved");
	}

	@Test
	void verifyWhenTheProofIsOfAnotherPermissionThenItProvesNothing() {
		String receipt = receipt(used("book"));
		ObjectNode both = payload(receipt);
		both.withArray("rows").addAll(payload(receipt(used("book", true))).withArray("rows"));
		// Whoever has the key of the service could sign this.
		ReceiptVerifier.Result result = new ReceiptVerifier(List.of(), ApproverKey.readTrustFile(trust))
			.verify(with(receipt, Json.write(both)));
		assertThat(result.facts()).noneMatch((fact) -> fact.contains("proved by the signature"));
		assertThat(result.problems()).contains("What alice signed is not what was asked for",
				"Nobody of the trust file has signed that it is approved");
	}

	@Test
	void verifyWhenProofOrApprovalIsTakenOutThenFoundWithTheTrustFileAlone() {
		String receipt = receipt(used("pay"));
		List<ApproverKey> trusted = ApproverKey.readTrustFile(trust);
		ObjectNode unproved = payload(receipt);
		unproved.path("rows").forEach((row) -> {
			ObjectNode details = (ObjectNode) row.path("row").path("details");
			details.remove("proof");
			details.remove("routing");
		});
		assertThat(new ReceiptVerifier(List.of(), trusted).verify(with(receipt, Json.write(unproved))).problems())
			.contains("Nobody of the trust file has signed that it is approved");
		ObjectNode unapproved = payload(receipt);
		unapproved.withArray("rows").removeIf((row) -> row.path("row").path("event").asString("").equals("approved"));
		assertThat(new ReceiptVerifier(List.of(), trusted).verify(with(receipt, Json.write(unapproved))).problems())
			.containsExactly("It has no row that tells of an approval");
	}

	@Test
	void verifyWhenAnyByteIsAnotherThenItIsFound() {
		String receipt = receipt(used("pay"));
		for (int i = 0; i < receipt.length(); i++) {
			// In a thorough run each, else some of each part.
			if (i % 7 != 0 && i < receipt.length() - 8) {
				continue;
			}
			char other = (receipt.charAt(i) == 'A') ? 'B' : 'A';
			String changed = receipt.substring(0, i) + other + receipt.substring(i + 1);
			assertThat(verify(changed).problems()).as("byte " + i).isNotEmpty();
		}
		assertThat(verify(receipt.substring(1)).problems()).isNotEmpty();
		assertThat(verify(receipt + "A").problems()).isNotEmpty();
	}

	@Test
	void verifyWhenOnlyTheTrustFileIsAtHandThenWhatApproversSignedIsStillProved() {
		String receipt = receipt(used("pay"));
		List<ApproverKey> trusted = ApproverKey.readTrustFile(trust);
		ReceiptVerifier.Result result = new ReceiptVerifier(List.of(), trusted).verify(receipt);
		assertThat(result.problems()).isEmpty();
		assertThat(result.facts()).anySatisfy((fact) -> assertThat(fact).contains("proved by the signature"))
			.anySatisfy((fact) -> assertThat(fact).contains("was not looked at"));
		// Whoever has the key of the service could sign another receipt, but no decision.
		String forged = with(receipt, Json.write(payload(receipt)).replace("20.5", "99.5"));
		assertThat(new ReceiptVerifier(List.of(), trusted).verify(forged).problems()).isNotEmpty();
	}

	@Test
	void verifyWhenTheTrustFileDoesNotHaveTheApproverThenFound() {
		String receipt = receipt(used("pay"));
		List<ApproverKey> others = ApproverKey.readTrustFile(trust)
			.stream()
			.map((key) -> new ApproverKey(key.person(), key.credentialId() + "A", key.publicKey(), key.algorithm(),
					key.validFrom(), null, key.rpId(), key.origins()))
			.toList();
		assertThat(new ReceiptVerifier(keys, others).verify(receipt).problems())
			.anySatisfy((problem) -> assertThat(problem).contains("not in the trust file"));
	}

	@Test
	void guideWhenRunThenReturnsWhatWasSignedAndRefusesAllElse() throws Exception {
		String receipt = receipt(used("pay"));
		PublicKey service = key("Ed25519", keys.iterator().next().pem().replaceAll("-----.*?-----|\\s", ""));
		ApproverKey alice = ApproverKey.readTrustFile(trust).get(0);
		Map<String, PublicKey> passkeys = Map.of(alice.credentialId(),
				key("EC", alice.publicKey().replace('-', '+').replace('_', '/')));
		assertThat(ReceiptGuide.statements(receipt, service, passkeys, server.origin())).singleElement()
			.asString()
			.contains("\"approver\":\"alice\"", "\"decision\":\"approve\"", "\"max_amount\":20.5");
		for (String other : List.of(with(receipt, "{}"), receipt.replace(".eyJ", ".eyK"))) {
			assertThatExceptionOfType(GeneralSecurityException.class)
				.isThrownBy(() -> ReceiptGuide.statements(other, service, passkeys, server.origin()));
		}
		assertThatExceptionOfType(GeneralSecurityException.class)
			.isThrownBy(() -> ReceiptGuide.statements(receipt, service, passkeys, "https://other.example.com"));
		assertThatExceptionOfType(GeneralSecurityException.class)
			.isThrownBy(() -> ReceiptGuide.statements(receipt, service, Map.of(), server.origin()));
	}

	private static PublicKey key(String algorithm, String base64) throws GeneralSecurityException {
		return KeyFactory.getInstance(algorithm)
			.generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(base64)));
	}

	@Test
	void receiptWhenNotUsedThenRefused() {
		String id = server.mailer()
			.post("/permissions/request", "{\"action\":\"book\",\"scope\":{}}")
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		assertThat(server.admin().get("/permissions/" + id + "/receipt").expect(409).message())
			.contains("not been used");
		assertThat(server.admin().get("/permissions/none/receipt").status()).isEqualTo(404);
	}

	@Test
	void receiptWhenAskedForByOthersThenOnlyThoseWhoVerifyOrDecided() {
		String path = "/permissions/" + used("book") + "/receipt";
		server.alice().get(path).expect(200);
		server.auditor().get(path).expect(200);
		server.bob().get(path).expect(403);
		server.mailer().get(path).expect(403);
	}

	@Test
	void commandWhenRunThenSaysWhatIsProvedAndExits() throws IOException {
		Path receipt = Files.writeString(this.directory.resolve("receipt.jws"), receipt(used("pay")) + "\n");
		Path key = Files.writeString(this.directory.resolve("key.pem"), keys.iterator().next().pem());
		Path trusted = Files.writeString(this.directory.resolve("trust.json"), trust);
		assertThat(run(0, receipt, "--key", key, "--trust", trusted)).contains("Approved by alice", "All of it fits.");
		assertThat(run(0, receipt, "--key", key)).contains("that the receipt names");
		assertThat(run(0, receipt, "--trust", trusted)).contains("was not looked at");
		run(2, receipt);
		run(2, "--key", key);
		Files.writeString(receipt, "x" + Files.readString(receipt));
		assertThat(run(1, receipt, "--key", key)).contains("problem: ");
	}

	private static String run(int code, Object... args) {
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		String[] words = Stream.concat(Stream.of("receipt", "verify"), Arrays.stream(args).map(String::valueOf))
			.toArray(String[]::new);
		PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
		assertThat(CommandLine.run(words, stream, stream)).hasValue(code);
		return out.toString(StandardCharsets.UTF_8);
	}

	private static ObjectNode payload(String receipt) {
		return Json
			.readObject(new String(Base64.getUrlDecoder().decode(receipt.split("\\.")[1]), StandardCharsets.UTF_8));
	}

	private static String with(String receipt, String payload) {
		String[] parts = receipt.split("\\.");
		return parts[0] + "."
				+ Base64.getUrlEncoder().withoutPadding().encodeToString(payload.getBytes(StandardCharsets.UTF_8)) + "."
				+ parts[2];
	}

}
