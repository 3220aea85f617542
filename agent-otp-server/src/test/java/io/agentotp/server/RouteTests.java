package io.agentotp.server;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

import io.agentotp.server.web.Allowed;
import io.agentotp.server.web.Caller;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.servlet.HandlerMapping;
import org.springframework.web.servlet.function.support.RouterFunctionMapping;
import org.springframework.web.servlet.handler.AbstractUrlHandlerMapping;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Walks all routes that are mapped, with the credentials that should not reach them.
 */
class RouteTests {

	/**
	 * Who may reach what. A route that does not stand here fails the tests: say here,
	 * too, who is meant to reach it.
	 */
	private static final String ACCESS = """
			anybody: GET /api/v1/health
			anybody: GET /api/v1/openapi.json
			anybody: GET /sign-in
			anybody: GET /sign-in/passkey
			anybody: POST /channels/slack
			anybody: POST /channels/telegram
			anybody: GET /assets/icon-{waiting}.svg
			anybody: GET /worker.js
			agent: POST /api/v1/permissions/request
			agent: GET /api/v1/permissions/{id}
			agent: GET /api/v1/permissions/decisions
			agent: POST /api/v1/permissions/query
			agent: POST /api/v1/permissions/{id}/verify
			agent: POST /api/v1/permissions/{id}/use
			revokers: POST /api/v1/permissions/{id}/revoke
			ending: POST /approvals/{id}/revoke
			deciders: POST /api/v1/permissions/{id}/decide
			deciders: POST /api/v1/permissions/decide
			deciders: POST /api/v1/permissions/{id}/challenge
			deciders: POST /api/v1/permissions/challenge
			deciders: POST /approvals/{id}
			deciders: POST /similar
			deciders: POST /live/approvals/{id}/sign
			deciders: POST /live/similar/sign
			people: GET /
			people: GET /api/v1/permissions
			people: GET /api/v1/stats
			people: GET /api/v1/audit
			people: GET /api/v1/audit/permissions/{id}
			people: GET /api/v1/audit/keys
			people: GET /api/v1/permissions/{id}/receipt
			people: GET /api/v1/agents
			people: GET /api/v1/agents/{id}
			people: GET /api/v1/freeze
			people: GET /api/v1/actions
			people: GET /api/v1/actions/{id}
			people: GET /api/v1/policies
			people: GET /api/v1/policies/{id}
			people: GET /api/v1/policies/versions
			people: GET /api/v1/policies/versions/{version}
			people: POST /api/v1/policies/simulate
			people: GET /approvals/{id}
			people: GET /live/approvals/{id}
			people: GET /live/inbox
			people: GET /similar
			people: GET /similar/decided
			people: GET /live/frozen
			people: GET /account/passkeys
			people: POST /account/passkeys
			people: POST /account/passkeys/begin
			people: POST /account/passkeys/revoke
			people: GET /history
			people: GET /numbers
			administrators: GET /notifications
			administrators: POST /notifications/{channel}/test
			people: GET /agents
			people: GET /agents/{id}
			people: GET /policies
			people: POST /policies/simulate
			people: GET /audit
			verifiers: GET /api/v1/audit/verify
			verifiers: GET /api/v1/audit/export
			verifiers: POST /audit/verify
			persons: GET /api/v1/account
			persons: POST /api/v1/account/key
			persons: DELETE /api/v1/account/key
			persons: GET /account
			persons: POST /account/password
			persons: POST /account/key
			persons: POST /account/remove-key
			ending: POST /account/reasons
			anybody: GET /set-password
			anybody: POST /set-password
			verifiers: GET /api/v1/users
			verifiers: GET /api/v1/users/{name}
			verifiers: GET /users
			verifiers: GET /users/{name}
			administrators: GET /api/v1/trust
			administrators: POST /api/v1/users
			administrators: PATCH /api/v1/users/{name}
			administrators: DELETE /api/v1/users/{name}
			administrators: POST /api/v1/users/{name}/link
			administrators: POST /api/v1/users/{name}/addresses
			administrators: DELETE /api/v1/users/{name}/addresses/{id}
			verifiers: GET /api/v1/users/{name}/delegations
			administrators: POST /api/v1/users/{name}/delegations
			administrators: DELETE /api/v1/users/{name}/delegations/{id}
			administrators: GET /api/v1/permissions/others
			persons: GET /api/v1/account/delegations
			deciders: POST /api/v1/account/delegations
			persons: DELETE /api/v1/account/delegations/{id}
			deciders: GET /account/away
			deciders: POST /account/away
			deciders: POST /account/away/{id}/end
			people: GET /account/notifications
			people: POST /account/notifications
			people: POST /account/notifications/add
			people: POST /account/notifications/confirm
			people: POST /account/notifications/connect
			people: POST /account/notifications/remove
			people: POST /account/notifications/test
			people: POST /account/notifications/push
			people: POST /account/notifications/push/end
			administrators: DELETE /api/v1/users/{name}/key
			administrators: DELETE /api/v1/users/{name}/sessions
			administrators: POST /users
			administrators: POST /users/{name}
			administrators: POST /users/{name}/profile
			administrators: POST /users/{name}/addresses
			administrators: POST /users/{name}/addresses/{id}/remove
			administrators: POST /users/{name}/delegations/{id}/end
			administrators: POST /users/{name}/link
			administrators: POST /users/{name}/remove-key
			administrators: POST /users/{name}/sign-out
			administrators: POST /users/{name}/end
			administrators: POST /api/v1/agents
			administrators: PATCH /api/v1/agents/{id}
			administrators: DELETE /api/v1/agents/{id}
			administrators: POST /api/v1/agents/{id}/rotate
			administrators: POST /api/v1/agents/{id}/freeze
			administrators: POST /api/v1/agents/{id}/unfreeze
			administrators: POST /api/v1/freeze
			administrators: POST /api/v1/unfreeze
			administrators: POST /users/{name}/passkeys/revoke
			administrators: POST /agents
			administrators: POST /agents/{id}
			administrators: POST /agents/{id}/rotate
			administrators: POST /agents/{id}/revoke
			administrators: POST /agents/{id}/freeze
			administrators: POST /agents/{id}/unfreeze
			administrators: GET /freeze
			administrators: POST /freeze
			administrators: POST /unfreeze
			administrators: POST /api/v1/policies
			administrators: PUT /api/v1/policies/{id}
			administrators: PATCH /api/v1/policies/{id}
			administrators: DELETE /api/v1/policies/{id}
			administrators: POST /api/v1/actions
			administrators: PUT /api/v1/actions/{id}
			administrators: PATCH /api/v1/actions/{id}
			administrators: DELETE /api/v1/actions/{id}
			""";

	private static final Map<String, Set<Caller>> GROUPS = Map.of("persons", Set.of(Caller.PERSON), "revokers",
			Set.of(Caller.AGENT, Caller.APPROVER, Caller.ADMINISTRATOR), "ending",
			Set.of(Caller.APPROVER, Caller.ADMINISTRATOR), "anybody", Set.of(Caller.ANYBODY), "agent",
			Set.of(Caller.AGENT), "deciders", Set.of(Caller.APPROVER), "people",
			Set.of(Caller.APPROVER, Caller.ADMINISTRATOR, Caller.AUDITOR), "verifiers",
			Set.of(Caller.ADMINISTRATOR, Caller.AUDITOR), "administrators", Set.of(Caller.ADMINISTRATOR));

	private static final String BODY = """
			{"approved":true,"name":"walked","action":"auto_approve","conditions":{"action":{"exists":true}},\
			"request":{"action":"a"},"reason":"walked","owner":"alice"}""";

	private static final String FORM = "decision=approve&name=walked&reason=walked&action=a&scope={}&context={}&test=on";

	private static TestServer server;

	private static String pending;

	private static String policy;

	private static String action;

	@BeforeAll
	static void start() {
		server = TestServer.start("agentotp.server.users.auditor.password=" + TestServer.PASSWORD_HASH,
				// With the routes of chats, which nobody calls here.
				"agentotp.server.notifications.slack.bot-token=xoxb-0-walked",
				"agentotp.server.notifications.slack.signing-secret=0123456789abcdef",
				"agentotp.server.notifications.telegram.bot-token=1:0123456789-0123456789",
				"agentotp.server.notifications.telegram.webhook-secret=0123456789-0123456789-01",
				"agentotp.server.notifications.telegram.api-url=http://127.0.0.1:9",
				"agentotp.server.public-url=http://localhost:8080/agent-otp");
		pending = server.mailer().pending("mail.send");
		server.admin().post("/agents", "{\"name\":\"walked-agent\"}").expect(201);
		policy = server.admin()
			.post("/policies",
					"{\"name\":\"kept\",\"action\":\"deny\",\"conditions\":{\"action\":{\"equals\":\"kept\"}}}")
			.expect(201)
			.data()
			.path("id")
			.stringValue();
		action = server.admin().post("/actions", "{\"action\":\"kept\"}").expect(201).data().path("id").stringValue();
	}

	@AfterAll
	static void stop() {
		server.close();
	}

	@Test
	void routesWhenMappedThenEachIsClassifiedAndSaysTheSameItself() {
		Map<String, Set<Caller>> mapped = new TreeMap<>();
		mapped().forEach((route) -> mapped.put(route.toString(), route.allowed()));
		Map<String, Set<Caller>> access = new TreeMap<>();
		ACCESS.lines().map((line) -> line.split(": ")).forEach((line) -> access.put(line[1], GROUPS.get(line[0])));
		assertThat(mapped).isEqualTo(access);
	}

	@Test
	void handlersWhenListedThenNoneButTheseRoutesAndTheAssets() {
		for (HandlerMapping mapping : server.server().context().getBeansOfType(HandlerMapping.class).values()) {
			if (mapping instanceof AbstractUrlHandlerMapping urls) {
				assertThat(urls.getHandlerMap().keySet()).allMatch((path) -> path.equals("/assets/**"));
			}
			else if (mapping instanceof RouterFunctionMapping functions) {
				assertThat(functions.getRouterFunction()).isNull();
			}
			else {
				assertThat(mapping).isInstanceOf(RequestMappingHandlerMapping.class);
			}
		}
	}

	@Test
	@DisplayName("attack A7: an agent's key reaches no route on which anything is decided, administered or read by people")
	void agentWhenAnyRouteThatIsNotForAgentsThenRefusedAndNothingChanged() {
		Map<String, Integer> statuses = walk(Caller.AGENT,
				(route) -> server.mailer()
					.send(route.method(), path(route).replace("/api/v1", ""), route.isRead() ? null : BODY)
					.status(),
				(route) -> send(new Browser(server.url()), route,
						Map.of("Authorization", "Bearer " + TestServer.MAILER_KEY)));
		statuses.forEach((route, status) -> assertThat(status).as(route)
			.isEqualTo(route.contains(" /api/") ? 403 : route.contains(" /live/") ? 401 : 302));
		assertThat(statuses).containsKeys("POST /api/v1/permissions/{id}/decide", "POST /api/v1/permissions/decide",
				"POST /api/v1/policies", "PATCH /api/v1/agents/{id}", "GET /api/v1/audit", "POST /approvals/{id}");
	}

	@Test
	void anybodyWhenAnyRouteWithoutCredentialsThenRefusedAndNothingChanged() {
		Map<String, Integer> statuses = walk(Caller.ANYBODY,
				(route) -> server.api(null)
					.send(route.method(), path(route).replace("/api/v1", ""), route.isRead() ? null : BODY)
					.status(),
				(route) -> send(new Browser(server.url()), route, Map.of()));
		statuses.forEach((route, status) -> assertThat(status).as(route)
			.isEqualTo((route.contains(" /api/") || route.contains(" /live/")) ? 401 : 302));
	}

	@Test
	void auditorWhenAnyRouteThenNothingChanged() {
		Browser auditor = new Browser(server.url()).signedIn("auditor");
		Map<String, Integer> statuses = walk(null,
				(route) -> server.auditor()
					.send(route.method(), path(route).replace("/api/v1", ""), route.isRead() ? null : BODY)
					.status(),
				(route) -> send(auditor, route, Map.of()));
		mapped().stream()
			.filter((route) -> !route.allowed().contains(Caller.AUDITOR) && !route.allowed().contains(Caller.ANYBODY)
					&& !route.allowed().contains(Caller.PERSON))
			.forEach((route) -> assertThat(statuses.get(route.toString())).as(route.toString()).isEqualTo(403));
		mapped().stream()
			.filter((route) -> route.allowed().contains(Caller.AUDITOR) && route.isRead())
			.forEach((route) -> assertThat(statuses.get(route.toString())).as(route.toString())
				// There is nothing to receive for what waits.
				.isEqualTo(route.toString().endsWith("/receipt") ? 409 : 200));
	}

	/**
	 * Sends a request to each route that a caller may not reach, or to all, and compares
	 * what the database holds before and after.
	 */
	private static Map<String, Integer> walk(Caller caller, ToIntFunction<Route> api, ToIntFunction<Route> page) {
		String before = stored();
		Map<String, Integer> statuses = new LinkedHashMap<>();
		for (Route route : mapped()) {
			if (caller == null || !(route.allowed().contains(caller) || route.allowed().contains(Caller.ANYBODY))) {
				statuses.put(route.toString(), route.isApi() ? api.applyAsInt(route) : page.applyAsInt(route));
			}
		}
		assertThat(stored()).isEqualTo(before);
		return statuses;
	}

	// With a session and its CSRF token, which anybody gets with the page to sign in.
	private static int send(Browser browser, Route route, Map<String, String> headers) {
		String form = route.isRead() ? null : FORM + "&ids=" + pending + "&_csrf="
				+ URLEncoder.encode(browser.get("/").csrf(), StandardCharsets.UTF_8);
		Browser.Page page = browser.send(route.method(), path(route), form, headers);
		return page.raw()
			.previousResponse()
			.map((redirect) -> page.path().endsWith("/sign-in") ? 302 : 0)
			.orElse(page.status());
	}

	private static String path(Route route) {
		String id = route.path().contains("/agents/") ? "walked-agent"
				: route.path().contains("/policies/") ? policy : route.path().contains("/actions/") ? action : pending;
		// Otherwise a page that waits for news would wait for long.
		String seen = route.path().equals("/live/inbox") ? "?seen=x" : "";
		return route.path()
			.replace("{id}", id)
			.replace("{version}", "1")
			.replace("{channel}", "mail")
			.replace("{waiting}", "3")
			.replace("{name}", "auditor") + seen;
	}

	// All that is kept, but for what only counts requests and what the service does by
	// itself.
	private static String stored() {
		List<String> rows = new ArrayList<>();
		for (String table : List.of("agentotp_permission", "agentotp_audit", "agentotp_policy",
				"agentotp_policy_version", "agentotp_agent", "agentotp_user", "agentotp_instance",
				"agentotp_idempotency")) {
			rows.addAll(server.jdbc().sql("SELECT * FROM " + table).query((row, index) -> {
				StringBuilder text = new StringBuilder(table);
				for (int column = 1; column <= row.getMetaData().getColumnCount(); column++) {
					text.append('|').append(row.getString(column));
				}
				return text.toString();
			}).list());
		}
		return rows.stream().sorted().collect(Collectors.joining("\n"));
	}

	private static List<Route> mapped() {
		List<Route> routes = new ArrayList<>();
		server.bean(RequestMappingHandlerMapping.class).getHandlerMethods().forEach((info, handler) -> {
			Allowed allowed = handler.getMethodAnnotation(Allowed.class);
			if (allowed == null) {
				allowed = AnnotatedElementUtils.findMergedAnnotation(handler.getBeanType(), Allowed.class);
			}
			Set<Caller> callers = (allowed != null) ? Set.copyOf(Arrays.asList(allowed.value())) : Set.of();
			Set<RequestMethod> methods = info.getMethodsCondition().getMethods();
			for (String path : info.getPatternValues()) {
				// A route without a method answers to all of them.
				(methods.isEmpty() ? List.of(RequestMethod.values()) : List.copyOf(methods))
					.forEach((method) -> routes.add(new Route(method.name(), path, callers)));
			}
		});
		return routes;
	}

	private record Route(String method, String path, Set<Caller> allowed) {

		boolean isApi() {
			return this.path.startsWith("/api/");
		}

		boolean isRead() {
			return this.method.equals("GET");
		}

		@Override
		public String toString() {
			return this.method + " " + this.path;
		}

	}

}
