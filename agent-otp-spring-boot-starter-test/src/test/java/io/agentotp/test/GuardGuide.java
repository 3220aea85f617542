package io.agentotp.test;

import java.io.InputStream;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

import io.agentotp.Permission;
import io.agentotp.PermissionDeniedException;
import io.agentotp.PermissionExpiredException;
import io.agentotp.PermissionPendingException;
import io.agentotp.spring.Consume;
import io.agentotp.spring.NotBound;
import io.agentotp.spring.OnPending;
import io.agentotp.spring.PermissionContext;
import io.agentotp.spring.ReactivePermissionContext;
import io.agentotp.spring.RequiresPermission;
import io.agentotp.spring.Sensitive;
import io.agentotp.spring.event.PermissionPendingEvent;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.context.event.EventListener;

/**
 * The Java code of the page {@code docs/guard.md}, in its order. What stands between
 * {@code // on the page} and {@code // end} is one block of the page.
 */
class GuardGuide {

	private final List<String> done = new CopyOnWriteArrayList<>();

	List<String> done() {
		return this.done;
	}

	// on the page
	@RequiresPermission(action = "email.send", resource = "email:#{#to}",
			scope = "{max_emails: 1, allowed_recipients: {#to}}", context = "{length: #body.length()}",
			reason = "Sending “#{#subject}”", ttl = "2m", timeout = "${mail.approval-timeout:10m}")
	public String send(String to, String subject, String body, @Nullable Permission permission) {
		return deliver(to, subject, body);
	}
	// end

	// on the page
	@RequiresPermission(action = "card.charge")
	public String charge(@Sensitive String cardNumber, int amount) {
		return pay(cardNumber, amount);
	}

	@RequiresPermission(action = "file.write", resource = "file:#{#name}")
	public void write(String name, @NotBound InputStream content) {
		store(name, content);
	}
	// end

	// on the page
	@RequiresPermission(action = "payment.refund", resource = "order:#{#order}", scope = "{max_amount: #amount}",
			check = "#amount <= #granted['max_amount']")
	public String refund(long order, int amount) {
		return pay(order, amount);
	}

	@RequiresPermission(action = "payment.collect", scope = "{max_amount: #amount}", acceptsNarrowed = true)
	public String collect(int amount) {
		Number granted = (Number) PermissionContext.current().scope().get("max_amount");
		return pay("the account", Math.min(amount, granted.intValue()));
	}
	// end

	// on the page
	@RequiresPermission(action = "payment.transfer", consume = Consume.BEFORE)
	public String transfer(String account, int amount) {
		return pay(account, amount);
	}
	// end

	// on the page
	@RequiresPermission(action = "table.drop", resource = "table:#{#name}", onPending = OnPending.THROW)
	public void drop(String name) {
		execute("drop table " + name);
	}
	// end

	/** A tool of a language model. */
	static class DropTool {

		private final GuardGuide tables;

		DropTool(GuardGuide tables) {
			this.tables = tables;
		}

		// on the page
		String drop(String name) {
			try {
				this.tables.drop(name);
				return "Dropped";
			}
			catch (PermissionPendingException ex) {
				return ex.code().equals("PERMISSION_WITHDRAWN") ? "Permission denied: nobody decided in time"
						: "Pending: approve at " + ex.approvalUrl().orElse("the service") + " and call again";
			}
			catch (PermissionDeniedException | PermissionExpiredException ex) {
				return "Permission denied: " + ex.permission().reason().orElse("nobody decided");
			}
		}
		// end

	}

	// on the page
	@RequiresPermission(action = "report.build")
	public CompletableFuture<String> build(int year) {
		Permission permission = PermissionContext.current();
		return CompletableFuture.supplyAsync(() -> compute(year, permission.scope()));
	}

	@RequiresPermission(action = "report.publish")
	public Mono<String> publish(int year) {
		return ReactivePermissionContext.current().map((permission) -> compute(year, permission.scope()));
	}
	// end

	// on the page
	@RequiresPermission(action = "file.read", resource = "file:#{#name}")
	public String read(String name) {
		Permission permission = PermissionContext.current();
		return load(name, permission.scope());
	}
	// end

	// on the page
	@EventListener
	void onPending(PermissionPendingEvent event) {
		event.permission().approvalUrl().ifPresent((url) -> tellTheUser("Please decide at " + url));
	}
	// end

	private String deliver(String to, String subject, String body) {
		return record("delivered " + subject + " to " + to + " " + body.length());
	}

	private String pay(Object what, int amount) {
		return record("paid " + amount + " for " + what);
	}

	private void store(String name, InputStream content) {
		record("stored " + name + " " + content);
	}

	private void execute(String statement) {
		record(statement);
	}

	private String compute(int year, Object scope) {
		return record("computed " + year + " " + scope);
	}

	private String load(String name, Object scope) {
		return record("loaded " + name + " " + scope);
	}

	private void tellTheUser(String text) {
		record(text);
	}

	private String record(String text) {
		this.done.add(text);
		return text;
	}

}
