package io.agentotp.server;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.webauthn4j.converter.util.ObjectConverter;
import com.webauthn4j.data.attestation.authenticator.COSEKey;
import com.webauthn4j.data.attestation.authenticator.EC2COSEKey;
import com.webauthn4j.data.attestation.authenticator.RSACOSEKey;
import com.webauthn4j.data.attestation.statement.COSEAlgorithmIdentifier;
import io.agentotp.server.PasskeyDevice.Created;
import io.agentotp.server.PasskeyDevice.Signed;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.json.Json;
import io.agentotp.server.passkey.InvalidPasskeyException;
import io.agentotp.server.passkey.Passkey;
import io.agentotp.server.passkey.PasskeyAssertions;
import io.agentotp.server.passkey.PasskeyRegistrations;
import io.agentotp.server.passkey.Passkeys;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Tag("sql")
class PasskeyTests {

	private static final byte[] CHALLENGE = new byte[32];

	private static final String PAGE = "https://otp.example.com";

	private final TestServer server = TestServer.start("agentotp.server.public-url=" + PAGE + "/otp",
			"agentotp.server.passkeys.rp-id=example.com", "agentotp.server.passkeys.origins=" + PAGE);

	private final PasskeyDevice device = new PasskeyDevice(PAGE, 7);

	private final Passkeys passkeys = this.server.bean(Passkeys.class);

	private Passkey passkey;

	@BeforeEach
	void enrol() {
		this.passkey = this.device.enrol(this.server, "alice");
	}

	@AfterEach
	void stop() {
		this.server.close();
	}

	private Passkey verify(byte[] challenge, @Nullable String person, Signed signed) {
		return this.server.bean(PasskeyAssertions.class)
			.verify(challenge, person, signed.credentialId(), signed.authenticatorData(), signed.clientDataJson(),
					signed.signature());
	}

	private void refused(byte[] challenge, String person, Signed signed, String reason) {
		Passkey before = this.passkeys.find(this.passkey.credentialId()).orElseThrow();
		assertThatExceptionOfType(InvalidPasskeyException.class).isThrownBy(() -> verify(challenge, person, signed))
			.withMessageContaining(reason);
		assertThat(this.passkeys.find(this.passkey.credentialId())).contains(before);
	}

	private ObjectNode options(byte[] challenge) {
		return this.server.bean(PasskeyAssertions.class).options("alice", challenge);
	}

	@Test
	void verifyWhenSignedThenPasskeyOfPersonIsUsed() {
		Signed signed = this.device.sign(this.server, "alice", CHALLENGE);
		assertThat(verify(CHALLENGE, "alice", signed).credentialId()).isEqualTo(this.passkey.credentialId());
		assertThat(this.passkeys.of("alice")).singleElement().satisfies((used) -> {
			assertThat(used.signCount()).isEqualTo(9);
			assertThat(used.lastUsedAt()).isEqualTo(this.server.clock.instant().truncatedTo(ChronoUnit.MICROS));
			assertThat(used.algorithm()).isEqualTo("ES256");
		});
		// Of several decisions that are signed at once, each looks at it.
		assertThat(verify(CHALLENGE, null, signed).person()).isEqualTo("alice");
	}

	@Test
	void verifyWhenForgedThenRefusedWithReason() {
		byte[] other = new byte[32];
		other[0] = 1;
		Signed signed = this.device.sign(this.server, "alice", CHALLENGE);
		refused(other, "alice", signed, "signed something else");
		refused(CHALLENGE, "bob", signed, "belongs to another user");
		refused(CHALLENGE, "alice",
				new Signed("AAAA", signed.authenticatorData(), signed.clientDataJson(), signed.signature()),
				"does not know");
		refused(CHALLENGE, "alice",
				this.device.sign((ObjectNode) options(CHALLENGE).put("userVerification", "discouraged")),
				"did not verify you");
		refused(CHALLENGE, "alice", this.device.at("https://otp.example.org").sign(options(CHALLENGE)), "another page");
		refused(CHALLENGE, "alice", this.device.at("https://example.com").sign(options(CHALLENGE)), "another page");
		Signed latest = this.device.at(PAGE).sign(options(CHALLENGE));
		refused(CHALLENGE, "alice", new Signed(latest.credentialId(), latest.authenticatorData(),
				latest.clientDataJson(), signed.signature()), "The signature");
		verify(CHALLENGE, "alice", latest);
		refused(CHALLENGE, "alice", signed, "counted backwards");
	}

	@Test
	void verifyWhenOfAnotherServiceThenRefused() {
		PasskeyDevice elsewhere = new PasskeyDevice(PAGE);
		ObjectNode creation = this.server.bean(PasskeyRegistrations.class).options("alice");
		creation.putObject("rp").put("id", "other.example").put("name", "x");
		Created created = elsewhere.create(creation);
		assertThatExceptionOfType(InvalidPasskeyException.class).isThrownBy(() -> register("alice", created))
			.withMessageContaining("another service");
		String id = this.passkey.credentialId();
		this.server.jdbc()
			.sql("UPDATE agentotp_passkey SET credential_id = ? WHERE credential_id = ?")
			.params(created.credentialId(), id)
			.update();
		// Nobody moves a passkey in the database, either.
		assertThatExceptionOfType(InvalidPasskeyException.class)
			.isThrownBy(
					() -> verify(CHALLENGE, "alice", elsewhere.sign(options(CHALLENGE).put("rpId", "other.example"))))
			.withMessageContaining("does not know");
	}

	private Passkey register(String person, Created created) {
		return this.server.bean(PasskeyRegistrations.class)
			.register(person, "Phone", created.json(), Actor.user(person, null));
	}

	@Test
	void registerWhenForgedThenRefused() {
		PasskeyDevice other = new PasskeyDevice(PAGE);
		ObjectNode options = this.server.bean(PasskeyRegistrations.class).options("bob");
		Created good = other.create(options);
		assertThatExceptionOfType(InvalidPasskeyException.class)
			.isThrownBy(() -> register("bob", other.create(options.deepCopy().put("challenge", "AAAA"))))
			.withMessageContaining("open for too long");
		// Nobody has a passkey made for another person.
		assertThatExceptionOfType(InvalidPasskeyException.class).isThrownBy(() -> register("alice", good))
			.withMessageContaining("open for too long");
		assertThatExceptionOfType(InvalidPasskeyException.class).isThrownBy(() -> register("bob", good.unverified()))
			.withMessageContaining("did not verify you");
		assertThatExceptionOfType(InvalidPasskeyException.class)
			.isThrownBy(() -> register("bob", other.at("https://otp.example.com:8443").create(options)))
			.withMessageContaining("another page");
		assertThat(this.passkeys.of("bob")).isEmpty();
		assertThat(register("bob", good).transports()).containsExactly("usb");
		assertThatExceptionOfType(ConflictException.class).isThrownBy(() -> register("bob", good))
			.withMessageContaining("known already");
	}

	@Test
	void registerWhenGuardsWouldNotTakeTheKeyThenRefused() throws GeneralSecurityException {
		KeyPairGenerator rsa = KeyPairGenerator.getInstance("RSA");
		rsa.initialize(1024);
		KeyPairGenerator curve = KeyPairGenerator.getInstance("EC");
		curve.initialize(new ECGenParameterSpec("secp384r1"));
		KeyPairGenerator strong = KeyPairGenerator.getInstance("RSA");
		strong.initialize(2048);
		for (COSEKey key : List.of(
				RSACOSEKey.create((RSAPublicKey) rsa.generateKeyPair().getPublic(), COSEAlgorithmIdentifier.RS256),
				EC2COSEKey.create((ECPublicKey) curve.generateKeyPair().getPublic(), COSEAlgorithmIdentifier.ES256))) {
			assertThatExceptionOfType(InvalidPasskeyException.class).isThrownBy(() -> registerKey(key))
				.withMessageContaining("too weak");
		}
		assertThat(this.passkeys.of("bob")).isEmpty();
		assertThat(registerKey(
				RSACOSEKey.create((RSAPublicKey) strong.generateKeyPair().getPublic(), COSEAlgorithmIdentifier.RS256))
			.algorithm()).isEqualTo("RS256");
	}

	// As a program makes it that is no authenticator.
	private Passkey registerKey(COSEKey key) throws GeneralSecurityException {
		ObjectMapper cbor = new ObjectConverter().getCborMapper();
		PasskeyRegistrations registrations = this.server.bean(PasskeyRegistrations.class);
		byte[] id = new byte[16];
		byte[] cose = cbor.writeValueAsBytes(key);
		byte[] data = ByteBuffer.allocate(55 + id.length + cose.length)
			.put(MessageDigest.getInstance("SHA-256").digest("example.com".getBytes(StandardCharsets.UTF_8)))
			.put((byte) 0x45)
			.putInt(0)
			.put(new byte[16])
			.putShort((short) id.length)
			.put(id)
			.put(cose)
			.array();
		Map<String, Object> attestation = new LinkedHashMap<>();
		attestation.put("fmt", "none");
		attestation.put("attStmt", Map.of());
		attestation.put("authData", data);
		ObjectNode client = Json.object()
			.put("type", "webauthn.create")
			.put("challenge", registrations.options("bob").path("challenge").stringValue())
			.put("origin", PAGE);
		return registrations.register("bob", "Program",
				Json.write(Json.object()
					.put("clientDataJSON", SoftPasskey.base64(Json.write(client).getBytes(StandardCharsets.UTF_8)))
					.put("attestationObject", SoftPasskey.base64(cbor.writeValueAsBytes(attestation)))),
				Actor.user("bob", null));
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "", "!", "AAAA", "AAAAA", "oA", "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YUA", "e30", "_____w" })
	void verifyWhenUnreadableThenRefused(String text) {
		Signed signed = this.device.sign(this.server, "alice", CHALLENGE);
		refused(CHALLENGE, "alice",
				new Signed(signed.credentialId(), text, signed.clientDataJson(), signed.signature()), "cannot be read");
		refused(CHALLENGE, "alice",
				new Signed(signed.credentialId(), signed.authenticatorData(), text, signed.signature()),
				"cannot be read");
		assertThatExceptionOfType(InvalidPasskeyException.class)
			.isThrownBy(() -> register("alice", new Created("", text, text)));
		ObjectNode options = this.server.bean(PasskeyRegistrations.class).options("bob");
		assertThatExceptionOfType(InvalidPasskeyException.class)
			.isThrownBy(() -> register("bob", new Created("", text, this.device.create(options).clientDataJson())))
			.withMessageContaining("cannot be read");
	}

	@Test
	void revokeWhenUsedThenRefusedAndOnRecord() {
		Signed signed = this.device.sign(this.server, "alice", CHALLENGE);
		this.passkeys.revoke("alice", this.passkey.credentialId(), Actor.user("admin", null));
		refused(CHALLENGE, "alice", signed, "was revoked");
		assertThat(this.passkeys.of("alice")).isEmpty();
		assertThat(this.passkeys.all()).singleElement()
			.satisfies((revoked) -> assertThat(revoked.revokedBy()).isEqualTo("user:admin"));
		assertThat(this.server.auditor().get("/audit/verify").data().path("problems")).isEmpty();
	}

	@Test
	void verifyWhenChangedInDatabaseThenUnknownAndFound() {
		Signed signed = this.device.sign(this.server, "alice", CHALLENGE);
		this.server.jdbc().sql("UPDATE agentotp_passkey SET person = 'bob'").update();
		refusedAsUnknown("bob", signed);
		this.server.jdbc().sql("UPDATE agentotp_passkey SET person = 'alice'").update();
		this.passkeys.revoke("alice", this.passkey.credentialId(), Actor.SYSTEM);
		this.server.jdbc().sql("UPDATE agentotp_passkey SET revoked_at = NULL").update();
		refusedAsUnknown("alice", signed);
		assertThat(this.server.auditor().get("/audit/verify").data().path("problems")).asString()
			.contains("Passkey " + this.passkey.credentialId());
	}

	private void refusedAsUnknown(String person, Signed signed) {
		assertThatExceptionOfType(InvalidPasskeyException.class).isThrownBy(() -> verify(CHALLENGE, person, signed))
			.withMessageContaining("does not know");
	}

}
