package io.agentotp.server.page;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Collectors;

import io.agentotp.server.policy.NameLook;

/**
 * A group, as pages show it.
 *
 * @param name its name
 * @param members the names of the users in it
 * @param looksLike another group whose name looks the same, empty if there is none
 */
public record GroupRow(String name, List<String> members, String looksLike) {

	static List<GroupRow> of(SortedMap<String, List<String>> groups) {
		Map<String, List<String>> looks = groups.keySet().stream().collect(Collectors.groupingBy(NameLook::of));
		return groups.entrySet()
			.stream()
			.map((group) -> new GroupRow(group.getKey(), group.getValue(),
					looks.getOrDefault(NameLook.of(group.getKey()), List.of())
						.stream()
						.filter((other) -> !other.equals(group.getKey()))
						.collect(Collectors.joining(", "))))
			.toList();
	}

}
