package io.agentotp.server.page;

import java.util.List;

import io.agentotp.server.json.Json;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.policy.ActionEntry;
import tools.jackson.databind.node.ObjectNode;

/**
 * An entry of the action catalogue in a list.
 *
 * @param id its name, for tests and scripts
 * @param name the action that it is for
 * @param title the template of its title
 * @param risk its risk
 * @param fields what it says of bound values
 * @param limits which entries of the scope are limits
 * @param origin where it stands
 */
public record ActionCard(String id, List<Segment> name, List<Segment> title, String risk, List<Row> fields,
		List<Row> limits, List<Segment> origin) {

	static ActionCard of(ActionEntry entry) {
		ObjectNode source = entry.source();
		return new ActionCard(entry.name(), VisibleText.of(entry.name()),
				VisibleText.of(source.path("title").asString("")), entry.risk().text(), rows(source, "fields"),
				rows(source, "limits"), VisibleText.of(PolicyCard.origin(entry.origin())));
	}

	private static List<Row> rows(ObjectNode source, String part) {
		return source.path(part)
			.properties()
			.stream()
			.map((field) -> new Row(VisibleText.of(field.getKey()),
					VisibleText.of(field.getValue().isString() ? field.getValue().stringValue()
							: Json.write(field.getValue()))))
			.toList();
	}

}
