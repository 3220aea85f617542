package io.agentotp;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.junit5.WireMockExtension;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.jsonResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What an answer must name for the body to run, in both dialects: the original service
 * names nothing of the request in its answer to it.
 */
class GrantedAnswerTests {

	private static final String ID = "0b8e2f0a-6c1d-4a55-9c0e-1f6f5a2b7d11";

	private static final String ORIGINAL = "'id':'" + ID + "','status':'approved','token':'" + Json.TOKEN
			+ "','expiresAt':'2099-01-01T00:05:00.000Z'";

	private static final String OURS = ORIGINAL + ",'action':'email.send','resource':'email:a','scope':{'max':2}"
			+ ",'callDigest':'sha256:aa'";

	private static final PermissionRequest REQUEST = PermissionRequest.builder("email.send")
		.resource("email:a")
		.scope("max", 2)
		.callDigest("sha256:aa")
		.timeout(Duration.ofSeconds(20))
		.build();

	@RegisterExtension
	static final WireMockExtension service = WireMockExtension.newInstance().build();

	private final AtomicInteger runs = new AtomicInteger();

	private final AgentOtpClient client = AgentOtpClient.builder()
		.apiKey("ak_test_0123456789")
		.baseUrl(service.baseUrl())
		.retries(0)
		.build();

	@AfterEach
	void tearDown() {
		this.client.close();
	}

	@ParameterizedTest
	@EnumSource
	void executeWhenTheOriginalApprovesThenTheBodyRunsForWhatWasAsked(Mode mode) {
		asked(201, ORIGINAL);
		Permission granted = mode.of(this.client).executeWithPermission(REQUEST, (permission) -> permission);
		assertThat(granted.action()).isEqualTo("email.send");
		assertThat(granted.resource()).contains("email:a");
		assertThat(granted.scope()).containsEntry("max", 2);
	}

	@ParameterizedTest
	@EnumSource
	void executeWhenTheOriginalDeniesThenTheMessageNamesTheAction(Mode mode) {
		asked(200, "'id':'" + ID + "','status':'denied','reason':'never'");
		assertThatExceptionOfType(PermissionDeniedException.class).isThrownBy(() -> run(mode))
			.withMessageContaining("Permission denied for email.send: never");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			'expiresAt':'2099-01-01T00:05:00.000Z' | 'x':1
			'expiresAt':'2099-01-01T00:05:00.000Z' | 'expiresAt':null
			'expiresAt':'2099-01-01T00:05:00.000Z' | 'expiresAt':4070908800000
			'expiresAt':'2099-01-01T00:05:00.000Z' | 'expiresAt':''
			'expiresAt':'2099-01-01T00:05:00.000Z' | 'expiresAt':'soon'
			'expiresAt':'2099-01-01T00:05:00.000Z' | 'expiresAt':['2099-01-01T00:05:00.000Z']
			'action':'email.send' | 'x':1
			'action':'email.send' | 'action':null
			'action':'email.send' | 'action':'email.delete'
			'action':'email.send' | 'action':['email.send']
			'resource':'email:a' | 'x':1
			'resource':'email:a' | 'resource':null
			'resource':'email:a' | 'resource':'email:b'
			'resource':'email:a' | 'resource':5
			'scope':{'max':2} | 'x':1
			'scope':{'max':2} | 'scope':null
			'scope':{'max':2} | 'scope':{}
			'scope':{'max':2} | 'scope':{'max':3}
			'scope':{'max':2} | 'scope':{'max':2,'max_uses':2}
			'callDigest':'sha256:aa' | 'callDigest':null
			'callDigest':'sha256:aa' | 'callDigest':'sha256:bb'
			'callDigest':'sha256:aa' | 'callDigest':5
			'callDigest':'sha256:aa' | 'callDigest':''
			""")
	void executeWhenAnAnswerGrantsSomethingElseThenTheBodyDoesNotRun(String part, String other) {
		for (Mode mode : Mode.values()) {
			asked(201, OURS.replace(part, other));
			assertThatExceptionOfType(ProtocolException.class).as("%s", mode).isThrownBy(() -> run(mode));
		}
		assertThat(this.runs).hasValue(0);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
			'callDigest':'sha256:aa' | 'x':1
			'callDigest':'sha256:aa' | 'callDigest':'sha256:bb'
			'callDigest':'sha256:aa' | 'callDigest':null
			'resource':'email:a' | 'x':1
			'resource':'email:a' | 'resource':'email:b'
			'action':'email.send' | 'x':1
			'action':'email.send' | 'action':'email.delete'
			'scope':{'max':2} | 'x':1
			'scope':{'max':2} | 'scope':{'max':3}
			'expiresAt':'2099-01-01T00:05:00.000Z' | 'expiresAt':4070908800000
			""")
	void executeWhenALaterAnswerGrantsSomethingElseThenTheBodyDoesNotRun(String part, String other) {
		for (Mode mode : Mode.values()) {
			asked(202, OURS.replace("approved", "pending"));
			service.stubFor(get("/api/v1/permissions/" + ID).willReturn(data(200, OURS.replace(part, other))));
			assertThatExceptionOfType(ProtocolException.class).as("%s", mode).isThrownBy(() -> run(mode));
			assertThatExceptionOfType(AgentOtpException.class).as("%s", mode)
				.isThrownBy(() -> mode.of(this.client).executeWithPermission(REQUEST, (permission) -> permission));
		}
		assertThat(this.runs).hasValue(0);
	}

	@ParameterizedTest
	@EnumSource
	void executeWhenALaterAnswerSaysTheSameThenTheBodyRuns(Mode mode) {
		asked(202, OURS.replace("approved", "pending"));
		service.stubFor(get("/api/v1/permissions/" + ID).willReturn(data(200, OURS)));
		run(mode);
		assertThat(this.runs).hasValue(1);
	}

	@ParameterizedTest
	@EnumSource
	void executeWhenTheGrantIsForSomethingElseThenItIsGivenBack(Mode mode) {
		asked(201, OURS.replace("email:a", "email:b"));
		assertThatExceptionOfType(ProtocolException.class).isThrownBy(() -> run(mode))
			.withMessageContaining("resource differs");
		this.client.close();
		service.verify(postRequestedFor(urlPathEqualTo("/api/v1/permissions/" + ID + "/revoke")));
	}

	private void run(Mode mode) {
		mode.of(this.client).executeWithPermission(REQUEST, (permission) -> this.runs.incrementAndGet());
	}

	private static void asked(int status, String fields) {
		service.resetAll();
		service.stubFor(
				any(anyUrl()).atPriority(9).willReturn(jsonResponse(Json.error("NOT_FOUND", "no such route"), 404)));
		service.stubFor(post("/api/v1/permissions/request").willReturn(data(status, fields)));
		service.stubFor(post("/api/v1/permissions/" + ID + "/use").willReturn(jsonResponse(Json.data(Json.USED), 200)));
	}

	private static ResponseDefinitionBuilder data(int status, String fields) {
		return jsonResponse(Json.data(Json.json("{" + fields + "}")), status);
	}

}
