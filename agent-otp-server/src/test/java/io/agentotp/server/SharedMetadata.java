package io.agentotp.server;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.io.Resource;
import org.springframework.core.type.classreading.MetadataReader;

/**
 * Reads each class file once for all contexts that tests start: to read them for each
 * took a third of their time.
 */
final class SharedMetadata {

	private static final Map<Resource, MetadataReader> READ = new ConcurrentHashMap<>();

	private SharedMetadata() {
	}

	static void use(GenericApplicationContext context) {
		Map<Resource, MetadataReader> cache = context.getResourceCache(MetadataReader.class);
		cache.putAll(READ);
		context.addBeanFactoryPostProcessor((factory) -> READ.putAll(cache));
	}

}
