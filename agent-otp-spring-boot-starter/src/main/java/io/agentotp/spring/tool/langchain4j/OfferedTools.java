package io.agentotp.spring.tool.langchain4j;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import dev.langchain4j.agent.tool.ToolSpecification;
import org.jspecify.annotations.Nullable;

/**
 * The guarded tools that services offer to models, by the specification that stands in a
 * request: LangChain4j shows nobody which executors a service has. Two specifications can
 * be equal and belong to different services, so the very object counts. Keeps nothing
 * alive.
 */
final class OfferedTools {

	private static final Map<Key, WeakReference<GuardedToolExecutor>> EXECUTORS = new ConcurrentHashMap<>();

	private static final ReferenceQueue<ToolSpecification> GONE = new ReferenceQueue<>();

	private OfferedTools() {
	}

	/**
	 * Return the specification as the one of this tool and no other.
	 */
	static ToolSpecification own(ToolSpecification specification, GuardedToolExecutor executor) {
		for (Reference<?> gone = GONE.poll(); gone != null; gone = GONE.poll()) {
			EXECUTORS.remove(gone);
		}
		ToolSpecification own = specification.toBuilder().build();
		EXECUTORS.put(new Key(own), new WeakReference<>(executor));
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
		WeakReference<GuardedToolExecutor> executor = EXECUTORS.get(new Key(specification));
		return (executor != null) ? executor.get() : null;
	}

	/**
	 * Equal to itself, and to another one of the same object.
	 */
	private static final class Key extends WeakReference<ToolSpecification> {

		private final int hash;

		Key(ToolSpecification specification) {
			super(specification, GONE);
			this.hash = System.identityHashCode(specification);
		}

		@Override
		@SuppressWarnings("ReferenceEquality")
		public boolean equals(@Nullable Object other) {
			return this == other || (other instanceof Key key && get() != null && get() == key.get());
		}

		@Override
		public int hashCode() {
			return this.hash;
		}

	}

}
