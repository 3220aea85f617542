package io.agentotp.spring.tool.langchain4j;

import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.langchain4j.agent.tool.ToolSpecification;
import io.agentotp.spring.tool.WeakIdentityMap;
import org.jspecify.annotations.Nullable;

/**
 * The guarded tools that services offer to models, by the specification that stands in a
 * request: LangChain4j shows nobody which executors a service has. Two specifications can
 * be equal and belong to different services, so the very object counts. Keeps nothing
 * alive.
 */
final class OfferedTools {

	private static final WeakIdentityMap<ToolSpecification, WeakReference<GuardedToolExecutor>> EXECUTORS = new WeakIdentityMap<>();

	private OfferedTools() {
	}

	/**
	 * Return the specification as the one of this tool and no other.
	 */
	static ToolSpecification own(ToolSpecification specification, GuardedToolExecutor executor) {
		ToolSpecification own = specification.toBuilder().build();
		EXECUTORS.put(own, new WeakReference<>(executor));
		return own;
	}

	/**
	 * Return the guarded tools of a request by name, without names that are not unique.
	 */
	static Map<String, GuardedToolExecutor> in(@Nullable List<ToolSpecification> specifications) {
		Map<String, GuardedToolExecutor> tools = new HashMap<>();
		Set<String> names = new HashSet<>();
		for (ToolSpecification specification : (specifications != null) ? specifications
				: List.<ToolSpecification>of()) {
			GuardedToolExecutor executor = find(specification);
			if (!names.add(specification.name())) {
				tools.remove(specification.name());
			}
			else if (executor != null) {
				tools.put(specification.name(), executor);
			}
		}
		return tools;
	}

	private static @Nullable GuardedToolExecutor find(ToolSpecification specification) {
		WeakReference<GuardedToolExecutor> executor = EXECUTORS.get(specification);
		return (executor != null) ? executor.get() : null;
	}

}
