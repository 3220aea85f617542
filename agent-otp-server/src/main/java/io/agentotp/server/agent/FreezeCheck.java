package io.agentotp.server.agent;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;

import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.audit.AuditProblem.Kind;
import io.agentotp.server.audit.AuditQuery;
import io.agentotp.server.audit.StateCheck;
import io.agentotp.server.database.Instance;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Compares the one row of the service, and whether all is frozen, with the audit log.
 */
@Component
final class FreezeCheck implements StateCheck {

	private static final String CHANGED = "The row of agentotp_instance was changed in the database: ";

	private final JdbcClient jdbc;

	private final Agents agents;

	private final AuditLog audit;

	private final Instance instance;

	FreezeCheck(JdbcClient jdbc, Agents agents, AuditLog audit, Instance instance) {
		this.jdbc = jdbc;
		this.agents = agents;
		this.audit = audit;
		this.instance = instance;
	}

	@Override
	public void check(BiConsumer<Kind, String> problems) {
		if (!this.jdbc.sql("SELECT id FROM agentotp_instance")
			.query(String.class)
			.list()
			.equals(List.of(this.instance.id()))) {
			problems.accept(Kind.CHANGED, CHANGED + "its id is not that of this service");
		}
		// What changed between the two is no problem.
		if (IntStream.range(0, 2).allMatch((attempt) -> isOtherThanRecorded())) {
			problems.accept(Kind.CHANGED,
					CHANGED + "whether all is frozen, by whom and why is not what the audit log says");
		}
	}

	private boolean isOtherThanRecorded() {
		String frozen = this.agents.freezeOfAll()
			.map((freeze) -> freeze.at() + " " + freeze.by() + " " + freeze.reason())
			.orElse("");
		String recorded = EnumSet.of(AuditEvent.ALL_FROZEN, AuditEvent.ALL_UNFROZEN)
			.stream()
			.map((event) -> new AuditQuery(null, null, event.text(), null, null, null))
			.flatMap((query) -> this.audit.find(query, 1, 0).stream())
			.max((one, other) -> Long.compare(one.id(), other.id()))
			.filter((last) -> last.event().equals(AuditEvent.ALL_FROZEN.text()))
			.map((last) -> last.at() + " " + last.actor() + " "
					+ Optional.ofNullable(last.details().get("reason"))
						.filter((reason) -> reason.isString())
						.map((reason) -> reason.stringValue())
						.orElse(null))
			.orElse("");
		return !frozen.equals(recorded);
	}

}
