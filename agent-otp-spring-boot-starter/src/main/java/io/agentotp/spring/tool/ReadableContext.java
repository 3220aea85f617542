package io.agentotp.spring.tool;

import java.lang.reflect.Type;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.operation.ArgumentBinding;
import io.agentotp.spring.operation.BoundForms;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.core.ResolvableType;
import org.springframework.util.ClassUtils;

/**
 * What a tool can read beside its arguments, in what its framework hands to it. It is
 * bound like an argument; what cannot be written exactly is kept from the tool.
 */
final class ReadableContext {

	/** Its name among the arguments. */
	static final String NAME = "@context";

	private static final Logger logger = LoggerFactory.getLogger(ReadableContext.class);

	private static final Type TYPE = ResolvableType.forClassWithGenerics(Map.class, String.class, Object.class)
		.getType();

	private static final int MOST_KEPT = 1000;

	private static final Set<String> KEPT = ConcurrentHashMap.newKeySet();

	private ReadableContext() {
	}

	/**
	 * Return the part that can be bound.
	 */
	static Map<String, Object> of(String tool, Map<String, ?> context) {
		Map<String, Object> readable = new LinkedHashMap<>();
		new TreeMap<>(context).forEach((name, value) -> {
			try {
				write(tool, Collections.singletonMap(name, value));
				readable.put(name, value);
			}
			catch (CallRefusedException ex) {
				if (KEPT.size() < MOST_KEPT && KEPT.add(tool + " " + name)) {
					logger.warn(
							"The entry '{}' of the context is kept from the tool {}, which a rule guards: it is of class {} "
									+ "and cannot be bound. Put plain data there",
							name, tool, ClassUtils.getDescriptiveType(value));
				}
			}
		});
		return readable;
	}

	/**
	 * Writes it down as it is now.
	 * @throws CallRefusedException if it cannot be written exactly any more
	 */
	static @Nullable Object write(String tool, Map<String, ?> context) {
		return new ArgumentBinding("tool " + tool, List.of(new ArgumentBinding.Parameter(0, NAME, TYPE, false)),
				BoundForms.NONE)
			.bind(new Object[] { new TreeMap<>(context) })
			.values()
			.get(NAME);
	}

}
