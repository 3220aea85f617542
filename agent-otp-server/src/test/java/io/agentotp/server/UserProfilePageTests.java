package io.agentotp.server;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.user.Address;
import io.agentotp.server.user.Addresses;
import io.agentotp.server.user.Delegations;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Groups, identity, addresses and delegations of users on the pages of administrators, in
 * each place where the service can live.
 */
@ParameterizedClass
@EnumSource
class UserProfilePageTests {

	private static TestServer server;

	private static StoredCopy untouched;

	private static Addresses addresses;

	@Parameter
	Form form;

	@BeforeParameterizedClassInvocation
	static void start(Form form, @TempDir Path directory) {
		server = form.start(directory, "agentotp.server.users.admin.password=" + TestServer.PASSWORD_HASH,
				"agentotp.server.users.bob.groups=f1nance", "agentotp.server.users.bob.addresses.chat=U-BOB");
		server.admin().post("/users", "{\"name\":\"carol\",\"roles\":[\"approver\"]}").expect(201);
		addresses = server.bean(Addresses.class);
		untouched = StoredCopy.of(server);
	}

	@AfterParameterizedClassInvocation
	static void stop() {
		server.close();
	}

	@BeforeEach
	void restore() {
		untouched.restore(server);
	}

	@Test
	void profileWhenChangedThenKeptAndTheListShowsGroupsAndThoseThatLookAlike() {
		Browser admin = new Browser(server.url()).signedIn("admin");
		Browser.Page page = admin.get("/users/carol");
		Browser.Page saved = admin.submit(page, "/users/carol/profile",
				Map.of("mark", mark(page), "groups", "finance, ops ,,finance", "language", "de", "timeZone",
						"Europe/Berlin", "issuer", "https://id.example.com", "subject", "c-1"));
		assertThat(saved.status()).isEqualTo(200);
		assertThat(saved.text()).contains("<span>finance</span>, <span>ops</span>", "Europe/Berlin", "c-1");
		assertThat(server.admin().get("/users/carol").data().path("groups").toString())
			.isEqualTo("[\"finance\",\"ops\"]");
		assertThat(server.admin().get("/users/carol").data().path("roles").toString()).isEqualTo("[\"approver\"]");
		assertThat(admin.get("/users").text()).contains("data-group=\"finance\"", "data-group=\"ops\"",
				"looks like another one: f1nance<", "looks like another one: finance<", "/users/carol\">carol</a>");
	}

	@Test
	void profileWhenChangedMeanwhileOrNotValidThenRefusedAndTheOldStays() {
		Browser admin = new Browser(server.url()).signedIn("admin");
		Browser.Page page = admin.get("/users/carol");
		server.admin().send("PATCH", "/users/carol", "{\"groups\":[\"ops\"]}").expect(200);
		Browser.Page late = admin.submit(page, "/users/carol/profile", Map.of("mark", mark(page), "groups", "finance"));
		assertThat(late.status()).isEqualTo(409);
		page = admin.get("/users/carol");
		Browser.Page wrong = admin.submit(page, "/users/carol/profile",
				Map.of("mark", mark(page), "groups", "ops", "timeZone", "Mars/Base"));
		assertThat(wrong.status()).isEqualTo(400);
		assertThat(wrong.text()).contains("id=\"problem\"");
		assertThat(server.admin().get("/users/carol").data().path("groups").toString()).isEqualTo("[\"ops\"]");
	}

	private static String mark(Browser.Page page) {
		return page.text().replaceAll("(?s).*name=\"mark\" value=\"(\\w+)\".*", "$1");
	}

	@Test
	void addressWhenAddedAndRemovedThenAsThePageSays() {
		Browser admin = new Browser(server.url()).signedIn("admin");
		Browser.Page page = admin.get("/users/carol");
		page = admin.submit(page, "/users/carol/addresses", Map.of("channel", "chat", "address", "<b>U&1</b>"));
		assertThat(page.text()).contains("&lt;b&gt;U&amp;1&lt;/b&gt;").doesNotContain("<b>U&");
		Address added = addresses.of("carol").get(0);
		assertThat(admin.submit(page, "/users/carol/addresses", Map.of("channel", "chat", "address", "U-BOB")).status())
			.isEqualTo(409);
		assertThat(admin.submit(page, "/users/bob/addresses/" + added.id() + "/remove", Map.of()).status())
			.isEqualTo(404);
		assertThat(admin.submit(page, "/users/carol/addresses/" + added.id() + "/remove", Map.of()).status())
			.isEqualTo(200);
		assertThat(addresses.of("carol")).isEmpty();
		String bobs = addresses.of("bob").get(0).id();
		assertThat(admin.submit(page, "/users/bob/addresses/" + bobs + "/remove", Map.of()).status()).isEqualTo(409);
		assertThat(addresses.of("bob")).hasSize(1);
	}

	@Test
	void delegationWhenAnAdministratorEndsItThenOver() {
		Delegations delegations = server.bean(Delegations.class);
		String id = delegations
			.create("alice", "bob", null, server.clock.instant().plus(Duration.ofDays(1)), Actor.SYSTEM)
			.id();
		Browser admin = new Browser(server.url()).signedIn("admin");
		Browser.Page page = admin.get("/users/alice");
		assertThat(page.text()).contains("id=\"away\"", "data-to=\"bob\"");
		assertThat(admin.get("/users/bob").text()).contains("id=\"stands-in\"");
		admin.submit(page, "/users/alice/delegations/" + id + "/end", Map.of());
		assertThat(delegations.of("alice", server.clock.instant())).isEmpty();
	}

}
