package io.agentotp.server.user;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.json.Json;
import tools.jackson.databind.JsonNode;

import org.springframework.context.annotation.DependsOn;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * Those who may decide on requests, by their role.
 */
@Component
// Which stores those of the configuration.
@DependsOn("users")
public final class Approvers {

	private final JdbcClient jdbc;

	private final UserSeals seals;

	Approvers(JdbcClient jdbc, UserSeals seals) {
		this.jdbc = jdbc;
		this.seals = seals;
	}

	/**
	 * All that have the role approver now. One that somebody changed in the database is
	 * none.
	 * @return the approvers, by name
	 */
	public List<Approver> all() {
		return this.jdbc
			.sql("SELECT * FROM agentotp_user WHERE active = TRUE AND roles LIKE '%"
					+ AgentOtpServerProperties.Role.APPROVER.name() + "%' ORDER BY name")
			.query((row, index) -> this.seals.isIntact(row)
					? Optional.of(new Approver(row.getString("name"), groups(row.getString("member_of"))))
					: Optional.<Approver>empty())
			.list()
			.stream()
			.flatMap(Optional::stream)
			.toList();
	}

	private static Set<String> groups(String json) {
		return Json.read(Objects.requireNonNullElse(json, "[]"))
			.valueStream()
			.map(JsonNode::stringValue)
			.collect(Collectors.toSet());
	}

	/**
	 * Somebody who may decide.
	 *
	 * @param name the name
	 * @param memberOf the groups that the person is in
	 */
	public record Approver(String name, Set<String> memberOf) {
	}

}
