package io.agentotp.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * An approver with a passkey, for applications that accept only signed grants
 * ({@code agentotp.trust}). It signs what a {@link FakeAgentOtp} is told to approve, at
 * the machine's time.
 *
 * <pre class="code">
 * static final TestApprover ALICE = TestApprover.named("alice", "finance");
 *
 * &#064;DynamicPropertySource
 * static void trust(DynamicPropertyRegistry properties) {
 *     properties.add("agentotp.trust.file", () -&gt; TestApprover.trustFile(ALICE));
 * }
 *
 * agentOtp.approveSigned("payment.refund", ALICE);
 * </pre>
 */
public final class TestApprover {

	private static final String RP_ID = "localhost";

	private static final String ORIGIN = "http://localhost";

	/** Authenticator data: the user was there, and was verified. */
	private static final byte PRESENT_AND_VERIFIED = 0x05;

	private static final JsonMapper JSON = JsonMapper.shared();

	private final String name;

	private final List<String> groups;

	private final String credentialId = encode(UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8));

	private final KeyPair keys;

	private TestApprover(String name, List<String> groups, KeyPair keys) {
		this.name = name;
		this.groups = groups;
		this.keys = keys;
	}

	/**
	 * Creates an approver with a new passkey.
	 * @param name the user name
	 * @param groups the groups
	 * @return the approver
	 */
	public static TestApprover named(String name, String... groups) {
		try {
			KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
			generator.initialize(new ECGenParameterSpec("secp256r1"));
			return new TestApprover(name, List.of(groups), generator.generateKeyPair());
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Writes a trust file with the keys of approvers.
	 * @param approvers who is trusted
	 * @return a new temporary file, which is removed at the end of the tests
	 */
	public static Path trustFile(TestApprover... approvers) {
		try {
			Path file = Files.createTempFile("agentotp-trust", ".json");
			file.toFile().deleteOnExit();
			return Files.writeString(file,
					JSON.writeValueAsString(Map.of("v", 1, "rpId", RP_ID, "origins", List.of(ORIGIN), "exportedAt",
							Instant.now().toString(), "approvers",
							Arrays.stream(approvers).map(TestApprover::entry).toList())));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private Map<String, Object> entry() {
		return Map.of("name", this.name, "groups", this.groups, "credentials",
				List.of(Map.of("id", this.credentialId, "publicKey", encode(this.keys.getPublic().getEncoded()),
						"algorithm", "ES256", "validFrom", Instant.EPOCH.toString())));
	}

	/**
	 * Signs the approval of a permission.
	 */
	Map<String, Object> sign(Map<String, @Nullable Object> permission) {
		Map<String, @Nullable Object> statement = new LinkedHashMap<>();
		statement.put("v", 1);
		statement.put("permission", permission.get("id"));
		statement.put("agent", "test");
		statement.put("callDigest", permission.get("callDigest"));
		statement.put("action", permission.get("action"));
		statement.put("resource", permission.get("resource"));
		statement.put("grantedScope", permission.get("scope"));
		statement.put("decision", "approve");
		statement.put("reason", null);
		statement.put("approver", this.name);
		statement.put("nonce", encode(sha256(UUID.randomUUID().toString())));
		statement.put("at", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
		return sign(JSON.writeValueAsString(statement));
	}

	private Map<String, Object> sign(String statement) {
		String hash = HexFormat.of().formatHex(sha256(statement));
		byte[] challenge = sha256("{\"statements\":[\"" + hash + "\"],\"type\":\"agent-otp-decisions\",\"v\":1}");
		byte[] client = JSON.writeValueAsBytes(
				Map.of("type", "webauthn.get", "challenge", encode(challenge), "origin", ORIGIN, "crossOrigin", false));
		byte[] authenticator = ByteBuffer.allocate(37).put(sha256(RP_ID)).put(PRESENT_AND_VERIFIED).putInt(0).array();
		return Map.of("statement", statement, "statements", List.of(hash), "credentialId", this.credentialId,
				"authenticatorData", encode(authenticator), "clientDataJSON", encode(client), "signature",
				encode(signature(authenticator, sha256(client))));
	}

	private byte[] signature(byte[]... parts) {
		try {
			Signature signature = Signature.getInstance("SHA256withECDSA");
			signature.initSign(this.keys.getPrivate());
			for (byte[] part : parts) {
				signature.update(part);
			}
			return signature.sign();
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static byte[] sha256(String text) {
		return sha256(text.getBytes(StandardCharsets.UTF_8));
	}

	private static byte[] sha256(byte[] bytes) {
		try {
			return MessageDigest.getInstance("SHA-256").digest(bytes);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String encode(byte[] bytes) {
		return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
	}

	/** Without the key. */
	@Override
	public String toString() {
		return "TestApprover[name=" + this.name + "]";
	}

}
