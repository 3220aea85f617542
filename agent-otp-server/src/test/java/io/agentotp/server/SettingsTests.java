package io.agentotp.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import io.agentotp.server.config.InvalidSettingException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * A setting that cannot be used stops the start and says what to do.
 */
@ExtendWith(OutputCaptureExtension.class)
class SettingsTests {

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "," })
	void startWhenAFileOfPoliciesIsEmptyThenTheWorkingDirectoryIsNotRead(String files, CapturedOutput output) {
		// Beside the file of the tests.
		try (TestServer server = TestServer.start("agentotp.server.policies.files=" + files)) {
			assertThat(server.admin().get("/policies").expect(200).data())
				.allSatisfy((policy) -> assertThat(policy.path("origin").stringValue()).isEqualTo("file:policies.yml"));
		}
		assertThat(output.getOut()).doesNotContain("There are no policies at");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
									agentotp.server.path=agent otp | agentotp.server.path | must begin with a slash
									agentotp.server.path=/ | agentotp.server.path | must be a path of its own
									agentotp.server.public-url=ftp://x | agentotp.server.public-url | http or https URL
									agentotp.server.approval-window=0s | agentotp.server.approval-window | at least one second
									agentotp.server.approval-window=1000000d | agentotp.server.approval-window | at most 366 days
									agentotp.server.secret=hunter2-short | agentotp.server.secret | at least 32 characters
									agentotp.server.datasource.url=jdbc:h2:file:./target/never | agentotp.server.secret-file | the secret must, too
									agentotp.server.agents.x.api-key=hunter2-short | agentotp.server.agents.x.api-key | ak_live_ or ak_test_
									agentotp.server.agents.x.owner=bob | agentotp.server.agents.x.api-key | Give the agent a key
									agentotp.server.users.x.api-key=hunter2-short | agentotp.server.users.x.api-key | uk_
									agentotp.server.users.x.password={noop}hunter2 | agentotp.server.users.x.password | known scheme
									agentotp.server.users.x.password={bcrypt}$2a$10$hunter2 | agentotp.server.users.x.password | known scheme
									agentotp.server.users.x.password=${HUNTER_PASSWORD} | agentotp.server.users.x.password | placeholder
									agentotp.server.users.x.api-key=${HUNTER_KEY} | agentotp.server.users.x.api-key | placeholder
									agentotp.server.agents.x.api-key=${HUNTER_KEY} | agentotp.server.agents.x.api-key | placeholder
									agentotp.server.secret=${A_NAME_THAT_IS_LONG_ENOUGH_FOR_A_SECRET} | agentotp.server.secret | placeholder
									agentotp.server.datasource.password=${HUNTER_PASSWORD} | agentotp.server.datasource.password | placeholder
							agentotp.server.limits.max-waiting-requests=-1 | agentotp.server.limits.max-waiting-requests | at least 0
							agentotp.server.datasource.pool-size=3 | agentotp.server.datasource.pool-size | at least 4
							agentotp.server.audit.checkpoint-interval=-1s | agentotp.server.audit.checkpoint-interval | at least 0
							agentotp.server.audit.checkpoint-interval=PT2562047788015215H | agentotp.server.audit.checkpoint-interval | at most 366 days
							agentotp.server.audit.checkpoint-file=/dev/null/no/checkpoints.jsonl | file of checkpoints /dev/null/no/checkpoints.jsonl | Move that file away
							agentotp.server.sessions.absolute-timeout=PT2562047788015215H | agentotp.server.sessions.absolute-timeout | at most 366 days
							agentotp.server.sessions.idle-timeout=9999d | agentotp.server.sessions.idle-timeout | at most 366 days
							agentotp.server.limits.wrong-passwords-per-minute=1000000000 | agentotp.server.limits.wrong-passwords-per-minute | at most 1000000
							agentotp.server.policies.reload-interval=-5s | agentotp.server.policies.reload-interval | at least 0
							agentotp.server.retention.details=PT2562047788015215H | agentotp.server.retention.details | at most 36600 days
							agentotp.server.users.x.password={pbkdf2}hunter2 | agentotp.server.users.x.password | not a whole encoded password
							agentotp.server.users.x.password={bcrypt}$2a$99$hunter2hunter2hunter2hunter2hunter2hunter2hunter2hunt | agentotp.server.users.x.password | not a whole encoded password
							agentotp.server.users.x.password={scrypt}x$hunter2 | agentotp.server.users.x.password | not a whole encoded password
							agentotp.server.users.x.password={argon2}hunter2 | agentotp.server.users.x.password | not a whole encoded password
							agentotp.server.policies.files=./no-such-policies.yml | agentotp.server.policies.files | is not there or cannot be read
					agentotp.server.retention.permissions=1h | agentotp.server.retention.permissions | at least a day
					agentotp.server.agents.[x y].api-key=hunter2 | agentotp.server.agents | The name of an agent
					agentotp.server.agents.x.ownr=hunter2 | agentotp.server.agents.x.ownr' does not exist | agentotp.server.agents.x.owner
					agentotp.server.user.x.password=hunter2 | agentotp.server.user.x.password' does not exist | agentotp.server.users
					agentotp.server.agents.x.name=a/hunter | agentotp.server.agents | The name of an agent
					agentotp.server.users.x.roles=approver | agentotp.server.users.x.password | Give the user a password
									""")
	void startWhenSettingIsWrongThenRefusedWithNameAndRemedy(String setting, String name, String remedy,
			CapturedOutput output) {
		assertThatException().isThrownBy(() -> TestServer.startBare(TestServer.Host.class, setting));
		assertThat(output).contains("APPLICATION FAILED TO START").contains(name).contains(remedy);
		assertThat(output).doesNotContain("hunter2");
	}

	@ParameterizedTest
	@ValueSource(strings = { "agentotp.server.policies.rules[0].name=hunter2", "agentotp.server.policies.rules=hunter2",
			"agentotp.server.policies.rules[3].conditions.[scope.max_amount].equals=hunter2",
			"AGENTOTP_SERVER_POLICIES_RULES_0_NAME=hunter2", "AGENTOTP_SERVER_POLICIES_RULES_1_ACTION=hunter2" })
	void startWhenPropertyWasRemovedThenRefusedWithPlaceAndRemedy(String setting, CapturedOutput output) {
		StandardEnvironment environment = new StandardEnvironment();
		Map<String, Object> values = Map.of(setting.split("=")[0], setting.split("=")[1]);
		environment.getPropertySources()
			.addFirst(setting.startsWith("A") ? new SystemEnvironmentPropertySource("systemEnvironment", values)
					: new MapPropertySource("test", values));
		assertThatException().isThrownBy(() -> run(environment))
			.havingRootCause()
			.isInstanceOf(InvalidSettingException.class);
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("'agentotp.server.policies.rules' no longer exists", setting.split("=")[0],
					"agent-otp-policies.yml", "scope.max_amount: { lessThanOrEqual: 20 }")
			.doesNotContain("hunter2");
	}

	@Test
	void startWhenPropertyWasRenamedThenRefusedWithTheNewName(CapturedOutput output) {
		assertThatException()
			.isThrownBy(() -> TestServer.startBare(TestServer.Host.class, "agentotp.server.limits.max-parked=5"));
		assertThat(output).contains("'agentotp.server.limits.max-parked' no longer exists")
			.contains("It is named agentotp.server.limits.max-waiting-requests now");
	}

	@Test
	void startWhenVariablesOfTheEnvironmentNameAgentsAndUsersThenAnyNameIsPossible() {
		StandardEnvironment environment = new StandardEnvironment();
		environment.getPropertySources()
			.addFirst(new SystemEnvironmentPropertySource("systemEnvironment",
					Map.of("AGENTOTP_SERVER_AGENTS_MAILBOT_NAME", "Mail-Bot_2", "AGENTOTP_SERVER_AGENTS_MAILBOT_APIKEY",
							TestServer.MAILER_KEY, "AGENTOTP_SERVER_AGENTS_MAILBOT_OWNER", "alice@example.com",
							"AGENTOTP_SERVER_USERS_ALICE_NAME", "alice@example.com",
							"AGENTOTP_SERVER_USERS_ALICE_API_KEY", TestServer.ALICE_KEY)));
		SpringApplication application = new SpringApplication(TestServer.Host.class);
		application.setEnvironment(environment);
		try (var context = application.run("--server.port=0", "--spring.main.banner-mode=off")) {
			JdbcClient jdbc = context.getBean(AgentOtpServer.class).context().getBean(JdbcClient.class);
			assertThat(jdbc.sql("SELECT id || owner FROM agentotp_agent").query(String.class).list())
				.containsExactly("Mail-Bot_2alice@example.com");
			assertThat(jdbc.sql("SELECT name FROM agentotp_user").query(String.class).list())
				.containsExactly("alice@example.com");
		}
	}

	private static void run(ConfigurableEnvironment environment) {
		SpringApplication application = new SpringApplication(TestServer.WholeHost.class);
		application.setEnvironment(environment);
		application.run("--server.port=0", "--spring.main.banner-mode=off").close();
	}

	@ParameterizedTest
	@CsvSource({ "retention.details=31d, retention.permissions=30d, retention.permissions",
			"retention.interval=2h, retention.details=1h, retention.details",
			"retention.interval=31d, retention.permissions=30d, retention.permissions",
			"secret-file=./target/one.file, audit.key-file=target/one.file, agentotp.server.secret-file",
			"secret-file=./target/one.file, audit.checkpoint-file=target/../target/one.file, agentotp.server.secret-file",
			"audit.key-file=./target/one.file, audit.checkpoint-file=target/one.file, agentotp.server.audit.key-file" })
	void startWhenSettingsContradictEachOtherThenRefused(String one, String other, String named,
			CapturedOutput output) {
		assertThatException().isThrownBy(() -> TestServer.startBare(TestServer.Host.class, "agentotp.server." + one,
				"agentotp.server." + other));
		assertThat(output).contains("APPLICATION FAILED TO START").contains(named);
	}

	@Test
	void startWhenTheFileOfSecretsHasALineOfCheckpointsThenRefused(@TempDir Path directory, CapturedOutput output)
			throws IOException {
		Path file = Files.writeString(directory.resolve("secret"),
				"0123456789abcdefghijklmnopqrstuvwxyz\n{\"chain\":\"0123456789abcdefghijklmnopqrstuvwxyz\"}\n");
		assertThatException()
			.isThrownBy(() -> TestServer.startBare(TestServer.Host.class, "agentotp.server.secret-file=" + file));
		assertThat(output).contains("none begins with '{'").doesNotContain("0123456789abcdefghijklmnopqrstuvwxyz");
	}

	@Test
	void startWhenTwoAgentsShareAKeyThenRefused(CapturedOutput output) {
		assertThatException()
			.isThrownBy(() -> TestServer.start("agentotp.server.agents.twin.api-key=" + TestServer.MAILER_KEY));
		assertThat(output).contains("Agent 'mailer' has the same key. Give each agent its own")
			.doesNotContain(TestServer.MAILER_KEY);
	}

	@Test
	void startWhenTwoUsersShareAKeyThenRefused(CapturedOutput output) {
		String key = "uk_0123456789abcdefghijklmnop";
		assertThatException().isThrownBy(() -> TestServer.startBare(TestServer.Host.class,
				"agentotp.server.users.ann.api-key=" + key, "agentotp.server.users.ben.api-key=" + key));
		assertThat(output).containsPattern("users\\.(ann|ben)\\.api-key")
			.containsPattern("User '(ann|ben)' has the same key\\. Give each user their own")
			.doesNotContain(key);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			groups=a b | groups | letters, digits
			language=not-a-language-at-all | language | such as en or de
			time-zone=Mars/Base | time-zone | such as Europe/Berlin
			issuer=https://id | subject | issuer and subject together
			addresses.Chat=U1 | addresses | lower-case letters
			""")
	void startWhenWhatIsKnownOfAUserIsWrongThenRefused(String setting, String name, String remedy,
			CapturedOutput output) {
		assertThatException().isThrownBy(() -> TestServer.startBare(TestServer.Host.class,
				"agentotp.server.users.ann.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.ann." + setting));
		assertThat(output).contains("APPLICATION FAILED TO START", "agentotp.server.users.ann." + name, remedy);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			addresses.mail=a@example.com | addresses.mail=a@example.com | has the same address
			issuer=i,subject=1 | issuer=i,subject=1 | has the same issuer and subject
			""")
	void startWhenTwoUsersAreKnownByTheSameThenRefused(String ann, String ben, String remedy, CapturedOutput output) {
		List<String> settings = new ArrayList<>();
		Map.of("ann", ann, "ben", ben).forEach((name, own) -> {
			settings.add("agentotp.server.users." + name + ".password=" + TestServer.PASSWORD_HASH);
			Arrays.stream(own.split(",")).forEach((one) -> settings.add("agentotp.server.users." + name + "." + one));
		});
		assertThatException()
			.isThrownBy(() -> TestServer.startBare(TestServer.Host.class, settings.toArray(String[]::new)));
		assertThat(output).contains("APPLICATION FAILED TO START", remedy);
	}

	@Test
	void startWhenAConfiguredPasswordIsShortThenWarned(CapturedOutput output) {
		TestServer
			.startBare(TestServer.Host.class, "agentotp.server.users.ann.password=hunter2",
					"agentotp.server.users.ben.password=" + TestServer.PASSWORD_HASH,
					"agentotp.server.users.cem.password=twelve-chars")
			.close();
		assertThat(output).contains("The configured password of user 'ann' has fewer than 12 characters")
			.doesNotContain("user 'ben' has fewer", "user 'cem' has fewer", "hunter2");
	}

	@Test
	void startWhenNoUserThenAdminWithPasswordPrintedOnce(CapturedOutput output) {
		TestDatabase database = TestDatabase.createLasting();
		TestServer.startBareOn(database).close();
		assertThat(output).containsOnlyOnce("password:  ").contains("user name: admin");
		String password = output.getAll().split("password:  ")[1].split("\\s")[0];
		try (TestServer server = TestServer.startBareOn(database)) {
			assertThat(output).containsOnlyOnce(password);
			assertThat(server.jdbc().sql("SELECT password_hash FROM agentotp_user").query(String.class).single())
				.startsWith("{bcrypt}");
			assertThat(new Browser(server.url()).signIn("admin", password).text()).contains("id=\"temporary\"");
		}
		try (TestServer server = TestServer.startOn(database)) {
			assertThat(new Browser(server.url()).signIn("admin", password).path()).endsWith("/sign-in?error");
		}
	}

	@Test
	void startWhenAgentIsNoLongerConfiguredThenItsKeyIsRefused() {
		TestDatabase database = TestDatabase.createLasting();
		try (TestServer server = TestServer.startOn(database)) {
			server.mailer().request("mail.send").expect(202);
		}
		try (TestServer server = TestServer.startBareOn(database,
				"agentotp.server.agents.reader.api-key=" + TestServer.READER_KEY,
				"agentotp.server.users.alice.password=" + TestServer.PASSWORD_HASH)) {
			assertThat(server.mailer().request("mail.send").expect(401).code()).isEqualTo("INVALID_API_KEY");
			server.reader().request("mail.send").expect(202);
		}
	}

	@Test
	void publicUrlWhenSetThenBaseOfApprovalLinks() {
		try (TestServer server = TestServer.start("agentotp.server.public-url=https://otp.example.com/agent-otp/")) {
			assertThat(server.mailer().request("mail.send").data().path("approvalUrl").stringValue())
				.startsWith("https://otp.example.com/agent-otp/approvals/");
		}
	}

	@Test
	void enabledWhenFalseThenNoService() {
		try (var host = org.springframework.boot.SpringApplication.run(TestServer.WholeHost.class, "--server.port=0",
				"--agentotp.server.enabled=false", "--spring.main.banner-mode=off")) {
			assertThat(host.getBeanNamesForType(AgentOtpServer.class)).isEmpty();
		}
	}

}
