package io.agentotp.server;

import java.io.IOException;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.Map;

import javax.sql.DataSource;

import io.agentotp.server.web.LongPollCapacity;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.catalina.startup.Tomcat;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.tomcat.TomcatWebServer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.DispatcherServlet;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The service inside an application neither opens nor locks the application's own pages,
 * nor gives it beans.
 */
@ExtendWith(OutputCaptureExtension.class)
class EmbeddingTests {

	static final String WITHOUT_SECURITY = "spring.autoconfigure.exclude="
			+ "org.springframework.boot.security.autoconfigure.SecurityAutoConfiguration,"
			+ "org.springframework.boot.security.autoconfigure.UserDetailsServiceAutoConfiguration,"
			+ "org.springframework.boot.security.autoconfigure.actuate.web.servlet.ManagementWebSecurityAutoConfiguration,"
			+ "org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterAutoConfiguration,"
			+ "org.springframework.boot.security.autoconfigure.web.servlet.ServletWebSecurityAutoConfiguration";

	@Test
	void hostWhenWithoutSecurityThenItsPagesStayOpenAndOursLocked() {
		try (TestServer server = TestServer.start(PlainHost.class, WITHOUT_SECURITY)) {
			Browser browser = new Browser(server.origin());
			assertThat(browser.get("/hello").text()).isEqualTo("hello anonymous");
			assertThat(browser.get("/agent-otp/").path()).isEqualTo("/agent-otp/sign-in");
			assertThat(browser.get("/agent-otp").path()).isEqualTo("/agent-otp/sign-in");
			assertThat(browser.get("/agent-otp-not").status()).isEqualTo(404);
			server.mailer().request("mail.send").expect(202);
			Browser signedIn = new Browser(server.url()).signedIn("alice");
			assertThat(signedIn.get(server.origin() + "/hello").text()).isEqualTo("hello anonymous");
			assertThat(server.host().getBeanNamesForType(SecurityFilterChain.class)).isEmpty();
		}
	}

	@Test
	void hostWhenAnyThenGetsNoBeansOfOurs() {
		try (TestServer server = TestServer.start(PlainHost.class)) {
			for (Class<?> type : List.of(DataSource.class, Flyway.class, JdbcClient.class, JdbcOperations.class,
					PlatformTransactionManager.class, TaskScheduler.class, Clock.class, PasswordEncoder.class)) {
				assertThat(server.host().getBeansOfType(type).values()).as(type.getName())
					.allSatisfy(
							(bean) -> assertThat(bean.getClass().getName()).startsWith("org.springframework.boot."));
			}
			assertThat(server.host().getBeanNamesForType(DataSource.class)).isEmpty();
			assertThat(server.host().getBeanNamesForType(DispatcherServlet.class)).hasSize(1);
			assertThat(server.host().getBeanNamesForType(JsonMapper.class)).hasSize(1);
			assertThat(server.host().getBeansOfType(UserDetailsService.class).values())
				.hasOnlyElementsOfType(InMemoryUserDetailsManager.class);
			assertThat(server.host().getBeanDefinitionNames())
				.filteredOn((name) -> server.host().getType(name) != null
						&& server.host().getType(name).getName().startsWith("io.agentotp.server.")
						&& !server.host().getType(name).getName().contains("Test") && !name.equals("movableClock"))
				.containsExactlyInAnyOrder("agentOtpServer", "agentOtpServerMetrics", "agentOtpServerChannels",
						"agentOtpServerMailSender", "agentotp-serverHealthIndicator",
						AgentOtpServerAutoConfiguration.class.getName(),
						AgentOtpServerAutoConfiguration.MailConfiguration.class.getName(),
						AgentOtpServerAutoConfiguration.MetricsConfiguration.class.getName(),
						AgentOtpServerAutoConfiguration.HealthConfiguration.class.getName());
		}
	}

	@Test
	void hostWhenAnyThenItsTomcatIsLeftAsItIs() {
		try (TestServer server = TestServer.start(PlainHost.class)) {
			Tomcat tomcat = ((TomcatWebServer) server.host().getWebServer()).getTomcat();
			assertThat(tomcat.getConnector().getProtocolHandlerClassName())
				.isEqualTo("org.apache.coyote.http11.Http11NioProtocol");
			assertThat(tomcat.getEngine().getPipeline().getValves())
				.noneMatch((valve) -> valve.getClass().getName().startsWith("io.agentotp."));
			assertThat(server.bean(LongPollCapacity.class))
				.isEqualTo(LongPollCapacity.ofApplication(Runtime.getRuntime().maxMemory()));
		}
	}

	@Test
	void hostWhenBootsDefaultSecurityThenItsLockStays() {
		try (TestServer server = TestServer.start(PlainHost.class, "spring.security.user.name=boss",
				"spring.security.user.password=boss-password")) {
			Browser browser = new Browser(server.origin());
			Map<String, String> json = Map.of("Accept", "application/json");
			assertThat(browser.send("GET", "/hello", null, json).status()).isEqualTo(401);
			assertThat(browser.send("GET", "/hello", null, Map.of("Authorization", "Bearer " + TestServer.MAILER_KEY))
				.status()).isEqualTo(401);
			assertThat(
					browser.send("GET", "/hello", null, Map.of("Authorization", basic("boss", "boss-password"))).text())
				.isEqualTo("hello boss");
			assertThat(browser.send("GET", "/hello", null, Map.of("Authorization", basic("alice", TestServer.PASSWORD)))
				.status()).isEqualTo(401);
			assertThat(new Browser(server.url()).signIn("boss", "boss-password").path()).endsWith("/sign-in?error");
			server.mailer().request("mail.send").expect(202);
			assertThat(server.host().getBeanNamesForType(SecurityFilterChain.class)).hasSize(1);
			assertThat(server.host().getBeanNamesForType(UserDetailsService.class)).hasSize(1);
		}
	}

	@Test
	void hostWhenOwnChainAndUsersThenBothKeepTheirOwn() {
		try (TestServer server = TestServer.start(SecuredHost.class)) {
			Browser browser = new Browser(server.origin());
			assertThat(browser.get("/hello").path()).isEqualTo("/login");
			assertThat(browser.get("/agent-otp/").path()).isEqualTo("/agent-otp/sign-in");
			server.mailer().request("mail.send").expect(202);
			server.alice().get("/permissions").expect(200);
			assertThat(server.host().getBeanNamesForType(SecurityFilterChain.class)).containsExactly("hostChain");
			assertThat(server.host().getBeanNamesForType(UserDetailsService.class)).containsExactly("hostUsers");
		}
	}

	@Test
	void sessionWhenSharedThenSignedInToOneIsNobodyInTheOther() {
		try (TestServer server = TestServer.start(SecuredHost.class)) {
			Browser browser = new Browser(server.url());
			Browser.Page hostLogin = browser.get(server.origin() + "/login");
			browser.submit(hostLogin, server.origin() + "/login", Map.of("username", "hans", "password", "hans"));
			assertThat(browser.get(server.origin() + "/hello").text()).isEqualTo("hello hans");
			assertThat(browser.get("/").path()).isEqualTo("/agent-otp/sign-in");
			assertThat(browser.send("GET", "/api/v1/permissions", null, Map.of()).status()).isEqualTo(401);

			browser.signedIn("alice");
			assertThat(browser.get("/").text()).contains("id=\"sign-out\"");
			assertThat(browser.get(server.origin() + "/hello").text()).isEqualTo("hello hans");

			browser.submit(browser.get("/"), "/sign-out", Map.of());
			assertThat(browser.get("/").path()).isEqualTo("/agent-otp/sign-in");
			assertThat(browser.get(server.origin() + "/hello").text()).isEqualTo("hello hans");

			Browser other = new Browser(server.url()).signedIn("alice");
			assertThat(other.get(server.origin() + "/hello").path()).isEqualTo("/login");
		}
	}

	@Test
	void contextPathWhenSetThenLinksAndRedirectsHaveIt() {
		try (TestServer server = TestServer.start(PlainHost.class, "server.servlet.context-path=/shop",
				"agentotp.server.path=/otp")) {
			String url = server.origin() + "/shop/otp";
			Api mailer = new Api(url, TestServer.MAILER_KEY);
			String id = mailer.pending("mail.send");
			assertThat(mailer.get("/permissions/" + id).data().path("approvalUrl").stringValue())
				.isEqualTo(url + "/approvals/" + id);
			Browser browser = new Browser(url);
			assertThat(browser.get("/approvals/" + id).path()).isEqualTo("/shop/otp/sign-in");
			Browser.Page page = browser.signedIn("alice").get("/approvals/" + id);
			assertThat(browser.submit(page, "/approvals/" + id, Map.of("decision", "deny")).path())
				.isEqualTo("/shop/otp/approvals/" + id);
			assertThat(mailer.status(id)).isEqualTo("denied");
			assertThat(browser.get("/assets/agent-otp.js").status()).isEqualTo(200);
			assertThat(browser.submit(browser.get("/"), "/sign-out", Map.of()).path())
				.isEqualTo("/shop/otp/sign-in?out");
		}
	}

	@Test
	void hostWhenErrorPageOfItsOwnThenOursAnswersForOurPath() {
		try (TestServer server = TestServer.start(PlainHost.class, WITHOUT_SECURITY)) {
			assertThat(server.mailer().get("/nothing").expect(404).code()).isEqualTo("NOT_FOUND");
			assertThat(server.mailer().get("/permissions/a;b").expect(400).code()).isEqualTo("VALIDATION_ERROR");
			assertThat(new Browser(server.origin()).get("/nothing").text()).contains("\"path\":\"/nothing\"");
		}
	}

	@Test
	void forwardWhenTheHostForwardsToUsThenNothingIsThere() {
		try (TestServer server = TestServer.start(SecuredHost.class)) {
			Browser browser = new Browser(server.origin());
			browser.submit(browser.get("/login"), "/login", Map.of("username", "hans", "password", "hans"));
			assertThat(browser.get("/forward?to=/hello").text()).isEqualTo("hello hans");
			assertThat(browser.get("/forward?to=/agent-otp/api/v1/permissions").status()).isEqualTo(404);
			assertThat(browser.get("/forward?to=/agent-otp/").status()).isEqualTo(404);
		}
	}

	@Test
	void hostWhenItsSecurityRunsBeforeOursThenItsCallersAreNobodyHereAndOurChecksStay() {
		try (TestServer server = TestServer.start(EarlyHost.class, "spring.security.filter.order=-200")) {
			String id = server.mailer().pending("mail.send");
			Browser browser = new Browser(server.url());
			browser.submit(browser.get(server.origin() + "/login"), server.origin() + "/login",
					Map.of("username", "hans", "password", "hans"));
			assertThat(browser.get(server.origin() + "/hello").text()).isEqualTo("hello hans");
			assertThat(browser.get("/").path()).isEqualTo("/agent-otp/sign-in");
			assertThat(browser.get("/api/v1/permissions").status()).isEqualTo(401);

			browser.signedIn("alice");
			assertThat(browser.post("/approvals/" + id, Map.of("decision", "approve")).status()).isEqualTo(403);
			assertThat(server.mailer().status(id)).isEqualTo("pending");
			browser.submit(browser.get("/approvals/" + id), "/approvals/" + id, Map.of("decision", "deny"));
			assertThat(server.mailer().status(id)).isEqualTo("denied");
			assertThat(browser.get(server.origin() + "/hello").text()).isEqualTo("hello hans");
		}
	}

	@Test
	void approvalUrlWhenHostTrustsForwardedHeadersThenTheAgentStillCannotSetItNorFillTheLog(CapturedOutput output) {
		try (TestServer server = TestServer.start(PlainHost.class, WITHOUT_SECURITY,
				"server.forward-headers-strategy=framework")) {
			String id = server.mailer().pending("mail.send");
			for (String header : List.of("X-Forwarded-Prefix", "X-Forwarded-Host", "X-Forwarded-Port")) {
				for (String value : List.of("@evil.example", "/evil", "evil.example", "666", "%%%zz", "http://[",
						"/a/")) {
					Api.Answer answer = server.mailer().with(header, value).get("/permissions/" + id);
					assertThat(answer.status()).as(header + ": " + value).isIn(200, 400, 404);
					if (answer.status() == 200) {
						assertThat(answer.data().path("approvalUrl").stringValue()).as(header + ": " + value)
							.isEqualTo(server.url() + "/approvals/" + id);
					}
				}
			}
			assertThat(output).doesNotContain("Exception");
		}
	}

	private static String basic(String user, String password) {
		return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes());
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class PlainHost {

		@Bean
		Hello hello() {
			return new Hello();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class SecuredHost {

		@Bean
		Hello hello() {
			return new Hello();
		}

		@Bean
		SecurityFilterChain hostChain(HttpSecurity http) {
			return http.authorizeHttpRequests((requests) -> requests.anyRequest().authenticated())
				.formLogin(Customizer.withDefaults())
				.build();
		}

		@Bean
		UserDetailsService hostUsers() {
			return new InMemoryUserDetailsManager(
					User.withUsername("hans").password("{noop}hans").roles("USER").build());
		}

	}

	/** Has users with our roles, and no CSRF tokens for our path. */
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class EarlyHost {

		@Bean
		Hello hello() {
			return new Hello();
		}

		@Bean
		SecurityFilterChain hostChain(HttpSecurity http) {
			return http.authorizeHttpRequests(
					(requests) -> requests.requestMatchers("/agent-otp/**").permitAll().anyRequest().authenticated())
				.csrf((csrf) -> csrf.ignoringRequestMatchers("/agent-otp/**"))
				.formLogin(Customizer.withDefaults())
				.build();
		}

		@Bean
		UserDetailsService hostUsers() {
			return new InMemoryUserDetailsManager(
					User.withUsername("hans").password("{noop}hans").roles("APPROVER", "ADMINISTRATOR").build());
		}

	}

	@RestController
	static class Hello {

		@GetMapping("/forward")
		void forward(@RequestParam String to, HttpServletRequest request, HttpServletResponse response)
				throws ServletException, IOException {
			request.getRequestDispatcher(to).forward(request, response);
		}

		@GetMapping("/hello")
		void hello(HttpServletRequest request, HttpServletResponse response) throws IOException {
			var authentication = SecurityContextHolder.getContext().getAuthentication();
			response.getWriter().write("hello " + ((authentication != null) ? authentication.getName() : "anonymous"));
		}

	}

}
