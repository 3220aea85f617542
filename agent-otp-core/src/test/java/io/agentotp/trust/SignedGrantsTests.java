package io.agentotp.trust;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import io.agentotp.AgentOtpClient;
import io.agentotp.Permission;
import io.agentotp.PermissionRequest;
import io.agentotp.transport.HttpTransport;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * A body runs only if approvers of the trust file have signed its grant, whatever the
 * service says.
 */
class SignedGrantsTests {

	private static final String DIGEST = "sha256:" + "ab".repeat(32);

	private static final PermissionRequest REQUEST = PermissionRequest.builder("payment.refund")
		.resource("order:42")
		.scope("max_amount", 50)
		.build()
		.withCall(Map.of("target", Map.of("tool", "refund"), "arguments", List.of()), DIGEST);

	private static final Signer ALICE = Signer.of("alice");

	private static final Signer BOB = Signer.of("bob");

	@TempDir
	private Path directory;

	private Path file;

	private Instant now = Instant.parse("2026-06-01T12:00:00Z");

	private final List<String> revoked = new ArrayList<>();

	private int runs;

	@BeforeEach
	void setUp() throws IOException {
		this.file = this.directory.resolve("trust.json");
		write(Signer.trustFile(ALICE.entry(List.of("finance"), null), BOB.entry(List.of(), null)));
	}

	private void write(String content) throws IOException {
		Path next = Files.writeString(this.directory.resolve("next"), content);
		Files.move(next, this.file, StandardCopyOption.REPLACE_EXISTING);
	}

	private SignedGrants.Builder trust() {
		return SignedGrants.builder(this.file).actions("payment.*").clock(() -> this.now);
	}

	private static Map<String, Object> statement(String approver) {
		Map<String, Object> statement = new LinkedHashMap<>();
		statement.put("v", 1);
		statement.put("permission", "p1");
		statement.put("agent", "agent-1");
		statement.put("callDigest", DIGEST);
		statement.put("action", "payment.refund");
		statement.put("resource", "order:42");
		statement.put("grantedScope", Map.of("max_amount", 50));
		statement.put("decision", "approve");
		statement.put("reason", null);
		statement.put("approver", approver);
		statement.put("nonce", "bm9uY2U");
		statement.put("at", "2026-06-01T11:59:30Z");
		return statement;
	}

	private static Map<String, Object> statement(Consumer<Map<String, Object>> change) {
		Map<String, Object> statement = statement("alice");
		change.accept(statement);
		return statement;
	}

	private static Map<String, Object> grant(Object proofs) {
		Map<String, Object> grant = new LinkedHashMap<>(Map.of("id", "p1", "status", "approved", "action",
				"payment.refund", "resource", "order:42", "scope", Map.of("max_amount", 50), "token",
				"otp_0123456789abcdef", "expiresAt", "2026-06-01T12:05:00Z", "callDigest", DIGEST));
		grant.put("proofs", proofs);
		return grant;
	}

	private void run(SignedGrants trust, Object... proofs) {
		execute(trust, REQUEST, grant(List.of(proofs)));
	}

	private void execute(SignedGrants trust, PermissionRequest request, Map<String, Object> grant) {
		try (AgentOtpClient client = AgentOtpClient.builder()
			.apiKey("ak_test_0123456789")
			.baseUrl("http://localhost:1")
			.transport(new Answering(grant, this.revoked))
			.retries(0)
			.grantVerifier(trust)
			.build()) {
			client.executeWithPermission(request, (permission) -> ++this.runs);
		}
	}

	private void assertRefused(SignedGrants trust, String words, Object... proofs) {
		assertThatExceptionOfType(UnsignedGrantException.class).isThrownBy(() -> run(trust, proofs))
			.withMessageContaining(words)
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("GRANT_NOT_SIGNED"));
		assertThat(this.runs).isZero();
		// Nobody else shall use what this application does not take for a grant.
		assertThat(this.revoked).containsExactly("GRANT_NOT_SIGNED");
	}

	@ParameterizedTest
	@ValueSource(strings = { "ES256", "RS256", "EdDSA" })
	void executeWhenAnApproverHasSignedThenBodyRuns(String algorithm) throws IOException {
		Signer signer = Signer.of("alice", algorithm);
		write(Signer.trustFile(signer.entry(List.of(), null)));
		run(trust().build(), signer.sign(statement("alice")));
		assertThat(this.runs).isOne();
		assertThat(this.revoked).isEmpty();
	}

	@Test
	void executeWhenNobodyHasSignedThenRefused() {
		assertRefused(trust().build(), "signed by nobody");
	}

	@Test
	void executeWhenActionIsNotNamedThenBodyRunsUnsigned() {
		run(SignedGrants.builder(this.file).actions("file.*", "payment").build());
		assertThat(this.runs).isOne();
	}

	@Test
	void executeWhenAsynchronousThenRefusedAndBodyDoesNotRun() {
		try (AgentOtpClient client = AgentOtpClient.builder()
			.apiKey("ak_test_0123456789")
			.baseUrl("http://localhost:1")
			.transport(new Answering(grant(List.of()), this.revoked))
			.grantVerifier(trust().build())
			.build()) {
			assertThat(client.async().executeWithPermission(REQUEST, (permission) -> {
				this.runs++;
				return CompletableFuture.completedFuture("");
			})).failsWithin(Duration.ofSeconds(30))
				.withThrowableThat()
				.havingRootCause()
				.isInstanceOf(UnsignedGrantException.class);
		}
		assertThat(this.runs).isZero();
	}

	record Forgery(String words, Map<String, Object> proof) {

		@Override
		public String toString() {
			return this.words;
		}

	}

	static Stream<Forgery> forgeries() {
		return Stream.of(new Forgery("does not approve", ALICE.sign(statement((all) -> all.put("decision", "deny")))),
				new Forgery("another permission", ALICE.sign(statement((all) -> all.put("permission", "p2")))),
				new Forgery("another action", ALICE.sign(statement((all) -> all.put("action", "payment.pay")))),
				new Forgery("another resource", ALICE.sign(statement((all) -> all.put("resource", "order:43")))),
				new Forgery("another resource", ALICE.sign(statement((all) -> all.put("resource", null)))),
				new Forgery("another call",
						ALICE.sign(statement((all) -> all.put("callDigest", "sha256:" + "cd".repeat(32))))),
				new Forgery("another call", ALICE.sign(statement((all) -> all.put("callDigest", null)))),
				new Forgery("grants less",
						ALICE.sign(statement((all) -> all.put("grantedScope", Map.of("max_amount", 49))))),
				new Forgery("grants less",
						ALICE.sign(statement(
								(all) -> all.put("grantedScope", Map.of("max_amount", 50, "currency", "EUR"))))),
				new Forgery("no granted scope", ALICE.sign(statement((all) -> all.remove("grantedScope")))),
				new Forgery("no granted scope", ALICE.sign(statement((all) -> all.put("grantedScope", List.of())))),
				new Forgery("no nonce", ALICE.sign(statement((all) -> all.remove("nonce")))),
				new Forgery("from the future", ALICE.sign(statement((all) -> all.put("at", "2026-06-01T12:01:01Z")))),
				new Forgery("older than 1h", ALICE.sign(statement((all) -> all.put("at", "2026-06-01T10:59:59Z")))),
				new Forgery("older than the credential",
						ALICE.sign(statement((all) -> all.put("at", "2025-12-31T23:59:58Z")))),
				new Forgery("no moment", ALICE.sign(statement((all) -> all.put("at", "yesterday")))),
				new Forgery("version", ALICE.sign(statement((all) -> all.put("v", 2)))),
				new Forgery("version", ALICE.sign(statement((all) -> all.put("v", "1")))),
				new Forgery("not that of alice", ALICE.sign(statement("bob"))),
				new Forgery("not one JSON object", ALICE.sign("[]")),
				new Forgery("not one JSON object",
						ALICE.sign(Signer.json(statement("alice")).replace("{\"v\":1,", "{\"v\":1,\"v\":1,"))),
				new Forgery("does not have", with(ALICE.sign(statement("alice")), "credentialId", "dW5rbm93bg")),
				new Forgery("not that of bob's credential",
						with(ALICE.sign(statement("alice")), "credentialId", BOB.credentialId)),
				new Forgery("not among those",
						with(ALICE.sign(statement("alice")), "statement",
								Signer.json(statement((all) -> all.put("permission", "p2"))))),
				new Forgery("something else was signed",
						with(ALICE.sign(statement("alice")), "statements",
								List.of(Signer.hash(Signer.json(statement("alice"))), "00".repeat(32)))),
				new Forgery("no list of hashes", with(ALICE.sign(statement("alice")), "statements", List.of("\""))),
				new Forgery("no list of hashes", with(ALICE.sign(statement("alice")), "statements", "")),
				new Forgery("not that of alice's credential",
						with(ALICE.sign(statement("alice")), "signature", "AAAA")),
				new Forgery("not that of alice's credential",
						with(ALICE.sign(statement("alice")), "signature", "MAYCAQACAQA")),
				new Forgery("'signature' is not base64url", with(ALICE.sign(statement("alice")), "signature", "=")),
				new Forgery("no text 'signature'", with(ALICE.sign(statement("alice")), "signature", 1)),
				new Forgery("no text 'credentialId'", Map.of()),
				new Forgery("no moment", ALICE.sign(statement((all) -> all.put("at", "+1000000000-12-31T23:59:59Z")))),
				new Forgery("another relying party", signer((signer) -> signer.rpId = "evil.example.com")),
				new Forgery("another relying party",
						with(ALICE.sign(statement("alice")), "authenticatorData", Signer.encode(new byte[36]))),
				new Forgery("not verified its user", signer((signer) -> signer.flags = 0x01)),
				new Forgery("not verified its user", signer((signer) -> signer.flags = 0x04)),
				new Forgery("another origin",
						signer((signer) -> signer.client.put("origin", "https://otp.example.com.evil.com"))),
				new Forgery("no signature of a decision",
						signer((signer) -> signer.client.put("type", "webauthn.create"))),
				new Forgery("inside a page", signer((signer) -> signer.client.put("crossOrigin", true))),
				new Forgery("inside a page", signer((signer) -> signer.client.put("topOrigin", "https://evil.com"))),
				new Forgery("something else was signed", signer((signer) -> signer.client.put("challenge", "AAAA"))));
	}

	private static Map<String, Object> signer(Consumer<Signer> change) {
		Signer other = ALICE.copy();
		change.accept(other);
		return other.sign(statement("alice"));
	}

	private static Map<String, Object> with(Map<String, Object> proof, String name, Object value) {
		proof.put(name, value);
		return proof;
	}

	@ParameterizedTest
	@MethodSource("forgeries")
	void executeWhenProofIsForgedThenRefusedWithWords(Forgery forgery) {
		assertRefused(trust().build(), forgery.words(), forgery.proof());
	}

	@Test
	void executeWhenAnyByteOfTheProofIsAnotherThenRefused() {
		Map<String, Object> proof = ALICE.sign(statement("alice"));
		SignedGrants trust = trust().build();
		for (String part : List.of("authenticatorData", "clientDataJSON", "signature")) {
			byte[] bytes = Base64.getUrlDecoder().decode((String) proof.get(part));
			for (int index = 0; index < bytes.length; index++) {
				byte[] changed = bytes.clone();
				changed[index] ^= 1;
				Map<String, Object> other = with(new LinkedHashMap<>(proof), part, Signer.encode(changed));
				assertThatExceptionOfType(UnsignedGrantException.class).as(part + " " + index)
					.isThrownBy(() -> trust.verify(REQUEST, permission(other)));
			}
		}
		String statement = (String) proof.get("statement");
		for (int index = 0; index < statement.length(); index++) {
			char[] changed = statement.toCharArray();
			changed[index] ^= 1;
			Map<String, Object> other = with(new LinkedHashMap<>(proof), "statement", new String(changed));
			assertThatExceptionOfType(UnsignedGrantException.class)
				.isThrownBy(() -> trust.verify(REQUEST, permission(other)));
		}
		trust.verify(REQUEST, permission(proof));
	}

	private Permission permission(Object... proofs) {
		try (AgentOtpClient client = AgentOtpClient.builder()
			.apiKey("ak_test_0123456789")
			.baseUrl("http://localhost:1")
			.transport(new Answering(grant(List.of(proofs)), this.revoked))
			.build()) {
			return client.getPermission("p1");
		}
	}

	private static Map<String, Object> granting(String approver, Object scope) {
		Map<String, Object> statement = statement(approver);
		statement.put("grantedScope", scope);
		return statement;
	}

	@Test
	void executeWhenScopeIsTheSignedOneInAnotherSpellingThenBodyRuns() {
		Map<String, Object> grant = grant(
				List.of(ALICE.sign(granting("alice", Map.of("max_amount", Map.of("$number", "49.00"))))));
		grant.put("scope", Map.of("max_amount", 49));
		execute(trust().build(), REQUEST, grant);
		assertThat(this.runs).isOne();
	}

	@Test
	void executeWhenOthersSignedAWiderScopeThenTheOneThatSignedTheGrantedScopeSuffices() {
		SignedGrants trust = trust().quorum(2).groups(List.of()).build();
		Map<String, Object> grant = grant(
				List.of(ALICE.sign(statement("alice")), BOB.sign(granting("bob", Map.of("max_amount", 20)))));
		grant.put("scope", Map.of("max_amount", 20));
		execute(trust, REQUEST, grant);
		assertThat(this.runs).isOne();
	}

	static Stream<Map<String, Object>> unsignedScopes() {
		return Stream.of(Map.of("max_amount", 49, "dry_run", true), Map.of("max_amount", 50, "dry_run", false),
				Map.of("max_amount", 50, "dry_run", true, "recipient", "thief"));
	}

	@ParameterizedTest
	@MethodSource("unsignedScopes")
	void executeWhenTheServiceChangesTheSignedScopeThenRefused(Map<String, Object> scope) {
		Map<String, Object> signed = Map.of("max_amount", 50, "dry_run", true);
		PermissionRequest request = PermissionRequest.builder("payment.refund")
			.resource("order:42")
			.scope(signed)
			.build()
			.withCall(Map.of("target", Map.of("tool", "refund"), "arguments", List.of()), DIGEST);
		Map<String, Object> grant = grant(List.of(ALICE.sign(granting("alice", signed))));
		grant.put("scope", scope);
		SignedGrants trust = trust().build();
		assertThatExceptionOfType(UnsignedGrantException.class).isThrownBy(() -> execute(trust, request, grant))
			.withMessageContaining("signed as it is");
		assertThat(this.runs).isZero();
		grant.put("scope", signed);
		execute(trust, request, grant);
		assertThat(this.runs).isOne();
	}

	@Test
	void verifyWhenTheGrantNamesAnotherActionThenRefused() {
		Map<String, Object> grant = grant(List.of(ALICE.sign(statement("alice"))));
		grant.put("action", "other");
		SignedGrants trust = trust().build();
		try (AgentOtpClient client = AgentOtpClient.builder()
			.apiKey("ak_test_0123456789")
			.baseUrl("http://localhost:1")
			.transport(new Answering(grant, this.revoked))
			.build()) {
			Permission permission = client.getPermission("p1");
			assertThatExceptionOfType(UnsignedGrantException.class).isThrownBy(() -> trust.verify(REQUEST, permission))
				.withMessageContaining("another action");
		}
	}

	@Test
	void executeWhenOneOfABatchThenBodyRuns() {
		Signer signer = ALICE.copy();
		signer.others = List.of("11".repeat(32), "22".repeat(32));
		run(trust().build(), signer.sign(statement("alice")));
		assertThat(this.runs).isOne();
	}

	@Test
	void executeWhenQuorumIsTwoThenTwoPeopleMustHaveSigned() {
		SignedGrants trust = trust().quorum(2).build();
		assertRefused(trust, "signed by 2 approvers, and 1 of this one counts", ALICE.sign(statement("alice")),
				ALICE.sign(statement((all) -> all.put("nonce", "b3RoZXI"))));
		run(trust, ALICE.sign(statement("alice")), BOB.sign(statement("bob")));
		assertThat(this.runs).isOne();
	}

	@Test
	void executeWhenOnlyAGroupCountsThenOthersDoNot() {
		SignedGrants trust = trust().groups(List.of("finance")).build();
		assertRefused(trust, "in none of the groups", BOB.sign(statement("bob")));
		run(trust, BOB.sign(statement("bob")), ALICE.sign(statement("alice")));
		assertThat(this.runs).isOne();
	}

	@Test
	void executeWhenSignedLongAgoThenRefusedByMaxAge() {
		SignedGrants trust = trust().maxAge(Duration.ofMinutes(5)).build();
		this.now = Instant.parse("2026-06-01T12:04:31Z");
		assertRefused(trust, "older than 5m", ALICE.sign(statement("alice")));
	}

	@Test
	void executeWhenOriginsAreSetThenThoseOfTheFileDoNotCount() {
		assertRefused(trust().origins(List.of("https://other.example.com")).build(), "another origin",
				ALICE.sign(statement("alice")));
	}

	@ParameterizedTest
	@CsvSource({ "http://localhost:9412, localhost, true", "http://localhost, localhost, true",
			"http://localhost.evil.com, localhost, false", "https://otp.example.com, localhost, false",
			"http://localhost:9412, otp.example.com, false" })
	void executeWhenFileHasNoOriginsThenOnlyThisMachineCounts(String origin, String rpId, boolean accepted)
			throws IOException {
		Signer signer = ALICE.copy();
		signer.rpId = rpId;
		signer.client.put("origin", origin);
		write(Signer.trustFile(ALICE.entry(List.of(), null))
			.replace("[\"" + Signer.ORIGIN + "\"]", "[]")
			.replace("\"rpId\":\"" + Signer.RP_ID, "\"rpId\":\"" + rpId));
		SignedGrants trust = trust().build();
		if (accepted) {
			run(trust, signer.sign(statement("alice")));
			assertThat(this.runs).isOne();
		}
		else {
			assertRefused(trust, "another origin", signer.sign(statement("alice")));
		}
	}

	@Test
	void executeWhenGrantIsReplayedThenBodyRunsOnce() {
		SignedGrants trust = trust().build();
		Map<String, Object> proof = ALICE.sign(statement("alice"));
		run(trust, proof);
		assertThatExceptionOfType(UnsignedGrantException.class).isThrownBy(() -> run(trust, proof))
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("GRANT_REPLAYED"));
		assertThat(this.runs).isOne();
		// It is forgotten only when the signature is too old.
		this.now = this.now.plus(Duration.ofMinutes(61)).plusSeconds(1);
		assertThatExceptionOfType(UnsignedGrantException.class).isThrownBy(() -> run(trust, proof))
			.withMessageContaining("older than 1h");
		assertThat(this.runs).isOne();
	}

	@Test
	void executeWhenKeyIsRevokedWhileRunningThenRefused() throws IOException {
		SignedGrants trust = trust().build();
		write(Signer.trustFile(ALICE.entry(List.of(), "2026-06-01T11:00:00Z"), BOB.entry(List.of(), null)));
		assertRefused(trust, "credential of alice that is revoked", ALICE.sign(statement("alice")));
		run(trust, BOB.sign(statement("bob")));
		assertThat(this.runs).isOne();
	}

	@Test
	void executeWhenKeyIsAddedWhileRunningThenBodyRuns() throws IOException {
		SignedGrants trust = trust().build();
		Signer carol = Signer.of("carol");
		write(Signer.trustFile(carol.entry(List.of(), null)));
		run(trust, carol.sign(statement("carol")));
		assertThat(this.runs).isOne();
		assertThat(trust.problem()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "{", "[]", "{\"v\":2}", "{\"v\":1}" })
	void executeWhenNewFileIsBrokenThenOldOneStaysInForceAndItIsTold(String content) throws IOException {
		SignedGrants trust = trust().build();
		write(content);
		run(trust, ALICE.sign(statement("alice")));
		assertThat(this.runs).isOne();
		assertThat(trust.problem()).hasValueSatisfying((problem) -> assertThat(problem).contains("trust.json"));
		write(Signer.trustFile(BOB.entry(List.of(), null)));
		assertThat(trust.problem()).isEmpty();
	}

	@Test
	void executeWhenFileIsGoneThenOldOneStaysInForceAndItIsTold() throws IOException {
		SignedGrants trust = trust().build();
		Files.delete(this.file);
		assertThat(trust.problem()).hasValueSatisfying((problem) -> assertThat(problem).contains("is not there"));
		assertRefused(trust, "signed by nobody");
	}

	@Test
	void executeWhenFileIsRewrittenInPlaceThenNewOneIsInForce() throws IOException {
		SignedGrants trust = trust().build();
		Files.writeString(this.file, Signer.trustFile(BOB.entry(List.of(), null)));
		Files.setLastModifiedTime(this.file, FileTime.from(Instant.parse("2030-01-01T00:00:00Z")));
		assertRefused(trust, "does not have", ALICE.sign(statement("alice")));
	}

	@Test
	void executeWhenFileCouldNotBeReadForAMomentThenItIsReadAgainThoughNothingTellsSo() throws IOException {
		SignedGrants trust = trust().build();
		String revoked = Signer.trustFile(ALICE.entry(List.of(), "2026-06-01T11:00:00Z"));
		FileTime time = FileTime.from(Instant.parse("2030-01-01T00:00:00Z"));
		rewrite("x".repeat(revoked.length()), time);
		assertThat(trust.problem()).isPresent();
		rewrite(revoked, time);
		this.now = this.now.plusSeconds(10);
		assertRefused(trust, "is revoked", ALICE.sign(statement("alice")));
		assertThat(trust.problem()).isEmpty();
	}

	private void rewrite(String content, FileTime time) throws IOException {
		Files.writeString(this.file, content);
		Files.setLastModifiedTime(this.file, time);
	}

	static Stream<UnaryOperator<SignedGrants.Builder>> wrongSettings() {
		return Stream.of((trust) -> trust.actions(), (trust) -> trust.actions(" "),
				(trust) -> trust.actions("\"*.delete\""), (trust) -> trust.actions("'*.delete'"),
				(trust) -> trust.actions("a.*,b.*"), (trust) -> trust.actions("a.*", " b.*"),
				(trust) -> trust.quorum(0), (trust) -> trust.maxAge(Duration.ZERO),
				(trust) -> trust.maxAge(Duration.ofSeconds(Long.MAX_VALUE)),
				(trust) -> trust.groups(List.of("fianance")));
	}

	@ParameterizedTest
	@MethodSource("wrongSettings")
	void buildWhenSettingIsWrongThenRefused(UnaryOperator<SignedGrants.Builder> change) {
		assertThatIllegalArgumentException().isThrownBy(() -> change.apply(trust()).build());
	}

	@Test
	void buildWhenFewerPeopleThanTheQuorumHaveKeysThenRefused() throws IOException {
		assertThatIllegalArgumentException().isThrownBy(() -> trust().quorum(3).build())
			.withMessageContaining("keys of 2 approvers");
		assertThatIllegalArgumentException().isThrownBy(() -> trust().quorum(2).groups(List.of("finance")).build())
			.withMessageContaining("keys of 1 approvers");
		write(Signer.trustFile());
		assertThatIllegalArgumentException().isThrownBy(() -> trust().build())
			.withMessageContaining("keys of 0 approvers");
	}

	@Test
	void buildWhenFileIsMissingThenRefused() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> SignedGrants.builder(this.directory.resolve("none.json")).actions("*").build())
			.withMessageContaining("is not there");
	}

	@Test
	void buildWhenKeyIsNoneOfItsAlgorithmThenRefused() throws IOException {
		for (String algorithm : List.of("RS256", "EdDSA", "ES384", "none")) {
			write(Signer.trustFile(ALICE.entry(List.of(), null)).replace("\"ES256\"", "\"" + algorithm + "\""));
			assertThatIllegalArgumentException().isThrownBy(() -> trust().build()).withMessageContaining("alice");
		}
	}

	@Test
	void buildWhenCredentialIsThereTwiceThenRefused() throws IOException {
		String file = Signer.trustFile(ALICE.entry(List.of(), null), BOB.entry(List.of(), null));
		write(file.replace(BOB.credentialId, ALICE.credentialId));
		assertThatIllegalArgumentException().isThrownBy(() -> trust().build()).withMessageContaining("twice");
	}

	@Test
	void isRequiredWhenPatternThenMatchesWholeAction() {
		SignedGrants trust = trust().actions("payment.*", "*.delete", "exact").build();
		assertThat(Stream.of("payment.refund", "payment.", "file.delete", "exact").allMatch(trust::isRequired))
			.isTrue();
		assertThat(Stream.of("payment", "xpayment.refund", "file.deleted", "exactly", "paymentXrefund")
			.noneMatch(trust::isRequired)).isTrue();
	}

	@Test
	void verifyWhenCalledTwiceThenChangesNothing() {
		SignedGrants trust = trust().build();
		Permission permission = permission(ALICE.sign(statement("alice")));
		assertThatNoException().isThrownBy(() -> {
			trust.verify(REQUEST, permission);
			trust.verify(REQUEST, permission);
		});
	}

	/** Answers each request with one permission. */
	private record Answering(Map<String, Object> grant, List<String> revoked) implements HttpTransport {

		@Override
		public TransportResponse send(TransportRequest request, Duration timeout) {
			String path = request.uri().getPath();
			Object answer = this.grant;
			if (path.endsWith("/revoke")) {
				String body = new String(request.body(), StandardCharsets.UTF_8);
				Stream.of("GRANT_NOT_SIGNED", "GRANT_REPLAYED", "GRANT_MISMATCH")
					.filter(body::contains)
					.forEach(this.revoked::add);
				answer = Map.of("success", true, "revokedAt", "2026-06-01T12:00:00Z");
			}
			else if (path.endsWith("/use")) {
				answer = Map.of("success", true, "usesRemaining", 0);
			}
			return new TransportResponse(200, Map.of(), Signer.json(answer).getBytes(StandardCharsets.UTF_8));
		}

		@Override
		public void close() {
			// Nothing is open.
		}

	}

}
