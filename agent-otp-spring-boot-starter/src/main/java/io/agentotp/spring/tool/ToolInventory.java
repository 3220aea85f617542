package io.agentotp.spring.tool;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextRefreshedEvent;

/**
 * Which tools there are and how each is guarded. Told in the log when the application has
 * started; tools that are seen later are told then.
 */
public final class ToolInventory implements ApplicationListener<ContextRefreshedEvent> {

	private static final Logger logger = LoggerFactory.getLogger(ToolInventory.class);

	/** Names of tools come from other services, too. */
	private static final int MOST = 10_000;

	private final Map<String, ToolProtection> tools = new ConcurrentHashMap<>();

	private volatile boolean started;

	/**
	 * Creates an empty inventory.
	 */
	public ToolInventory() {
	}

	void add(ToolProtection protection) {
		Tool tool = protection.tool();
		String name = tool.framework() + " " + tool.fullName();
		boolean unknown = this.tools.size() < MOST && !this.tools.containsKey(name);
		if (this.tools.size() < MOST) {
			// What is wrong with one must not be lost before the start has looked.
			this.tools.merge(name, protection, (known, now) -> (known.remedy() != null && !this.started) ? known : now);
		}
		if (unknown && this.started && protection.remedy() != null) {
			logger.warn("Tool {} is refused: {}. {}", describe(protection), protection.by(), protection.remedy());
		}
		else if (unknown && this.started) {
			logger.info("Tool {} is {}: {}", describe(protection), word(protection), protection.by());
		}
	}

	@Override
	public void onApplicationEvent(ContextRefreshedEvent event) {
		if (!this.started) {
			this.started = true;
			for (ToolProtection.Kind kind : ToolProtection.Kind.values()) {
				List<ToolProtection> those = list().stream().filter((tool) -> tool.kind() == kind).toList();
				if (!those.isEmpty()) {
					logger.info("Tools that are {}: {}", word(those.get(0)),
							those.stream().map(ToolInventory::describe).collect(Collectors.joining(", ")));
				}
			}
		}
	}

	/**
	 * Return the tools that were seen so far.
	 * @return the tools and how they are guarded, by name
	 */
	public List<ToolProtection> list() {
		return this.tools.values()
			.stream()
			.sorted(Comparator.comparing((ToolProtection protection) -> protection.tool().name()))
			.toList();
	}

	static String describe(ToolProtection protection) {
		return protection.tool().fullName() + " (" + protection.tool().framework() + ")";
	}

	private static String word(ToolProtection protection) {
		return switch (protection.kind()) {
			case GUARDED -> "guarded";
			case UNGUARDED -> "not guarded";
			case REFUSED -> "refused";
		};
	}

}
