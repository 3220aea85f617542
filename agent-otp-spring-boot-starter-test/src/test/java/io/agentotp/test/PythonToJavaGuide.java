package io.agentotp.test;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import io.agentotp.AgentOtpClient;
import io.agentotp.AgentOtpException;
import io.agentotp.AsyncAgentOtpClient;
import io.agentotp.AuthenticationException;
import io.agentotp.NetworkException;
import io.agentotp.OtpToken;
import io.agentotp.Permission;
import io.agentotp.PermissionNotGrantedException;
import io.agentotp.PermissionRequest;
import io.agentotp.PermissionStatus;
import io.agentotp.RateLimitException;
import io.agentotp.ServiceHealth;
import io.agentotp.TokenException;
import io.agentotp.TokenVerification;
import io.agentotp.ValidationException;
import io.agentotp.spring.RequiresPermission;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The Java code of the page {@code docs/python-to-java.md}, in its order. What stands
 * between {@code // on the page} and {@code // end} is one block of the page.
 */
final class PythonToJavaGuide {

	private final Mailer mailer;

	PythonToJavaGuide(Mailer mailer) {
		this.mailer = mailer;
	}

	AgentOtpClient configure(String apiKey, String baseUrl) {
		// on the page
		AgentOtpClient client = AgentOtpClient.builder()
			.apiKey(apiKey)
			.baseUrl(baseUrl)
			.timeout(Duration.ofSeconds(30))
			.retries(3)
			.debug(false)
			.build();
		// end
		return client;
	}

	void close(String apiKey, String baseUrl) {
		// on the page
		try (AgentOtpClient client = AgentOtpClient.builder().apiKey(apiKey).baseUrl(baseUrl).build()) {
			Permission permission = client
				.requestPermission(PermissionRequest.builder("file.write").scope("max_size", 1_048_576).build());
			System.out.println(permission.status());
		}
		// end
	}

	Permission ask(AgentOtpClient client) {
		// on the page
		Permission permission = client.requestPermission(PermissionRequest.builder("email.send")
			.resource("email:client@example.com")
			.scope("max_emails", 1)
			.scope("allowed_recipients", List.of("client@example.com"))
			.context("reason", "Sending the monthly invoice")
			.ttl(Duration.ofMinutes(5))
			.timeout(Duration.ofMinutes(1))
			.build());

		if (permission.isGranted()) {
			OtpToken token = permission.token().orElseThrow();
			this.mailer.send("client@example.com", token);
			client.useToken(permission, Map.of("message_id", "2026-07"));
		}
		// end
		return permission;
	}

	List<Permission> askWithoutWaiting(AgentOtpClient client) {
		// on the page
		Permission asked = client
			.requestPermission(PermissionRequest.builder("report.publish").waitForApproval(false).build());
		String id = asked.id();

		Permission now = client.getPermission(id);
		Permission decided = client.awaitDecision(id, Duration.ofMinutes(10));
		// end
		return List.of(asked, now, decided);
	}

	// on the page
	String ask(AgentOtpClient client, String action) {
		try {
			Permission permission = client
				.requestPermission(PermissionRequest.builder(action).scope("max_emails", 1).build());
			return permission.statusText();
		}
		catch (AuthenticationException ex) {
			return "Invalid API key: " + ex.getMessage();
		}
		catch (ValidationException ex) {
			return "Invalid request: " + ex.details();
		}
		catch (RateLimitException ex) {
			return "Rate limited, retry after " + ex.retryAfter().map(Duration::toSeconds).orElse(60L) + "s";
		}
		catch (NetworkException ex) {
			return "Network error: " + ex.getMessage();
		}
		catch (AgentOtpException ex) {
			return "API error: " + ex.code() + " - " + ex.getMessage();
		}
	}
	// end

	boolean use(AgentOtpClient client, Permission permission, OtpToken token) {
		// on the page
		try {
			client.useToken(permission.id(), token, Map.of("message_id", "2026-07"));
		}
		catch (TokenException ex) {
			return false; // ex.code() is TOKEN_USED, TOKEN_EXPIRED, TOKEN_REVOKED, …
		}
		// end
		return true;
	}

	// on the page
	String sendEmail(AgentOtpClient client, String recipient) {
		Permission permission = client.requestPermission(
				PermissionRequest.builder("email.send").resource("email:" + recipient).scope("max_emails", 1).build());
		if (!permission.isGranted()) {
			return "Permission denied: " + permission.reason().orElse(permission.statusText());
		}
		this.mailer.send(recipient, permission.token().orElseThrow());
		client.useToken(permission);
		return "Email sent successfully";
	}
	// end

	// on the page
	String sendApprovedEmail(AgentOtpClient client, String recipient) {
		PermissionRequest request = PermissionRequest.builder("email.send")
			.resource("email:" + recipient)
			.scope("max_emails", 1)
			.build();
		try {
			return client.executeWithPermission(request, (permission) -> {
				this.mailer.send(recipient, permission.token().orElseThrow());
				return "Email sent successfully";
			});
		}
		catch (PermissionNotGrantedException ex) {
			return "Permission denied: " + ex.permission().reason().orElse(ex.permission().statusText());
		}
	}
	// end

	// on the page
	static class EmailTool {

		private final Mailer mailer;

		EmailTool(Mailer mailer) {
			this.mailer = mailer;
		}

		@RequiresPermission(action = "email.send", resource = "email:#{#recipient}", scope = "{max_emails: 1}")
		public String send(String recipient, @Nullable Permission permission) {
			this.mailer.send(recipient, permission.token().orElseThrow());
			return "Email sent successfully";
		}

	}
	// end

	CompletableFuture<Boolean> askAsync(AgentOtpClient blocking) {
		// on the page
		AsyncAgentOtpClient client = blocking.async();

		CompletableFuture<Boolean> done = client
			.requestPermission(PermissionRequest.builder("file.read").scope("max_size", 1_048_576).build())
			.thenCompose((permission) -> {
				if (!permission.isGranted()) {
					return CompletableFuture.completedFuture(false);
				}
				OtpToken token = permission.token().orElseThrow();
				return processFile(token).thenCompose((text) -> client.useToken(permission.id(), token))
					.thenApply((use) -> true);
			});
		// end
		return done;
	}

	CompletableFuture<String> executeAsync(AsyncAgentOtpClient client, PermissionRequest request) {
		// on the page
		CompletableFuture<String> text = client.executeWithPermission(request,
				(permission) -> processFile(permission.token().orElseThrow()));
		// end
		return text;
	}

	CompletableFuture<Permission> cancel(AsyncAgentOtpClient client, PermissionRequest request) {
		// on the page
		CompletableFuture<Permission> asking = client.requestPermission(request);
		asking.cancel(true);
		// end
		return asking;
	}

	List<Object> besides(AgentOtpClient client, Permission permission) {
		// on the page
		ServiceHealth health = client.health(); // needs no key
		client.checkAccess(); // throws unless the key is accepted

		OtpToken token = permission.token().orElseThrow();
		TokenVerification verification = client.verifyToken(permission.id(), token); // uses
																						// nothing
																						// up
		client.revokeToken(permission.id(), "Not needed any more");
		// end
		return List.of(health, verification);
	}

	void test() throws InterruptedException {
		// on the page
		FakeAgentOtp agentOtp = FakeAgentOtp.approving().leavePending("email.send");
		try (AgentOtpClient client = agentOtp.client()) {
			CompletableFuture<Permission> asking = client.async()
				.requestPermission(PermissionRequest.builder("email.send").build());
			agentOtp.awaitPending(1);
			agentOtp.advance(Duration.ofMinutes(10));
			assertThat(asking.join().status()).isEqualTo(PermissionStatus.EXPIRED);
		}
		// end
	}

	private CompletableFuture<String> processFile(OtpToken token) {
		return CompletableFuture.completedFuture("processed with " + token);
	}

	/**
	 * What the agent does.
	 */
	interface Mailer {

		void send(String recipient, OtpToken token);

	}

}
