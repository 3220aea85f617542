package io.agentotp.spring.tool;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;

import io.agentotp.spring.CallRefusedException;
import io.agentotp.spring.operation.BoundArguments;
import io.agentotp.spring.operation.CallDigest;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.util.ConcurrentLruCache;

/**
 * The schema of a tool's arguments. One that has changed since it was approved makes
 * another tool, whatever its name is.
 *
 * @param digest tells it from others
 * @param names the names of the arguments that it declares; empty if it declares none
 */
record ToolSchema(String digest, Set<String> names) {

	private static final int CACHED = 1000;

	private static final ConcurrentLruCache<String, ToolSchema> SCHEMAS = new ConcurrentLruCache<>(CACHED,
			ToolSchema::read);

	/**
	 * Reads a schema.
	 * @param schema JSON text, or a map of JSON values
	 */
	static ToolSchema of(Object schema) {
		return SCHEMAS.get((schema instanceof Map<?, ?> map) ? ToolArguments.write(map) : String.valueOf(schema));
	}

	private static ToolSchema read(String schema) {
		ObjectNode read = ToolArguments.read(schema);
		Set<String> names = (read != null && read.get("properties") instanceof ObjectNode properties)
				? Set.copyOf(properties.propertyNames()) : Set.of();
		try {
			if (read != null) {
				return new ToolSchema("sha256:" + CallDigest.hash(BoundArguments.of(read, Set.of()).values()), names);
			}
		}
		catch (IllegalArgumentException | CallRefusedException ex) {
			// Told apart by its text, also by half characters.
		}
		return new ToolSchema("sha256:" + CallDigest.sha256(Arrays.toString(schema.chars().toArray())), names);
	}

}
