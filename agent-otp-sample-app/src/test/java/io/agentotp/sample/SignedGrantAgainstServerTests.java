package io.agentotp.sample;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

import io.agentotp.server.AgentOtpServer;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.passkey.PasskeyRegistrations;
import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.boot.autoconfigure.AgentOtpAutoConfiguration;
import io.agentotp.spring.boot.autoconfigure.AgentOtpMethodAutoConfiguration;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.MediaType;
import org.springframework.test.util.ReflectionTestUtils;
import org.springframework.util.FileSystemUtils;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The robbery: somebody has the service's database and its token secret, and approves
 * with a service of their own. A guard that knows the approvers' public keys does not
 * run; one that believes the service does.
 */
class SignedGrantAgainstServerTests {

	private static final String SECRET = "the-token-secret-of-the-robbed-service-0123456789";

	private static final String AGENT_KEY = "ak_live_bank-key-of-the-robbery-0123456789";

	private static final String ALICE_KEY = "uk_alice-key-of-the-honest-0123456789";

	private static final String THIEF_KEY = "uk_thief-key-in-the-name-of-alice-01234";

	private static final String ADMIN_KEY = "uk_admin-key-of-the-honest-0123456789";

	private static final JsonMapper JSON = JsonMapper.shared();

	@TempDir
	private Path directory;

	private @Nullable ConfigurableApplicationContext service;

	private Path trust;

	private final Device device = Device.create();

	@BeforeEach
	void startTheHonestService() throws IOException {
		start("honest", ALICE_KEY, "stepUp: passkey");
		this.device.enrol(registrations(), "alice");
		this.trust = Files.writeString(this.directory.resolve("trust.json"),
				http(ADMIN_KEY).get().uri("/trust").retrieve().body(String.class));
	}

	@AfterEach
	void stop() {
		if (this.service != null) {
			this.service.close();
		}
	}

	private void start(String directory, String aliceKey, String routing) throws IOException {
		Path policies = Files.writeString(this.directory.resolve(directory + ".yml"), """
				policies:
				  - name: payments
				    conditions:
				      action: { equals: payment.pay }
				    action: require_approval
				    %s
				""".formatted(routing));
		Path home = this.directory.resolve(directory);
		SpringApplication application = new SpringApplication(Host.class);
		application.setDefaultProperties(Map.of("spring.config.location", "optional:classpath:/none.yml"));
		this.service = application.run("--server.port=0", "--logging.level.root=warn",
				"--agentotp.server.datasource.url=jdbc:h2:file:" + home.resolve("db"),
				"--agentotp.server.datasource.username=sa", "--agentotp.server.datasource.password=",
				"--agentotp.server.secret=" + SECRET, "--agentotp.server.policies.files=" + policies,
				"--agentotp.server.users.alice.api-key=" + aliceKey,
				"--agentotp.server.users.admin.api-key=" + ADMIN_KEY,
				"--agentotp.server.users.admin.roles=administrator,auditor",
				"--agentotp.server.agents.bank.api-key=" + AGENT_KEY, "--agentotp.api-key=" + AGENT_KEY);
	}

	/** The thief has a copy of the database and the secret, and any settings. */
	private void rob(String routing) throws IOException {
		stop();
		FileSystemUtils.copyRecursively(this.directory.resolve("honest"), this.directory.resolve("stolen"));
		start("stolen", THIEF_KEY, routing);
	}

	private String url() {
		return "http://localhost:" + ((WebServerApplicationContext) this.service).getWebServer().getPort()
				+ "/agent-otp";
	}

	private RestClient http(String key) {
		return RestClient.builder().baseUrl(url() + "/api/v1").defaultHeader("Authorization", "Bearer " + key).build();
	}

	private PasskeyRegistrations registrations() {
		return ((ApplicationContext) ReflectionTestUtils.invokeMethod(this.service.getBean(AgentOtpServer.class),
				"context"))
			.getBean(PasskeyRegistrations.class);
	}

	private void withBank(boolean trusting, Consumer<Bank> test) {
		ApplicationContextRunner runner = new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(AgentOtpAutoConfiguration.class, AgentOtpMethodAutoConfiguration.class))
			.withBean(Bank.class)
			.withPropertyValues("agentotp.base-url=" + url(), "agentotp.api-key=" + AGENT_KEY);
		if (trusting) {
			runner = runner.withPropertyValues("agentotp.trust.file=" + this.trust, "agentotp.trust.actions=payment.*");
		}
		runner.run((context) -> test.accept(context.getBean(Bank.class)));
	}

	private String waiting() {
		return Awaitility.await()
			.atMost(Duration.ofMinutes(1))
			.until(() -> http(ADMIN_KEY).get()
				.uri("/permissions?status=pending")
				.retrieve()
				.body(JsonNode.class)
				.at("/data/0/id")
				.asString(""), (id) -> !id.isEmpty());
	}

	private void decide(String key, String id, @Nullable Device signer) {
		Map<String, Object> decision = Map.of("approved", true);
		if (signer != null) {
			JsonNode challenge = post(key, "/permissions/" + id + "/challenge", decision).path("data");
			decision = Map.of("approved", true, "assertion", signer.sign(challenge));
		}
		post(key, "/permissions/" + id + "/decide", decision);
	}

	private JsonNode post(String key, String path, Object body) {
		return http(key).post()
			.uri(path)
			.contentType(MediaType.APPLICATION_JSON)
			.body(body)
			.retrieve()
			.body(JsonNode.class);
	}

	@Test
	void payWhenAliceSignsThenBodyRunsWithAndWithoutTrust() {
		for (boolean trusting : List.of(true, false)) {
			withBank(trusting, (bank) -> {
				CompletableFuture<String> paid = CompletableFuture.supplyAsync(() -> bank.pay("carol", 50));
				decide(ALICE_KEY, waiting(), this.device);
				assertThat(paid.join()).isEqualTo("paid 50 to carol");
				assertThat(bank.ran()).isOne();
			});
		}
	}

	@Test
	void payWhenTheThiefsPolicyApprovesThenOnlyTheGuardWithoutTrustRuns() throws IOException {
		rob("priority: 1\n  - name: mine\n    priority: 9\n    conditions: { action: { exists: true } }\n"
				+ "    action: auto_approve");
		withBank(true, (bank) -> {
			assertRefused(() -> bank.pay("thief", 1000), "signed by nobody");
			assertThat(bank.ran()).isZero();
		});
		withBank(false, (bank) -> {
			assertThat(bank.pay("thief", 1000)).isEqualTo("paid 1000 to thief");
			assertThat(bank.ran()).isOne();
		});
	}

	@Test
	void payWhenTheThiefApprovesInTheNameOfAliceThenOnlyTheGuardWithoutTrustRuns() throws IOException {
		rob("description: nobody need sign");
		for (boolean trusting : List.of(true, false)) {
			withBank(trusting, (bank) -> {
				CompletableFuture<String> paid = CompletableFuture.supplyAsync(() -> bank.pay("thief", 1000));
				decide(THIEF_KEY, waiting(), null);
				if (trusting) {
					assertRefused(() -> join(paid), "signed by nobody");
				}
				else {
					assertThat(paid.join()).isEqualTo("paid 1000 to thief");
				}
				assertThat(bank.ran()).isEqualTo(trusting ? 0 : 1);
			});
		}
	}

	@Test
	void payWhenTheThiefSignsWithAPasskeyAddedToAliceThenRefused() throws IOException {
		rob("stepUp: passkey");
		Device stranger = Device.create();
		stranger.enrol(registrations(), "alice");
		withBank(true, (bank) -> {
			CompletableFuture<String> paid = CompletableFuture.supplyAsync(() -> bank.pay("thief", 1000));
			decide(THIEF_KEY, waiting(), stranger);
			assertRefused(() -> join(paid), "a credential that the trust file does not have");
			assertThat(bank.ran()).isZero();
		});
	}

	private static void join(CompletableFuture<?> future) {
		try {
			future.join();
		}
		catch (CompletionException ex) {
			throw (RuntimeException) ex.getCause();
		}
	}

	private static void assertRefused(Runnable call, String words) {
		assertThatExceptionOfType(CallRefusedException.class).isThrownBy(call::run)
			.withMessageContaining(words)
			.satisfies((ex) -> assertThat(ex.code()).isEqualTo("GRANT_NOT_SIGNED"));
	}

	@EnableAutoConfiguration
	static class Host {

	}

	public static class Bank {

		private int ran;

		public int ran() {
			return this.ran;
		}

		@RequiresPermission(action = "payment.pay", resource = "account:#{#to}", scope = "{max_amount: #amount}",
				check = "#amount <= #granted['max_amount']")
		public String pay(String to, int amount) {
			this.ran++;
			return "paid " + amount + " to " + to;
		}

	}

	/** A passkey made of a key pair of the JDK's. */
	private record Device(byte[] id, KeyPair keys) {

		static Device create() {
			try {
				KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
				generator.initialize(new ECGenParameterSpec("secp256r1"));
				KeyPair keys = generator.generateKeyPair();
				return new Device(sha256(keys.getPublic().getEncoded()), keys);
			}
			catch (GeneralSecurityException ex) {
				throw new IllegalStateException(ex);
			}
		}

		void enrol(PasskeyRegistrations registrations, String person) {
			String challenge = registrations.options(person).path("challenge").stringValue();
			registrations.register(
					person, "Device", JSON.writeValueAsString(Map.of("attestationObject", text(attestation()),
							"clientDataJSON", text(client("webauthn.create", challenge)), "transports", List.of())),
					Actor.SYSTEM);
		}

		/** CBOR of fmt "none", no statement, and the authenticator data with the key. */
		private byte[] attestation() {
			ECPublicKey key = (ECPublicKey) this.keys.getPublic();
			ByteArrayOutputStream cose = new ByteArrayOutputStream();
			cose.writeBytes(new byte[] { (byte) 0xA5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32 });
			cose.writeBytes(unsigned(key.getW().getAffineX().toByteArray()));
			cose.writeBytes(new byte[] { 0x22, 0x58, 32 });
			cose.writeBytes(unsigned(key.getW().getAffineY().toByteArray()));
			byte[] data = ByteBuffer.allocate(37 + 16 + 2 + this.id.length + cose.size())
				.put(authenticator(0x45))
				.put(new byte[16])
				.putShort((short) this.id.length)
				.put(this.id)
				.put(cose.toByteArray())
				.array();
			ByteArrayOutputStream object = new ByteArrayOutputStream();
			object.write(0xA3);
			object.writeBytes("cfmtdnonegattStmt".getBytes(StandardCharsets.US_ASCII));
			object.write(0xA0);
			object.writeBytes("hauthData".getBytes(StandardCharsets.US_ASCII));
			object.write(0x58);
			object.write(data.length);
			object.writeBytes(data);
			byte[] bytes = object.toByteArray();
			// Texts begin with their length: 0x60 and 3, 4, 7 and 8.
			bytes[1] = 0x63;
			bytes[5] = 0x64;
			bytes[10] = 0x67;
			bytes[19] = 0x68;
			return bytes;
		}

		private static byte[] unsigned(byte[] number) {
			byte[] padded = new byte[32];
			int length = Math.min(32, number.length);
			System.arraycopy(number, number.length - length, padded, 32 - length, length);
			return padded;
		}

		Map<String, Object> sign(JsonNode challenge) {
			byte[] client = client("webauthn.get", challenge.at("/publicKey/challenge").stringValue());
			byte[] authenticator = authenticator(0x05);
			try {
				Signature signature = Signature.getInstance("SHA256withECDSA");
				signature.initSign(this.keys.getPrivate());
				signature.update(authenticator);
				signature.update(sha256(client));
				return Map.of("challengeId", challenge.path("challengeId").stringValue(), "credentialId", text(this.id),
						"authenticatorData", text(authenticator), "clientDataJSON", text(client), "signature",
						text(signature.sign()));
			}
			catch (GeneralSecurityException ex) {
				throw new IllegalStateException(ex);
			}
		}

		private static byte[] authenticator(int flags) {
			return ByteBuffer.allocate(37)
				.put(sha256("localhost".getBytes(StandardCharsets.UTF_8)))
				.put((byte) flags)
				.putInt(0)
				.array();
		}

		private static byte[] client(String type, String challenge) {
			return JSON.writeValueAsBytes(Map.of("type", type, "challenge", challenge, "origin",
					"http://localhost:8080", "crossOrigin", false));
		}

		private static byte[] sha256(byte[] bytes) {
			try {
				return MessageDigest.getInstance("SHA-256").digest(bytes);
			}
			catch (GeneralSecurityException ex) {
				throw new IllegalStateException(ex);
			}
		}

		private static String text(byte[] bytes) {
			return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
		}

	}

}
