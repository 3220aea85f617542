package io.agentotp.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

import com.sun.net.httpserver.HttpServer;
import io.agentotp.server.json.Json;
import io.agentotp.server.notification.push.PushReceiver;
import io.agentotp.server.user.Addresses;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openqa.selenium.By;
import org.openqa.selenium.support.ui.ExpectedConditions;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A browser is told while no page is open: from a press on the page to the request that
 * the message opens. Only the push service is played, since browsers take none but their
 * makers'.
 */
class PushPageTests {

	private static final PushReceiver RECEIVER = new PushReceiver();

	private static final BlockingQueue<byte[]> TOLD = new LinkedBlockingQueue<>();

	// What the browser would ask its maker's service for.
	private static final String SUBSCRIBES = """
			const own = () => {
				const { endpoint, key } = JSON.parse(localStorage.getItem("own") ?? "{}");
				return endpoint ? {
					endpoint,
					options: { applicationServerKey: Uint8Array.from(atob(key.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0)).buffer },
					toJSON: () => ({ endpoint, keys: { p256dh: "%s", auth: "%s" } }),
					unsubscribe: async () => localStorage.removeItem("own"),
				} : null;
			};
			PushManager.prototype.getSubscription = async () => own();
			PushManager.prototype.subscribe = async (options) => {
				localStorage.setItem("own", JSON.stringify({ endpoint: "%s/" + crypto.randomUUID(), key: options.applicationServerKey }));
				return own();
			};
			""";

	// Only a hand opens windows.
	private static final String CLICK = """
			const [shown] = await self.registration.getNotifications();
			let opened = "";
			self.clients.openWindow = async (address) => { opened = address; };
			const click = new NotificationEvent("notificationclick", { notification: shown });
			let done;
			click.waitUntil = (work) => { done = work; };
			self.dispatchEvent(click);
			await done;
			return opened;
			""";

	@TempDir
	private static Path profile;

	private static HttpServer service;

	private static Chromium browser;

	@BeforeAll
	static void start() throws IOException {
		Chromium.assume();
		service = HttpServer.create(new InetSocketAddress("localhost", 0), 0);
		service.createContext("/", (exchange) -> {
			TOLD.add(exchange.getRequestBody().readAllBytes());
			exchange.sendResponseHeaders(201, -1);
			exchange.close();
		});
		service.start();
		browser = Chromium.start(profile);
		browser.driver()
			.executeCdpCommand("Page.addScriptToEvaluateOnNewDocument",
					Map.of("source", SUBSCRIBES.formatted(RECEIVER.key(), RECEIVER.secret(), origin())));
	}

	@AfterAll
	static void stop() {
		if (browser != null) {
			browser.close();
		}
		if (service != null) {
			service.stop(0);
		}
	}

	@ParameterizedTest
	@EnumSource(names = { "ALONE", "ALONE_UNDER_A_PATH", "EMBEDDED" })
	void browserWhenItIsToldThenShowsAMessageThatOpensTheRequest(Form form, @TempDir Path directory) throws Exception {
		TOLD.clear();
		try (TestServer server = form.start(directory,
				"agentotp.server.notifications.push.subject=mailto:ops@example.com",
				"agentotp.server.notifications.push.endpoints=" + origin())) {
			String root = server.url().replaceAll("(://[^/]+).*", "$1");
			browser.driver()
				.executeCdpCommand("Browser.grantPermissions",
						Map.of("permissions", List.of("notifications"), "origin", root));
			browser.signIn(server, "alice");
			requireInstallable(server);
			subscribe(server);
			String id = server.mailer().pending("mail.send");
			JsonNode told = RECEIVER.decrypt(TOLD.poll(1, TimeUnit.MINUTES));
			assertThat(told).isEqualTo(Json.object()
				.put("title", "A request waits for a decision")
				.put("text", "Look and decide")
				.put("permission", id));
			try (ChromiumTarget page = ChromiumTarget.of(browser, "page", server.url());
					ChromiumTarget worker = ChromiumTarget.of(browser, "service_worker", server.url() + "/worker.js")) {
				page.call("ServiceWorker.enable", Map.of());
				String registration = registration(page, server.url() + "/");
				BooleanSupplier shown = () -> worker
					.run("return (await self.registration.getNotifications()).map((n) => [n.title, n.body, n.tag])")
					.toString()
					.equals("[[\"A request waits for a decision\",\"Look and decide\",\"" + id + "\"]]");
				// A worker that is just being started may miss one.
				for (int i = 0; i < 4 && !shown.getAsBoolean(); i++) {
					page.call("ServiceWorker.deliverPushMessage",
							Map.of("origin", root + "/", "registrationId", registration, "data", Json.write(told)));
					try {
						Await.until("the message is shown", Duration.ofSeconds(15), shown);
					}
					catch (AssertionError ex) {
						if (i == 3) {
							throw ex;
						}
					}
				}
				String opened = worker.run(CLICK).stringValue();
				assertThat(opened).isEqualTo(server.url() + "/approvals/" + id);
				browser.driver().get(opened);
				assertThat(browser.await(By.id("approve")).isDisplayed()).isTrue();
				assertThat(worker.run("return (await self.registration.getNotifications()).length").intValue())
					.isZero();
			}
			signOut(server);
		}
	}

	// Of the worker that counts for the pages of the service, and for no others.
	private static String registration(ChromiumTarget page, String scope) {
		JsonNode message = page.await("the worker counts for " + scope,
				(each) -> registrations(each, scope).findAny().isPresent());
		return registrations(message, scope).findFirst().orElseThrow();
	}

	private static Stream<String> registrations(JsonNode message, String scope) {
		return message.at("/params/registrations")
			.valueStream()
			.filter((one) -> one.path("scopeURL").asString("").equals(scope) && !one.path("isDeleted").asBoolean(false))
			.map((one) -> one.path("registrationId").stringValue());
	}

	private static void requireInstallable(TestServer server) throws Exception {
		JsonNode manifest = Json.read(Json.write(browser.driver().executeCdpCommand("Page.getAppManifest", Map.of())));
		assertThat(manifest.path("errors")).isEmpty();
		assertThat(manifest.path("url").stringValue()).isEqualTo(server.url() + "/assets/manifest.json");
		assertThat(manifest.at("/manifest/scope").asString(manifest.at("/parsed/scope").asString(""))).isIn("",
				server.url() + "/");
		JsonNode problems = Json
			.read(Json.write(browser.driver().executeCdpCommand("Page.getInstallabilityErrors", Map.of())));
		assertThat(problems.path("installabilityErrors").toString()).isIn("[]",
				"[{\"errorArguments\":[],\"errorId\":\"in-incognito\"}]");
	}

	private static void subscribe(TestServer server) {
		browser.driver().get(server.url() + "/account/notifications");
		browser.waiting().until(ExpectedConditions.invisibilityOfElementLocated(By.id("push-problem")));
		browser.scrollToAndClick(By.id("push-here"));
		assertThat(browser.await(By.id("done")).getText()).isEqualTo("Saved.");
		assertThat(browser.await(By.cssSelector("li[data-hash] .this")).getText()).isEqualTo("this browser");
		assertThat(browser.driver().findElement(By.cssSelector("li[data-hash] b")).getText())
			.isEqualTo("Chrome, Linux");
		assertThat(browser.driver().findElement(By.id("push-here")).isDisplayed()).isFalse();
		assertThat(server.bean(Addresses.class).of("alice")).hasSize(1);
	}

	private static void signOut(TestServer server) {
		browser.driver().findElement(By.id("sign-out")).click();
		browser.await(By.id("username"));
		assertThat(browser.driver().executeScript("return localStorage.getItem('own')")).isNull();
		assertThat(server.bean(Addresses.class).of("alice")).isEmpty();
	}

	private static String origin() {
		return "http://localhost:" + service.getAddress().getPort();
	}

}
