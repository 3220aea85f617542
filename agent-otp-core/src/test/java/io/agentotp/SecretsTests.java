package io.agentotp;

import java.io.IOException;
import java.io.Serializable;
import java.lang.reflect.Modifier;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.read.ListAppender;
import io.agentotp.transport.TransportRequest;
import io.agentotp.transport.TransportResponse;
import org.assertj.core.util.Throwables;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * A key and a token go into requests and nowhere else, whatever the service says.
 */
class SecretsTests {

	private static final String KEY = "ak_test_s3cr3tKeyThatNobodyMaySee";

	/** With the characters of both Base64 alphabets. */
	private static final String SECRET = "otp_s3cr3t/Token+That-Nobody_May=See==";

	private static final OtpToken TOKEN = OtpToken.of(SECRET);

	private static final PermissionRequest QUESTION = PermissionRequest.builder("email.send")
		.resource("email:a@b.c")
		.timeout(Duration.ofMillis(200))
		.build();

	private static final String APPROVED = Json.APPROVED.replace(Json.TOKEN, SECRET);

	private final List<Object> seen = new CopyOnWriteArrayList<>();

	private final ListAppender<ILoggingEvent> log = new ListAppender<>();

	private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

	@BeforeEach
	void setUp() {
		this.root.detachAndStopAllAppenders();
		this.root.setLevel(Level.TRACE);
		this.log.start();
		this.root.addAppender(this.log);
	}

	@AfterEach
	void tearDown() {
		this.root.setLevel(Level.OFF);
		this.root.detachAppender(this.log);
	}

	private String everything() {
		StringBuilder text = new StringBuilder();
		for (Object object : this.seen) {
			text.append((object instanceof Throwable ex) ? Throwables.getStackTrace(ex) : object).append('\n');
			if (object instanceof AgentOtpException ex) {
				text.append(ex.code()).append(ex.details()).append(ex.requestId()).append('\n');
			}
		}
		for (ILoggingEvent event : List.copyOf(this.log.list)) {
			text.append(event.getFormattedMessage()).append(event.getMDCPropertyMap()).append('\n');
			if (event.getThrowableProxy() != null) {
				text.append(ThrowableProxyUtil.asString(event.getThrowableProxy())).append('\n');
			}
		}
		return text.toString();
	}

	private void assertNothingLeaked() {
		assertThat(everything()).doesNotContain(KEY, SECRET, "s3cr3t", "NobodyMaySee", "Nobody_May");
	}

	private void see(ThrowingCall call) {
		Throwable thrown = catchThrowable(() -> this.seen.add(call.call()));
		if (thrown != null) {
			this.seen.add(thrown);
		}
	}

	private void allVerbs(AgentOtpClientBuilder builder) {
		try (AgentOtpClient client = builder.apiKey(KEY).debug(true).sleeper(new RecordingSleeper()).build()) {
			this.seen.add(builder);
			this.seen.add(client);
			this.seen.add(client.async());
			for (Mode mode : Mode.values()) {
				AgentOtpClient caller = mode.of(client);
				see(() -> caller.requestPermission(QUESTION));
				see(() -> caller.getPermission("p1"));
				see(() -> caller.awaitDecision("p1", Duration.ofMillis(200)));
				see(() -> caller.verifyToken("p1", TOKEN));
				see(() -> caller.useToken("p1", TOKEN, Map.of("sent", 1), null));
				see(() -> caller.revokeToken("p1", null));
				see(() -> caller.executeWithPermission(QUESTION, (permission) -> "done"));
				see(caller::health);
				see(() -> {
					caller.checkAccess();
					return "";
				});
			}
		}
	}

	private ScriptedTransport always(ScriptedTransport.Step step) {
		ScriptedTransport transport = new ScriptedTransport();
		ScriptedTransport.Step again = new ScriptedTransport.Step() {

			@Override
			public TransportResponse answer(TransportRequest request) throws IOException, InterruptedException {
				// Who waits asks as often as it can, since nobody sleeps.
				transport.then(this);
				SecretsTests.this.seen.add(request);
				TransportResponse response = step.answer(request);
				SecretsTests.this.seen.add(response);
				return response;
			}

		};
		for (int i = 0; i < 20; i++) {
			transport.then(again);
		}
		return transport;
	}

	@Test
	void verbsWhenAllSucceedThenNothingLeaks() {
		allVerbs(AgentOtpClient.builder().baseUrl("http://localhost:1").transport(always((request) -> {
			String path = request.uri().getPath();
			return ScriptedTransport.response(200,
					path.endsWith("/use") ? Json.USED
							: path.endsWith("/revoke") ? Json.REVOKED : path.endsWith("/verify")
									? Json.json("{'valid':true,'scope':{}}")
									: path.endsWith("/health") ? Json.json("{'status':'ok'}") : Json.data(APPROVED));
		})));
		assertThat(this.seen).hasAtLeastOneElementOfType(Permission.class)
			.hasAtLeastOneElementOfType(TokenUse.class)
			.hasAtLeastOneElementOfType(TokenVerification.class)
			.hasAtLeastOneElementOfType(Revocation.class)
			.hasAtLeastOneElementOfType(ServiceHealth.class)
			.hasAtLeastOneElementOfType(TransportRequest.class)
			.hasAtLeastOneElementOfType(TransportResponse.class);
		assertThat(this.log.list).as("debug shows the calls").isNotEmpty();
		this.seen.add(TOKEN);
		this.seen.add(QUESTION);
		this.seen.add(new ApiKey(() -> KEY));
		assertNothingLeaked();
	}

	@ParameterizedTest
	@ValueSource(ints = { 200, 302, 400, 401, 403, 404, 409, 410, 418, 429, 500, 503 })
	void verbsWhenServiceEchoesSecretsInErrorsThenNothingLeaks(int status) {
		String echo = "you sent " + SECRET + ", \\n" + KEY + " and x_" + SECRET;
		String body = Json.json("{'success':false,'reason':'" + echo + "','status':'" + echo + "','error':{'code':'"
				+ SECRET + "','message':'" + echo + "','details':{'" + SECRET + "':'" + echo + "'},"
				+ "'issues':[{'path':['" + KEY + "'],'message':'" + echo + "'}]}}");
		allVerbs(AgentOtpClient.builder()
			.baseUrl("http://localhost:1")
			.transport(always((request) -> ScriptedTransport.response(status, body, "X-Request-Id", KEY))));
		assertThat(this.seen).hasAtLeastOneElementOfType(AgentOtpException.class);
		assertNothingLeaked();
	}

	@Test
	void verbsWhenServiceEchoesSecretsInReasonsThenNothingLeaks() {
		String reason = "'reason':'because of " + SECRET + " and " + KEY + "'";
		for (String body : List.of("{'id':'p1','status':'denied'," + reason + "}",
				"{'id':'p1','status':'" + SECRET + "'," + reason + "}",
				"{'id':'p1','status':'expired','decisionReason':'" + SECRET + "'}",
				"{'id':'p1','status':'pending','action':'" + KEY + "'}",
				"{'success':false,'code':'" + SECRET + "'," + reason + "}", "{'valid':false," + reason + "}",
				"{'status':'" + KEY + "','version':'" + SECRET + "'}",
				"{'id':'p1','status':'approved','scope':{'" + SECRET + "':" + "[".repeat(40) + "]".repeat(40) + "}}")) {
			allVerbs(AgentOtpClient.builder()
				.baseUrl("http://localhost:1")
				.retries(0)
				.transport(always((request) -> ScriptedTransport.response(200, Json.json(body)))));
		}
		assertNothingLeaked();
	}

	@Test
	void verbsWhenTransportEchoesSecretsThenNothingLeaks() {
		allVerbs(AgentOtpClient.builder().baseUrl("http://localhost:1").transport(always((request) -> {
			throw new IOException("broken", new IOException("Invalid status line: \"" + SECRET + " " + KEY));
		})));
		assertThat(this.seen).hasAtLeastOneElementOfType(NetworkException.class);
		assertNothingLeaked();
	}

	@Test
	void verbsWhenServerIsRealThenNothingLeaks() throws IOException {
		try (RawServer server = new RawServer(
				RawServer.answer("400 Bad", Json.error("X", "token " + SECRET + " of " + KEY)), RawServer.loseAnswer(),
				RawServer.answer("302 Found", "", "Location: /" + SECRET))) {
			allVerbs(AgentOtpClient.builder().baseUrl(server.url()));
		}
		// The JDK's client has loggers of its own; they stay silent unless asked for.
		assertNothingLeaked();
	}

	@ParameterizedTest
	@ValueSource(strings = { "ak_s3cr3t\n", "\nak_s3cr3t", "ak_s3cr3t\r\nX-Evil: 1", "ak s3cr3t", "ak_s3cr3tü",
			"ak_s3cr3t\u0000", "ak_s3cr3t\u007f", " ak_s3cr3t", "ak_s3cr3t\t", "${AK_s3cr3t}" })
	void buildWhenKeyIsNoHeaderThenRefusedWithoutEcho(String key) {
		assertThatExceptionOfType(ConfigurationException.class)
			.isThrownBy(() -> AgentOtpClient.builder().apiKey(key).baseUrl("http://localhost:1").build())
			.withMessageContaining("agentotp.api-key")
			.satisfies((ex) -> assertThat(Throwables.getStackTrace(ex)).doesNotContain("s3cr3t", "X-Evil"));
	}

	@Test
	void callWhenRotatedKeyIsNoHeaderThenRefusedWithoutEchoAndNothingIsSent() {
		List<String> keys = new ArrayList<>(List.of("ak_first", "ak_s3cr3t\n"));
		ScriptedTransport transport = new ScriptedTransport();
		try (AgentOtpClient client = AgentOtpClient.builder()
			.apiKey(() -> keys.remove(0))
			.baseUrl("http://localhost:1")
			.transport(transport)
			.build()) {
			assertThatExceptionOfType(ConfigurationException.class).isThrownBy(client::health)
				.satisfies((ex) -> assertThat(Throwables.getStackTrace(ex)).doesNotContain("s3cr3t"));
		}
		assertThat(transport.requests).isEmpty();
	}

	@Test
	void callWhenKeyIsRotatedThenNewOneIsSent() {
		List<String> keys = new ArrayList<>(List.of("ak_checked", "ak_1", "ak_2"));
		ScriptedTransport transport = new ScriptedTransport().answer(200, Json.json("{'status':'ok'}"))
			.answer(200, Json.json("{'status':'ok'}"));
		try (AgentOtpClient client = AgentOtpClient.builder()
			.apiKey(() -> keys.remove(0))
			.baseUrl("http://localhost:1")
			.transport(transport)
			.build()) {
			client.health();
			client.health();
		}
		assertThat(transport.requests).extracting((request) -> request.headers().get("Authorization"))
			.containsExactly("Bearer ak_1", "Bearer ak_2");
	}

	@Test
	void bodyFailureWhenReportedThenOnlyItsTypeIsTold() {
		ScriptedTransport transport = new ScriptedTransport().answer(201, APPROVED).answer(200, Json.USED);
		try (AgentOtpClient client = AgentOtpClient.builder()
			.apiKey(KEY)
			.baseUrl("http://localhost:1")
			.transport(transport)
			.build()) {
			see(() -> client.executeWithPermission(QUESTION, (permission) -> {
				throw new IllegalStateException("customer 4711");
			}));
		}
		assertThat(new String(transport.requests.get(1).body())).contains("java.lang.IllegalStateException")
			.doesNotContain("4711");
	}

	@Test
	void tokenWhenComparedThenByValue() {
		assertThat(OtpToken.of("otp_a")).isEqualTo(OtpToken.of("otp_a"))
			.hasSameHashCodeAs(OtpToken.of("otp_a"))
			.isNotEqualTo(OtpToken.of("otp_b"))
			.isNotEqualTo("otp_a");
		assertThat(TOKEN.value()).isEqualTo(SECRET);
		assertThat(TOKEN).isNotInstanceOf(Serializable.class);
		assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> OtpToken.of(" "));
	}

	@Test
	void permissionWhenPublicThenNobodyElseCanMakeOne() {
		assertThat(Permission.class.getConstructors()).isEmpty();
		assertThat(Modifier.isFinal(Permission.class.getModifiers())).isTrue();
	}

	interface ThrowingCall {

		Object call() throws Exception;

	}

}
