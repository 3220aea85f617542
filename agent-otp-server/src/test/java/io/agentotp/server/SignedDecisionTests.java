package io.agentotp.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

import io.agentotp.server.Api.Answer;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditCheck;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.command.CommandLine;
import io.agentotp.server.json.Json;
import io.agentotp.server.passkey.Passkeys;
import io.agentotp.server.proof.ApproverKey;
import io.agentotp.server.proof.DecisionProof;
import io.agentotp.server.proof.DecisionStatement;
import io.agentotp.server.user.Delegation;
import io.agentotp.server.user.Delegations;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Decisions that people sign with a passkey, and what is no such decision.
 */
@Tag("sql")
class SignedDecisionTests {

	static final String POLICIES = """
			- name: pay
			  priority: 50
			  conditions:
			    action: { equals: pay }
			  action: require_approval
			  stepUp: passkey
			- name: twice
			  priority: 50
			  conditions:
			    action: { equals: twice }
			  action: require_approval
			  quorum: 2
			  stepUp: passkey
			- name: alone
			  priority: 50
			  conditions:
			    action: { equals: alone }
			  action: require_approval
			  approvers: { people: [alice] }
			  stepUp: passkey
			- name: book
			  priority: 50
			  conditions:
			    action: { equals: book }
			  action: require_approval
			""";

	private static final String CAROL_KEY = "uk_carol-0123456789abcdefghijklmn";

	private static TestServer server;

	private static PasskeyDevice device;

	@TempDir
	private static Path directory;

	@BeforeAll
	static void start() {
		server = TestServer.start(TestServer.policies(POLICIES),
				"agentotp.server.audit.checkpoint-file=" + directory.resolve("checkpoints.jsonl"),
				"agentotp.server.users.carol.api-key=" + CAROL_KEY,
				"agentotp.server.users.alice.roles=approver,administrator");
		device = new PasskeyDevice(server.origin());
		device.enrol(server, "alice");
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@BeforeEach
	void forget() {
		server.jdbc().sql("DELETE FROM agentotp_challenge").update();
	}

	@Test
	void approveWhenSignedThenIsApprovedAndProvedToAgentAndByTheLog() {
		String id = pay(20);
		Answer decided = signed(id,
				"{\"approved\":true,\"reason\":\"fine\",\"scopeModifications\":{\"max_amount\":15}}");
		assertThat(decided.expect(200).data().path("status").stringValue()).isEqualTo("approved");
		JsonNode approved = audit(id, "approved");
		DecisionProof proof = DecisionProof.read(approved.path("details").path("proof"));
		DecisionStatement statement = DecisionStatement.read(proof.statement());
		assertThat(statement.permission()).isEqualTo(id);
		assertThat(statement.agent()).isEqualTo("mailer");
		assertThat(statement.action()).isEqualTo("pay");
		assertThat(statement.resource()).isEqualTo("order-7");
		assertThat(statement.grantedScope()).isEqualTo(Json.object().put("max_amount", 15));
		assertThat(statement.approved()).isTrue();
		assertThat(statement.reason()).isEqualTo("fine");
		assertThat(statement.approver()).isEqualTo("alice");
		ObjectNode added = (ObjectNode) server.alice()
			.get("/audit?event=passkey_added")
			.expect(200)
			.data()
			.valueStream()
			.map((row) -> row.path("details"))
			.filter((details) -> details.path("credentialId").stringValue().equals(proof.credentialId()))
			.findFirst()
			.orElseThrow();
		assertThat(ApproverKey.read(added, server.clock.instant()).problem(proof)).isNull();
		JsonNode told = server.mailer().get("/permissions/" + id).expect(200).data();
		assertThat(told.path("proofs").size()).isEqualTo(1);
		assertThat(DecisionProof.read(told.path("proofs").get(0))).isEqualTo(proof);
		assertThat(server.mailer().use(id, server.mailer().token(id)).data().path("success").booleanValue()).isTrue();
		assertThat(rows()).isZero();
		assertThat(problems()).isEmpty();
	}

	@Test
	void approveWhenNotSignedThenIsRefusedOnEveryWayInAndDeniedAllTheSame() {
		String id = pay(20);
		Answer refused = server.alice().decide(id, true).expect(403);
		assertThat(refused.message()).contains("signature by a passkey");
		assertThat(refused.details().path("stepUp").stringValue()).isEqualTo("passkey");
		server.alice().post("/permissions/decide", "{\"approved\":true,\"ids\":[\"" + id + "\"]}").expect(403);
		pending(id);
		assertThat(server.alice().decide(id, false).expect(200).data().path("status").stringValue())
			.isEqualTo("denied");
		assertThat(problems()).isEmpty();
	}

	@Test
	void decideWhenPolicyAsksForNothingThenCanBeSignedAllTheSame() {
		String approved = ask("book", 20);
		signed(approved, "{\"approved\":true}").expect(200);
		String denied = ask("book", 20);
		signed(denied, "{\"approved\":false,\"reason\":\"no\"}").expect(200);
		DecisionStatement statement = DecisionStatement
			.read(DecisionProof.read(audit(denied, "denied").path("details").path("proof")).statement());
		assertThat(statement.approved()).isFalse();
		assertThat(statement.grantedScope()).isEmpty();
		assertThat(statement.reason()).isEqualTo("no");
		assertThat(problems()).isEmpty();
	}

	@Test
	void approveWhenAnotherAmountThanSignedThenIsRefused() {
		String id = pay(20);
		ObjectNode challenge = challenge(id, "{\"approved\":true,\"scopeModifications\":{\"max_amount\":10}}");
		refused(id, "{\"approved\":true}", assertion(challenge), 409, "not what you signed");
		refused(id, "{\"approved\":true,\"scopeModifications\":{\"max_amount\":11}}", assertion(challenge), 409,
				"not what you signed");
		decide(id, "{\"approved\":true,\"scopeModifications\":{\"max_amount\":10}}", assertion(challenge)).expect(200);
	}

	@Test
	void decideWhenAnotherReasonOrDecisionThanSignedThenIsRefused() {
		String id = pay(20);
		refused(id, "{\"approved\":true,\"reason\":\"other\"}",
				assertion(challenge(id, "{\"approved\":true,\"reason\":\"fine\"}")), 409, "not what you signed");
		refused(id, "{\"approved\":true}", assertion(challenge(id, "{\"approved\":false}")), 409,
				"not what you signed");
		refused(id, "{\"approved\":false}", assertion(challenge(id, "{\"approved\":true}")), 409,
				"not what you signed");
	}

	@Test
	void approveWhenSignedForAnotherPermissionThenIsRefused() {
		String id = pay(20);
		refused(id, "{\"approved\":true}", assertion(challenge(pay(20), "{\"approved\":true}")), 409,
				"Nothing of yours waits");
	}

	@Test
	void approveWhenChallengeIsOfAnotherPersonThenIsRefused() {
		String id = server.reader()
			.post("/permissions/request", body("pay", 20))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		new PasskeyDevice(server.origin()).enrol(server, "bob");
		ObjectNode challenge = challenge(id, "{\"approved\":true}");
		String assertion = assertion(challenge);
		Answer answer = server.bob().post("/permissions/" + id + "/decide", with("{\"approved\":true}", assertion));
		assertThat(answer.expect(409).message()).contains("Nothing of yours waits");
		pending(id);
	}

	@Test
	void approveWhenPasskeyIsOfAnotherPersonThenIsRefused() {
		PasskeyDevice bobs = new PasskeyDevice(server.origin());
		String credential = bobs.enrol(server, "bob").credentialId();
		String id = pay(20);
		ObjectNode challenge = challenge(id, "{\"approved\":true}");
		ObjectNode options = (ObjectNode) challenge.path("publicKey");
		options.putArray("allowCredentials").addObject().put("type", "public-key").put("id", credential);
		refused(id, "{\"approved\":true}", bobs.sign(options).assertion(challenge), 403, "belongs to another user");
	}

	@Test
	void approveWhenPersonIsNotVerifiedThenIsRefused() {
		String id = pay(20);
		ObjectNode challenge = challenge(id, "{\"approved\":true}");
		((ObjectNode) challenge.path("publicKey")).put("userVerification", "discouraged");
		refused(id, "{\"approved\":true}", assertion(challenge), 403, "did not verify you");
	}

	@Test
	void approveWhenSignedOnAnotherPageThenIsRefused() {
		PasskeyDevice elsewhere = new PasskeyDevice(server.origin());
		elsewhere.enrol(server, "alice");
		String id = pay(20);
		ObjectNode challenge = challenge(id, "{\"approved\":true}");
		refused(id, "{\"approved\":true}", elsewhere.at("http://localhost.evil.example").assertion(challenge), 403,
				"another page");
	}

	@Test
	void approveWhenSignatureOrItsDataIsChangedThenIsRefused() {
		String id = pay(20);
		for (String field : List.of("authenticatorData", "clientDataJSON", "signature")) {
			ObjectNode challenge = challenge(id, "{\"approved\":true}");
			ObjectNode forged = Json.readObject(assertion(challenge));
			String text = forged.path(field).stringValue();
			int middle = text.length() / 2;
			forged.put(field, text.substring(0, middle) + ((text.charAt(middle) == 'A') ? 'B' : 'A')
					+ text.substring(middle + 1));
			Answer answer = decide(id, "{\"approved\":true}", Json.write(forged));
			assertThat(answer.status()).as(field).isEqualTo(403);
			pending(id);
		}
	}

	@Test
	void approveWhenTheSameAssertionComesTwiceThenItCountsOnce() {
		String id = pay(20);
		ObjectNode challenge = challenge(id, "{\"approved\":true}");
		String assertion = assertion(challenge);
		decide(id, "{\"approved\":true}", assertion).expect(200);
		assertThat(decide(id, "{\"approved\":true}", assertion).expect(409).message()).contains("Already approved");
		// Nor on another request of the same content.
		refused(pay(20), "{\"approved\":true}", assertion, 409, "Nothing of yours waits");
	}

	@Test
	void approveWhenSignedTooLongAgoThenIsRefused() {
		String id = pay(20);
		String assertion = assertion(challenge(id, "{\"approved\":true}"));
		server.clock.move(Duration.ofMinutes(5).plusSeconds(1));
		refused(id, "{\"approved\":true}", assertion, 409, "for 5 minutes");
	}

	@Test
	void approveWhenPasskeyWasRevokedMeanwhileThenIsRefused() {
		PasskeyDevice lost = new PasskeyDevice(server.origin());
		String credential = lost.enrol(server, "alice").credentialId();
		String id = pay(20);
		ObjectNode challenge = challenge(id, "{\"approved\":true}");
		String assertion = lost.assertion(challenge);
		server.bean(Passkeys.class).revoke("alice", credential, Actor.SYSTEM);
		refused(id, "{\"approved\":true}", assertion, 403, "was revoked");
	}

	@Test
	void approveWhenRowOfChallengeWasWrittenByAnotherThenIsRefused() {
		String id = pay(20);
		ObjectNode challenge = challenge(id, "{\"approved\":true}");
		server.jdbc().sql("UPDATE agentotp_challenge SET valid_until = valid_until + INTERVAL '1' MINUTE").update();
		refused(id, "{\"approved\":true}", assertion(challenge), 409, "Nothing of yours waits");
	}

	@Test
	void challengeWhenNotAllowedThenIsRefused() {
		String id = pay(20);
		server.mailer().post("/permissions/" + id + "/challenge", "{\"approved\":true}").expect(403);
		server.auditor().post("/permissions/" + id + "/challenge", "{\"approved\":true}").expect(403);
		server.api(null).post("/permissions/" + id + "/challenge", "{\"approved\":true}").expect(401);
		// Who owns the agent.
		server.bob().post("/permissions/" + id + "/challenge", "{\"approved\":true}").expect(403);
		server.alice().post("/permissions/" + id + "/challenge", "{}").expect(400);
		server.alice().post("/permissions/nothing/challenge", "{\"approved\":true}").expect(404);
		server.alice()
			.post("/permissions/" + id + "/challenge", "{\"approved\":true,\"scopeModifications\":{\"max_amount\":21}}")
			.expect(400);
		server.alice().decide(id, false).expect(200);
		server.alice().post("/permissions/" + id + "/challenge", "{\"approved\":true}").expect(409);
		assertThat(rows()).isZero();
	}

	@Test
	void challengeWhenATextLooksLikeASecretThenSaysThatItCannotBeSigned() {
		String secret = "otp_" + "A".repeat(24);
		String id = pay(20);
		String decision = "{\"approved\":true,\"reason\":\"see " + secret + "\"}";
		assertThat(server.alice().post("/permissions/" + id + "/challenge", decision).expect(400).details().toString())
			.contains("must look like no token or key");
		String odd = server.mailer()
			.post("/permissions/request", body("pay", 20).replace("order-7", secret))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		for (String path : List.of("/challenge", "/decide")) {
			assertThat(server.alice().post("/permissions/" + odd + path, "{\"approved\":true}").expect(409).message())
				.contains("looks like a token or key");
		}
		pending(odd);
		assertThat(problems()).isEmpty();
	}

	@Test
	void recordWhenWhatADeviceMadeLooksLikeASecretThenStaysAsItWas() {
		String random = "-uk_" + "A".repeat(40);
		server.bean(TransactionTemplate.class)
			.executeWithoutResult((status) -> server.bean(AuditLog.class)
				.record(server.clock.instant(), null, null, AuditEvent.PASSKEY_REVOKED, Actor.SYSTEM,
						Json.object().put("credentialId", random).put("name", random)));
		JsonNode details = server.alice().get("/audit?event=passkey_revoked").data().get(0).path("details");
		assertThat(details.path("credentialId").stringValue()).isEqualTo(random);
		assertThat(details.path("name").stringValue()).isEqualTo("-uk_(hidden)");
	}

	@Test
	void approveWhenSeveralAreSignedAtOnceThenEachIsProvedAlone() {
		List<String> ids = List.of(pay(20), pay(20), pay(20));
		String body = "{\"approved\":true,\"ids\":" + Json.write(ids) + "}";
		ObjectNode challenge = (ObjectNode) server.alice().post("/permissions/challenge", body).expect(200).data();
		assertThat(challenge.path("statements").size()).isEqualTo(3);
		Answer decided = server.alice().post("/permissions/decide", with(body, assertion(challenge))).expect(200);
		assertThat(decided.data().path("decided").size()).isEqualTo(3);
		List<DecisionProof> proofs = ids.stream()
			.map((id) -> DecisionProof.read(audit(id, "approved").path("details").path("proof")))
			.toList();
		assertThat(proofs).extracting(DecisionProof::signature).containsOnly(proofs.get(0).signature());
		assertThat(proofs).extracting(DecisionProof::statement).doesNotHaveDuplicates();
		assertThat(proofs).allSatisfy((proof) -> assertThat(proof.statements()).hasSize(3));
		assertThat(problems()).isEmpty();
	}

	@Test
	void approveWhenAnotherNarrowedSinceThenHasToBeSignedAnew() {
		PasskeyDevice carols = new PasskeyDevice(server.origin());
		carols.enrol(server, "carol");
		Api carol = server.api(CAROL_KEY);
		String id = ask("twice", 20);
		String first = assertion(challenge(id, "{\"approved\":true}"));
		String narrow = "{\"approved\":true,\"scopeModifications\":{\"max_amount\":5}}";
		ObjectNode challenge = (ObjectNode) carol.post("/permissions/" + id + "/challenge", narrow).expect(200).data();
		Answer voted = carol.post("/permissions/" + id + "/decide", with(narrow, carols.assertion(challenge)));
		assertThat(voted.expect(200).data().path("status").stringValue()).isEqualTo("pending");
		refused(id, "{\"approved\":true}", first, 409, "not what you signed");
		signed(id, "{\"approved\":true}").expect(200);
		JsonNode told = server.mailer().get("/permissions/" + id).expect(200).data();
		assertThat(told.path("scope").path("max_amount").intValue()).isEqualTo(5);
		assertThat(told.path("proofs").valueStream().map((proof) -> {
			DecisionStatement statement = DecisionStatement.read(DecisionProof.read(proof).statement());
			return statement.approver() + " " + statement.grantedScope();
		})).containsExactly("carol {\"max_amount\":5}", "alice {\"max_amount\":5}");
		assertThat(problems()).isEmpty();
	}

	@Test
	void approveWhenPolicyNarrowsMoreSinceThenHasToBeSignedAnew() {
		String id = pay(20);
		String first = assertion(challenge(id, "{\"approved\":true}"));
		String policy = server.alice().post("/policies", """
				{"name":"less","priority":90,"action":"require_approval","conditions":{"action":{"equals":"pay"}},
				"scopeTemplate":{"max_amount":7}}""").expect(201).data().path("id").stringValue();
		try {
			refused(id, "{\"approved\":true}", first, 409, "not what you signed");
			// Whoever asked before still needs what the policy asked for then.
			server.alice().decide(id, true).expect(403);
			signed(id, "{\"approved\":true}").expect(200);
		}
		finally {
			server.alice().send("DELETE", "/policies/" + policy, null).expect(200);
		}
		assertThat(server.mailer().get("/permissions/" + id).data().path("scope").path("max_amount").intValue())
			.isEqualTo(7);
		assertThat(problems()).isEmpty();
	}

	@Test
	void approveWhenInPlaceOfSomebodyThenIsProvedOfWhoSigned() {
		PasskeyDevice carols = new PasskeyDevice(server.origin());
		carols.enrol(server, "carol");
		Api carol = server.api(CAROL_KEY);
		Delegation delegation = server.bean(Delegations.class)
			.create("alice", "carol", null, server.clock.instant().plus(Duration.ofDays(1)), Actor.SYSTEM);
		String id = ask("alone", 20);
		ObjectNode challenge = (ObjectNode) carol.post("/permissions/" + id + "/challenge", "{\"approved\":true}")
			.expect(200)
			.data();
		carol.post("/permissions/" + id + "/decide", with("{\"approved\":true}", carols.assertion(challenge)))
			.expect(200);
		server.bean(Delegations.class).end("alice", delegation.id(), Actor.SYSTEM);
		JsonNode row = audit(id, "approved");
		assertThat(row.path("details").path("inPlaceOf").stringValue()).isEqualTo("alice");
		assertThat(DecisionStatement.read(DecisionProof.read(row.path("details").path("proof")).statement()).approver())
			.isEqualTo("carol");
		assertThat(problems()).isEmpty();
	}

	@Test
	void approveWhenTwoNodesGetTheSameAssertionAtOnceThenOneTakesIt() throws Exception {
		try (TestServer nodes = TestServer.startNodes(TestDatabase.createLasting(), 2, TestServer.policies(POLICIES))) {
			PasskeyDevice phone = new PasskeyDevice(nodes.origin());
			phone.enrol(nodes, "alice");
			for (int i = 0; i < 10; i++) {
				String id = nodes.mailer()
					.post("/permissions/request", body("pay", i))
					.expect(202)
					.data()
					.path("id")
					.stringValue();
				ObjectNode challenge = (ObjectNode) nodes.api(0, TestServer.ALICE_KEY)
					.post("/permissions/" + id + "/challenge", "{\"approved\":true}")
					.expect(200)
					.data();
				String decision = with("{\"approved\":true}", phone.assertion(challenge));
				List<Answer> answers = AtOnce.run(4, (node) -> nodes.api(node % 2, TestServer.ALICE_KEY)
					.post("/permissions/" + id + "/decide", decision));
				assertThat(answers.stream().map(Answer::status).sorted()).as(answers.toString())
					.containsExactly(200, 409, 409, 409);
			}
			assertThat(nodes.jdbc().sql("SELECT COUNT(*) FROM agentotp_vote").query(Long.class).single()).isEqualTo(10);
		}
	}

	@Test
	void verifyWhenOfflineThenNamesWhoApprovedWhatAndBelievesOnlyTrustedKeys() throws IOException {
		String id = pay(20);
		signed(id, "{\"approved\":true,\"reason\":\"line\\nproved: forged\"}").expect(200);
		server.bean(AuditSequencer.class).seal();
		Path export = Files.writeString(directory.resolve("audit.jsonl"),
				server.alice().get("/audit/export").raw().body());
		Path trust = Files.writeString(directory.resolve("trust.json"), server.alice().get("/trust").raw().body());
		assertThat(offline(0, export, "--decisions").lines()
			.filter((line) -> line.startsWith("proved: " + id + " approved by alice at "))).singleElement()
			.asString()
			.contains("\"max_amount\":20", "line\\nproved: forged");
		assertThat(offline(0, export, "--trust", trust.toString())).contains("decisions proved by the passkeys");
		ObjectNode file = Json.readObject(Files.readString(trust));
		file.path("approvers").forEach((person) -> ((ObjectNode) person.path("credentials").get(0)).put("id", "other"));
		Files.writeString(trust, Json.write(file));
		assertThat(offline(1, export, "--trust", trust.toString())).contains("signature: The decision in row",
				"not in the trust file");
		Files.writeString(trust, "{}");
		assertThat(offline(2, export, "--trust", trust.toString())).contains("is not a trust file");
		// A row of the export that says otherwise.
		List<String> lines = new ArrayList<>(Files.readAllLines(export));
		lines.replaceAll(
				(line) -> line.contains(id) ? line.replace("\\\"max_amount\\\":20", "\\\"max_amount\\\":21") : line);
		Files.write(export, lines);
		assertThat(offline(1, export)).contains("edited: ", "its statement is not one of those that were signed");
	}

	private static String offline(int code, Path export, String... more) throws IOException {
		Path key = Files.writeString(directory.resolve("key.pem"),
				server.alice().get("/audit/keys").data().path(0).path("publicKey").stringValue());
		List<String> args = new ArrayList<>(List.of("audit", "verify", export.toString(), "--checkpoints",
				directory.resolve("checkpoints.jsonl").toString(), "--key", key.toString()));
		args.addAll(List.of(more));
		ByteArrayOutputStream output = new ByteArrayOutputStream();
		PrintStream out = new PrintStream(output, true, StandardCharsets.UTF_8);
		int found = CommandLine.run(args.toArray(String[]::new), out, out).orElseThrow();
		String text = output.toString(StandardCharsets.UTF_8);
		assertThat(found).as(text).isEqualTo(code);
		return text;
	}

	@Test
	void verifyWhenProofInTheLogIsForgedThenIsFound() {
		List<UnaryOperator<ObjectNode>> forgeries = new ArrayList<>();
		forgeries.add((details) -> details.put("reason", "other"));
		forgeries.add((details) -> details.set("scope", Json.object().put("max_amount", 21)));
		forgeries.add((details) -> details.without("proof"));
		forgeries.add((details) -> proof(details, (proof) -> proof.put("statement",
				proof.path("statement").stringValue().replace("\"max_amount\":20", "\"max_amount\":21"))));
		forgeries.add((details) -> proof(details, (proof) -> proof.put("credentialId", "AAAA")));
		forgeries.add((details) -> proof(details, (proof) -> proof.put("signature", "AAAA")));
		forgeries.add((details) -> proof(details, (proof) -> proof.putArray("statements")));
		forgeries.add((details) -> proof(details, (proof) -> proof.remove("statement")));
		forgeries.forEach((forgery) -> {
			String id = pay(20);
			signed(id, "{\"approved\":true}").expect(200);
			server.bean(AuditSequencer.class).run();
			String row = "permission_id = '" + id + "' AND event = 'approved'";
			String before = server.jdbc()
				.sql("SELECT details FROM agentotp_audit WHERE " + row)
				.query(String.class)
				.single();
			String forged = Json.write(forgery.apply(Json.readObject(before)));
			server.jdbc().sql("UPDATE agentotp_audit SET details = ? WHERE " + row).param(forged).update();
			assertThat(problems()).as(forged)
				.anySatisfy((problem) -> assertThat(problem).startsWith("signature: The decision in row ")
					.contains(id + ") is not proved: "));
			server.jdbc().sql("UPDATE agentotp_audit SET details = ? WHERE " + row).param(before).update();
			assertThat(problems()).isEmpty();
		});
	}

	@Test
	void verifyWhenFewerSignedThanThePolicyAsksForThenIsFound() {
		PasskeyDevice carols = new PasskeyDevice(server.origin());
		carols.enrol(server, "carol");
		String id = ask("twice", 20);
		String yes = "{\"approved\":true}";
		ObjectNode challenge = (ObjectNode) server.api(CAROL_KEY)
			.post("/permissions/" + id + "/challenge", yes)
			.expect(200)
			.data();
		server.api(CAROL_KEY)
			.post("/permissions/" + id + "/decide", with(yes, carols.assertion(challenge)))
			.expect(200);
		signed(id, yes).expect(200);
		assertThat(problems()).isEmpty();
		forged("permission_id", "other", id, "vote", "1 of the 2 approvers that its policy asks for have signed");
	}

	@Test
	void verifyWhenApprovedByAPolicyThoughAPersonHadToSignThenIsFound() {
		String id = pay(20);
		signed(id, "{\"approved\":true}").expect(200);
		String row = "permission_id = '" + id + "' AND event = 'approved'";
		String before = server.jdbc()
			.sql("SELECT details FROM agentotp_audit WHERE " + row)
			.query(String.class)
			.single();
		server.bean(AuditSequencer.class).run();
		server.jdbc()
			.sql("UPDATE agentotp_audit SET details = ? WHERE " + row)
			.param(Json.write(Json.readObject(before).without("proof")))
			.update();
		forged("actor", "policy:pay", id, "approved", "nobody signed it");
		server.jdbc().sql("UPDATE agentotp_audit SET details = ? WHERE " + row).param(before).update();
		assertThat(problems()).isEmpty();
	}

	private static void forged(String column, String value, String id, String event, String problem) {
		long row = server.jdbc()
			.sql("SELECT id FROM agentotp_audit WHERE permission_id = ? AND event = ?")
			.params(id, event)
			.query(Long.class)
			.single();
		String before = server.jdbc()
			.sql("SELECT " + column + " FROM agentotp_audit WHERE id = ?")
			.param(row)
			.query(String.class)
			.single();
		String update = "UPDATE agentotp_audit SET " + column + " = ? WHERE id = ?";
		server.jdbc().sql(update).params(value, row).update();
		assertThat(problems()).anySatisfy(
				(found) -> assertThat(found).startsWith("signature: The decision in row ").contains(id, problem));
		server.jdbc().sql(update).params(before, row).update();
	}

	private static ObjectNode proof(ObjectNode details, Consumer<ObjectNode> change) {
		change.accept((ObjectNode) details.path("proof"));
		return details;
	}

	private static List<String> problems() {
		server.bean(AuditSequencer.class).run();
		return server.bean(AuditCheck.class)
			.verify()
			.problems()
			.stream()
			.map((problem) -> problem.kind().text() + ": " + problem.text())
			.toList();
	}

	private static String pay(int amount) {
		return ask("pay", amount);
	}

	private static String ask(String action, int amount) {
		return server.mailer()
			.post("/permissions/request", body(action, amount))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
	}

	private static String body(String action, int amount) {
		return "{\"action\":\"" + action + "\",\"resource\":\"order-7\",\"scope\":{\"max_amount\":" + amount + "}}";
	}

	private static JsonNode audit(String id, String event) {
		return server.alice().get("/audit?permissionId=" + id + "&event=" + event).expect(200).data().get(0);
	}

	private static long rows() {
		return server.jdbc().sql("SELECT COUNT(*) FROM agentotp_challenge").query(Long.class).single();
	}

	private static ObjectNode challenge(String id, String decision) {
		return (ObjectNode) server.alice().post("/permissions/" + id + "/challenge", decision).expect(200).data();
	}

	private static String assertion(ObjectNode challenge) {
		return device.assertion(challenge);
	}

	private static Answer signed(String id, String decision) {
		return decide(id, decision, assertion(challenge(id, decision)));
	}

	private static String with(String decision, String assertion) {
		return decision.substring(0, decision.length() - 1) + ",\"assertion\":" + assertion + "}";
	}

	private static Answer decide(String id, String decision, String assertion) {
		return server.alice().post("/permissions/" + id + "/decide", with(decision, assertion));
	}

	private static void refused(String id, String decision, String assertion, int status, String why) {
		assertThat(decide(id, decision, assertion).expect(status).message()).contains(why);
		pending(id);
	}

	private static void pending(String id) {
		Answer asked = server.mailer().get("/permissions/" + id);
		if (asked.status() == 404) {
			asked = server.reader().get("/permissions/" + id);
		}
		assertThat(asked.expect(200).data().path("status").stringValue()).isEqualTo("pending");
		assertThat(asked.data().has("token")).isFalse();
	}

}
