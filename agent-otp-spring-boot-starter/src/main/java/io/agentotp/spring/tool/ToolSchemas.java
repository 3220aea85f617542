package io.agentotp.spring.tool;

import java.util.Map;
import java.util.Set;

import io.agentotp.spring.operation.BoundArguments;
import io.agentotp.spring.operation.CallDigest;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.util.ConcurrentLruCache;

/**
 * Tells the schemas of tools apart: one that has changed since it was approved makes
 * another tool, whatever its name is.
 */
final class ToolSchemas {

	private static final int CACHED = 1000;

	private static final ConcurrentLruCache<String, String> DIGESTS = new ConcurrentLruCache<>(CACHED,
			ToolSchemas::compute);

	private ToolSchemas() {
	}

	/**
	 * Return the digest of a schema.
	 * @param schema JSON text, or a map of JSON values
	 */
	static String digest(Object schema) {
		return DIGESTS.get((schema instanceof Map<?, ?> map) ? ToolArguments.write(map) : String.valueOf(schema));
	}

	private static String compute(String schema) {
		ObjectNode read = ToolArguments.read(schema);
		try {
			if (read != null) {
				return "sha256:" + CallDigest.hash(BoundArguments.of(read, Set.of()).values());
			}
		}
		catch (IllegalArgumentException ex) {
			// Told apart by its text.
		}
		return "sha256:" + CallDigest.hash(Map.of("text", schema));
	}

}
