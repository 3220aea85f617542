package io.agentotp.server;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditSequencer;
import io.agentotp.server.command.CommandLine;
import io.agentotp.server.user.Addresses;
import io.agentotp.server.user.Delegations;
import io.agentotp.server.user.KeptReasons;
import io.agentotp.server.user.Pairings;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.dao.DataIntegrityViolationException;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Changes each column of each table by as little as can be, and looks whether that is
 * found, online and offline, while all else is still shown. A column that is new here has
 * to be sealed, or listed with the reason why a change of it is harmless.
 */
@Tag("slow")
class TamperWalkTests {

	/** What names a row, by table. */
	private static final Map<String, String> KEYS = Map.ofEntries(Map.entry("agentotp_permission", "id"),
			Map.entry("agentotp_audit", "id"), Map.entry("agentotp_audit_chain", "seq"),
			Map.entry("agentotp_audit_checkpoint", "seq"), Map.entry("agentotp_audit_head", "single"),
			Map.entry("agentotp_agent", "id"), Map.entry("agentotp_user", "name"),
			Map.entry("agentotp_kept_reasons", "user_name"), Map.entry("agentotp_user_address", "id"),
			Map.entry("agentotp_pairing", "code_hash"), Map.entry("agentotp_delegation", "id"),
			Map.entry("agentotp_eligible", "id"), Map.entry("agentotp_vote", "id"),
			Map.entry("agentotp_challenge", "id"), Map.entry("agentotp_passkey", "credential_id"),
			Map.entry("agentotp_policy", "id"), Map.entry("agentotp_policy_version", "version"),
			Map.entry("agentotp_policy_state", "single"), Map.entry("agentotp_instance", "single"));

	/** Rows that the test itself does not need. */
	private static final Map<String, String> ROWS = Map.of("agentotp_agent", "id = 'reader'", "agentotp_user",
			"name = 'bob'");

	/** Why a change is harmless: by column, or by table for all of its columns. */
	static final Map<String, String> NOT_COVERED = Map.ofEntries(
			Map.entry("agentotp_permission.decision_seq",
					"Only the order in which an agent is told; it can ask for each."),
			Map.entry("agentotp_agent.decision_seq",
					"Only the order in which an agent is told; a free place is found from any value."),
			Map.entry("agentotp_instance.single", "There is one row."),
			Map.entry("agentotp_instance.secret_id", "Not used in memory. Elsewhere verify and the health name it."),
			Map.entry("agentotp_instance.audit_key_id", "Not used in memory. Elsewhere verify and the health name it."),
			Map.entry("agentotp_instance.configuration", "Only tells nodes that they are configured otherwise."),
			Map.entry("agentotp_audit_head.single", "There is one row."),
			Map.entry("agentotp_audit_head.last_id",
					"Rows that are skipped for it are linked once the node that wrote them sees that the chain does not grow."),
			Map.entry("agentotp_audit_head.gaps",
					"Rows that are skipped for it are linked at the next start, and found until then."),
			Map.entry("agentotp_audit_file",
					"Sealed; where the seal is broken, the last checkpoint has to be in the file at the next start."),
			Map.entry("agentotp_instance.frozen_by", "Read only while all is frozen; then it is sealed."),
			Map.entry("agentotp_instance.frozen_reason", "Read only while all is frozen; then it is sealed."),
			Map.entry("agentotp_session",
					"Its cookie has a MAC of the id; the name only finds sessions that are to end."),
			Map.entry("agentotp_session_attributes",
					"The name, the time of the sign-in and what pages left there are sealed."),
			Map.entry("agentotp_policy_state.single", "There is one row."),
			Map.entry("agentotp_policy_state.revision",
					"Only tells nodes, together with the seal, to read the policies again."),
			Map.entry("agentotp_idempotency",
					"Kept for a day. What is repeated from it is sealed, and refused if it was changed."),
			Map.entry("agentotp_notification",
					"What is told. Who is told, and what they may know, is looked up when it is sent."),
			Map.entry("agentotp_permission.escalated_at",
					"Whom an escalation adds is sealed. Set while it waits, verify names it; either way those whom the policy named are added."),
			Map.entry("agentotp_passkey.sign_count",
					"A lower one only hides that a device counts backwards: what signs is the key, which is sealed."),
			Map.entry("agentotp_passkey.backed_up", "Only shown."),
			Map.entry("agentotp_passkey.last_used_at", "Only shown."),
			Map.entry("agentotp_passkey_sign_in",
					"Sign-ins that were taken. Without its row, one counts again only within minutes, and of the same person."),
			Map.entry("agentotp_press",
					"Presses that were taken. Without its row, one counts again only within minutes, and of the same person."),
			Map.entry("agentotp_lease", "Which node fetches the presses of a chat. Two fetch each only once."),
			Map.entry("agentotp_bucket", "Counts of a minute, which limit and never permit."),
			Map.entry("agentotp_retention", "Only when data is removed next."), Map.entry("agentotp_flyway_history",
					"Read at the start only, which stops if it does not fit the program."));

	@TempDir
	private Path directory;

	private TestServer server;

	private final List<String> failures = new ArrayList<>();

	@Test
	void columnWhenChangedByOneByteThenFoundOrListedAsHarmless() throws IOException {
		Path checkpoints = this.directory.resolve("checkpoints.jsonl");
		try (TestServer started = TestServer.startNodes(TestDatabase.create(), 1,
				"agentotp.server.audit.checkpoint-file=" + checkpoints,
				"agentotp.server.audit.checkpoint-interval=1h")) {
			this.server = started;
			started.stopMaintenance();
			fill();
			started.bean(AuditSequencer.class).seal();
			Path key = Files.writeString(this.directory.resolve("key.pem"),
					started.auditor().get("/audit/keys").data().path(0).path("publicKey").stringValue());
			assertThat(verify()).as("before").isEmpty();
			Set<String> columns = columns();
			assertThat(columns).hasSizeGreaterThan(90);
			for (String column : columns) {
				String table = column.substring(0, column.indexOf('.'));
				if (!NOT_COVERED.containsKey(column) && !NOT_COVERED.containsKey(table)) {
					walk(table, column.substring(table.length() + 1), checkpoints, key);
				}
			}
			assertThat(NOT_COVERED.keySet()).allMatch((name) -> columns.contains(name)
					|| columns.stream().anyMatch((column) -> column.startsWith(name + ".")));
		}
		assertThat(this.failures).isEmpty();
	}

	private void fill() {
		String approved = this.server.mailer()
			.post("/permissions/request", Calls.bound("""
					{"action":"mail.send","resource":"inbox","scope":{"max_uses":2},"context":{"reason":"a"},
					"call":{"target":{"tool":"t"},"arguments":[{"name":"to","value":"ann"}]}}"""))
			.expect(202)
			.data()
			.path("id")
			.stringValue();
		this.server.alice().decide(approved, true).expect(200);
		this.server.bean(KeptReasons.class).keep("alice", "as always");
		this.server.bean(Addresses.class).add("alice", "chat", "U1", null, Actor.SYSTEM);
		this.server.bean(Delegations.class)
			.create("alice", "bob", null, this.server.clock.instant().plus(Duration.ofDays(1)), Actor.SYSTEM);
		String unused = this.server.bean(Pairings.class).code("alice", "chat", Actor.SYSTEM);
		this.server.admin()
			.post("/policies",
					"{\"name\":\"asks\",\"action\":\"require_approval\",\"conditions\":{\"action\":{\"equals\":\"pay\"}},\"approvers\":{\"people\":[\"alice\"]}}")
			.expect(201);
		String asked = this.server.mailer().pending("pay");
		this.server.alice().decide(asked, true).expect(200);
		PasskeyDevice device = new PasskeyDevice(this.server.origin());
		device.enrol(this.server, "alice");
		String signed = this.server.mailer().pending("pay");
		ObjectNode challenge = (ObjectNode) this.server.alice()
			.post("/permissions/" + signed + "/challenge", "{\"approved\":true}")
			.expect(200)
			.data();
		this.server.alice()
			.post("/permissions/" + signed + "/decide",
					"{\"approved\":true,\"assertion\":" + device.assertion(challenge) + "}")
			.expect(200);
		// One that waits for its signature.
		this.server.alice()
			.post("/permissions/" + this.server.mailer().pending("pay") + "/challenge", "{\"approved\":false}")
			.expect(200);
		this.server.admin()
			.post("/policies", "{\"name\":\"p\",\"action\":\"deny\",\"conditions\":{\"action\":{\"equals\":\"wire\"}}}")
			.expect(201);
	}

	private Set<String> columns() {
		Set<String> columns = new TreeSet<>();
		this.server.jdbc().sql("SELECT table_name, column_name FROM information_schema.columns").query((row) -> {
			String table = row.getString(1).toLowerCase(Locale.ROOT);
			if (table.startsWith("agentotp_")) {
				columns.add(table + "." + row.getString(2).toLowerCase(Locale.ROOT));
			}
		});
		return columns;
	}

	private void walk(String table, String column, Path checkpoints, Path key) throws IOException {
		String id = KEYS.get(table);
		if (id == null) {
			this.failures.add(table + "." + column + " is neither covered nor listed as harmless");
			return;
		}
		Map<String, Object> row = this.server.jdbc()
			.sql("SELECT * FROM " + table + (ROWS.containsKey(table) ? " WHERE " + ROWS.get(table) : "") + " ORDER BY "
					+ id)
			.query()
			.listOfRows()
			.get(0);
		Map<String, Object> values = new LinkedHashMap<>();
		row.forEach((name, value) -> values.put(name.toLowerCase(Locale.ROOT), value));
		Object before = values.get(column);
		Object after = changed(table, column, before);
		Object name = column.equals(id) ? after : values.get(id);
		String sql = "UPDATE " + table + " SET " + column + " = ? WHERE " + id + " = ?";
		try {
			this.server.jdbc().sql(sql).params(Arrays.asList(after, values.get(id))).update();
		}
		catch (DataIntegrityViolationException ex) {
			// What the schema refuses needs no other protection.
			return;
		}
		try {
			requireFound(table + "." + column, List.of(String.valueOf(values.get(id)), String.valueOf(name)),
					checkpoints, key);
		}
		finally {
			this.server.jdbc().sql(sql).params(Arrays.asList(before, name)).update();
		}
		List<String> left = verify();
		if (!left.isEmpty()) {
			this.failures.add(table + "." + column + " put back: " + left);
		}
	}

	private void requireFound(String column, List<String> names, Path checkpoints, Path key) throws IOException {
		List<String> problems = verify();
		if (problems.stream().noneMatch((problem) -> names.stream().anyMatch(problem::contains))
				&& (problems.isEmpty() || !column.startsWith("agentotp_audit")
						&& !column.startsWith("agentotp_instance") && !column.startsWith("agentotp_policy_state"))) {
			this.failures.add(column + " is not found, or not named: " + problems);
		}
		for (String path : List.of("/permissions", "/agents", "/users", "/policies", "/audit", "/stats",
				"/policies/versions")) {
			int status = this.server.admin().get(path).status();
			if (status != 200) {
				this.failures.add(column + ": " + path + " is answered with " + status);
			}
		}
		Path export = Files.writeString(this.directory.resolve("audit.jsonl"),
				this.server.auditor().get("/audit/export").raw().body());
		ByteArrayOutputStream output = new ByteArrayOutputStream();
		PrintStream out = new PrintStream(output, true, StandardCharsets.UTF_8);
		int code = CommandLine
			.run(new String[] { "audit", "verify", export.toString(), "--checkpoints", checkpoints.toString(), "--key",
					key.toString() }, out, out)
			.orElseThrow();
		// The checkpoints of the database are not part of an export.
		if (code != 1 && !column.startsWith("agentotp_audit_checkpoint") && !column.startsWith("agentotp_audit_head")) {
			this.failures.add(column + " is not found offline: " + output.toString(StandardCharsets.UTF_8));
		}
	}

	private static Object changed(String table, String column, Object value) {
		if (value instanceof Boolean flag) {
			return !flag;
		}
		if (value instanceof Integer number) {
			return number + 1;
		}
		if (value instanceof Long number) {
			return number + 1000;
		}
		if (value instanceof OffsetDateTime time) {
			return time.plusNanos(1000);
		}
		if (value instanceof Timestamp time) {
			return OffsetDateTime.ofInstant(time.toInstant().plusNanos(1000), ZoneOffset.UTC);
		}
		if (value == null) {
			return column.endsWith("_at") || column.endsWith("_until") ? OffsetDateTime.parse("2026-01-01T00:00:00Z")
					: Set.of("requests_per_minute", "max_pending").contains(column) ? (Object) 1
							: column.equals("policy_version") ? (Object) 1L : "x";
		}
		String text = value.toString();
		int middle = text.length() / 2;
		return text.isEmpty() ? "x"
				: text.substring(0, middle) + ((text.charAt(middle) == 'a') ? 'b' : 'a') + text.substring(middle + 1);
	}

	private List<String> verify() {
		JsonNode report = this.server.auditor().get("/audit/verify").expect(200).data();
		return report.path("problems").valueStream().map(Object::toString).toList();
	}

}
