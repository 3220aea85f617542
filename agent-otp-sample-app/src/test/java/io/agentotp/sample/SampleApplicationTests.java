package io.agentotp.sample;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import io.agentotp.sample.RunningSample.Approver;
import io.agentotp.sample.customers.CustomerTable;
import io.agentotp.sample.mail.InProcessMailServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.core.io.ClassPathResource;
import org.springframework.http.MediaType;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.web.client.RestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The whole loop over HTTP: guard, client, embedded service, decision, body, use.
 */
@ExtendWith(OutputCaptureExtension.class)
@SpringBootTest(webEnvironment = WebEnvironment.DEFINED_PORT)
@DirtiesContext
class SampleApplicationTests {

	@LocalServerPort
	private int port;

	@Autowired
	private InProcessMailServer mailServer;

	@Autowired
	private CustomerTable customers;

	private RestClient sample;

	private Approver approver;

	@DynamicPropertySource
	static void settings(DynamicPropertyRegistry registry) {
		RunningSample.settings().forEach((name, value) -> registry.add(name, () -> value));
	}

	@BeforeEach
	void connect() {
		this.sample = RestClient.create("http://localhost:" + this.port);
		this.approver = RunningSample.approver(this.port);
	}

	@Test
	void readReportWhenThePolicyApprovesThenDoneAtOnce() {
		JsonNode run = finished(start("read-report"));
		assertThat(run.path("state").asString()).isEqualTo("DONE");
		assertThat(run.toString()).contains("42 invoices sent");
	}

	@Test
	void deleteCustomersWhenThePolicyDeniesThenTheTableIsStillThere() {
		JsonNode run = finished(start("delete-customers"));
		assertThat(run.path("state").asString()).isEqualTo("DENIED");
		assertThat(run.toString()).contains("policy:no-agent-drops-tables");
		assertThat(this.customers.count()).isEqualTo(3);
	}

	@Test
	void sendInvoiceWhenAHumanApprovesThenTheMailArrivesAndTheAuditTellsTheStory() {
		int mails = this.mailServer.received().size();
		String run = start("send-invoice");
		String id = waitingFor(run);
		assertThat(this.mailServer.received()).hasSize(mails);
		this.approver.decide(id, true, "Looks right");
		assertThat(finished(run).path("state").asString()).isEqualTo("DONE");
		assertThat(this.mailServer.received()).hasSize(mails + 1);
		assertThat(this.mailServer.received().get(mails).to()).isEqualTo("client@example.com");
		Awaitility.await()
			.atMost(Duration.ofMinutes(1))
			.untilAsserted(
					() -> assertThat(this.approver.auditOf(id)).containsExactly("requested", "approved", "used"));
	}

	@Test
	void sendInvoiceWhenItWaitsThenTheApproverIsToldByMailWithALink() {
		String run = start("send-invoice");
		String id = waitingFor(run);
		String link = "http://localhost:" + this.port + "/agent-otp/approvals/" + id;
		Awaitility.await()
			.atMost(Duration.ofMinutes(1))
			.untilAsserted(() -> assertThat(this.mailServer.toApprovers())
				.anySatisfy((mail) -> assertThat(mail.text()).contains(link)));
		InProcessMailServer.ReceivedMail mail = this.mailServer.toApprovers()
			.stream()
			.filter((each) -> each.text().contains(link))
			.findFirst()
			.orElseThrow();
		assertThat(mail.to()).isEqualTo("approver@sample.example");
		assertThat(mail.text()).startsWith("A request waits for a decision");
		this.approver.decide(id, false, "Not this month");
		finished(run);
	}

	@Test
	void sendInvoiceWhenAHumanDeniesThenNoMailIsSent() {
		int mails = this.mailServer.received().size();
		String run = start("send-invoice");
		String id = waitingFor(run);
		this.approver.decide(id, false, "Not this month");
		JsonNode finished = finished(run);
		assertThat(finished.path("state").asString()).isEqualTo("DENIED");
		assertThat(finished.toString()).contains("Not this month");
		assertThat(this.mailServer.received()).hasSize(mails);
		assertThat(this.approver.auditOf(id)).containsExactly("requested", "denied");
	}

	@Test
	void sendInvoiceWhenTheGrantIsNarrowedBelowTheCallThenNoMailIsSent() {
		int mails = this.mailServer.received().size();
		String run = start("send-invoice");
		this.approver.approve(waitingFor(run), Map.of("max_emails", 0));
		JsonNode finished = finished(run);
		assertThat(finished.path("state").asString()).isEqualTo("FAILED");
		assertThat(finished.toString()).contains("max_emails");
		assertThat(this.mailServer.received()).hasSize(mails);
	}

	@Test
	void catalogueWhenComparedThenHasEachActionThatIsGuarded() throws IOException {
		JsonNode guarded = this.sample.get().uri("/actuator/agentotp").retrieve().body(JsonNode.class);
		Map<String, Object> file = new Yaml(new SafeConstructor(new LoaderOptions()))
			.load(new ClassPathResource("agent-otp-policies.yml").getContentAsString(StandardCharsets.UTF_8));
		JsonNode entries = JsonMapper.shared().valueToTree(file.get("actions"));
		assertThat(guarded.path("methods").findValuesAsString("action")).isNotEmpty()
			.allSatisfy((action) -> assertThat(entries).anySatisfy((entry) -> assertThat(
					action.equals(entry.path("action").asString(null)) || (entry.at("/action/startsWith").isString()
							&& action.startsWith(entry.at("/action/startsWith").asString())))
				.isTrue()));
	}

	@Test
	void healthWhenTheServiceIsReachableThenAgentotpIsUp() {
		JsonNode health = this.sample.get().uri("/actuator/health").retrieve().body(JsonNode.class);
		assertThat(health.at("/components/agentotp/status").asString()).isEqualTo("UP");
	}

	@Test
	void endpointWhenReadThenShowsWhatIsGuardedAndWhatWaitsWithoutATokenOrAKey() {
		start("send-invoice");
		JsonNode report = Awaitility.await()
			.atMost(Duration.ofMinutes(1))
			.until(() -> this.sample.get().uri("/actuator/agentotp").retrieve().body(JsonNode.class),
					(read) -> !read.path("waits").isEmpty());
		assertThat(report.path("methods").findValuesAsString("action")).contains("email.send", "file.read",
				"database.drop");
		assertThat(report.at("/methods/0/advisors").toString()).contains("PermissionMethodInterceptor (650)");
		assertThat(report.at("/waits/0/approvalUrl").asString()).contains("/agent-otp/approvals/");
		assertThat(report.toString()).doesNotContain("otp_", "ak_live");
	}

	@Test
	void pageWhenOpenedThenItsTasksAreThere() {
		assertThat(this.sample.get().uri("/").retrieve().body(String.class)).contains("send-invoice", "read-report",
				"delete-customers");
	}

	@Test
	void startWhenReadyThenTheLogSaysWhereToGo(CapturedOutput output) {
		String page = "http://localhost:" + this.port;
		assertThat(output).contains("Give the agent a task at " + page + " or chat with it at " + page
				+ "/chat. Decide at " + page + "/agent-otp/ as the user approver");
	}

	@Test
	void chatWhenAHumanMustDecideThenItsPageLinksTheApproval() {
		this.sample.post().uri("/chat?question=invoice").retrieve().toBodilessEntity();
		String page = Awaitility.await()
			.atMost(Duration.ofMinutes(1))
			.until(() -> this.sample.get().uri("/chat/state").retrieve().body(String.class),
					(read) -> read.contains("Waiting for approval"));
		String id = page.split("href=\"http://localhost:" + this.port + "/agent-otp/approvals/")[1].split("\"")[0];
		this.approver.decide(id, false, "Not this month");
		Awaitility.await()
			.atMost(Duration.ofMinutes(1))
			.until(() -> this.sample.get().uri("/chat/state").retrieve().body(String.class),
					(read) -> read.contains("Not this month") && !read.contains("Waiting for approval"));
	}

	private String start(String task) {
		return this.sample.post()
			.uri("/tasks/{task}", task)
			.accept(MediaType.APPLICATION_JSON)
			.retrieve()
			.toBodilessEntity()
			.getHeaders()
			.getLocation()
			.toString();
	}

	private String waitingFor(String run) {
		JsonNode waiting = await(run, List.of("WAITING"));
		String url = waiting.at("/steps/1/approvalUrl").asString();
		assertThat(url).startsWith("http://localhost:" + this.port + "/agent-otp/approvals/");
		return url.substring(url.lastIndexOf('/') + 1);
	}

	private JsonNode finished(String run) {
		return await(run, List.of("DONE", "DENIED", "EXPIRED", "FAILED"));
	}

	private JsonNode await(String run, List<String> states) {
		return Awaitility.await()
			.atMost(Duration.ofMinutes(1))
			.pollInterval(Duration.ofMillis(50))
			.until(() -> this.sample.get().uri(run).retrieve().body(JsonNode.class),
					(json) -> states.contains(json.path("state").asString()));
	}

}
