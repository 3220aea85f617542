package io.agentotp.test;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;

/**
 * Keeps the aspects of Resilience4j out of applications that do not name them: AspectJ
 * looks at each method of each bean for each of them, which took two fifths of the time
 * of these tests.
 */
class OwnAspectsOnly implements AutoConfigurationImportFilter {

	@Override
	public boolean[] match(@Nullable String[] classes, AutoConfigurationMetadata metadata) {
		boolean[] matches = new boolean[classes.length];
		for (int i = 0; i < classes.length; i++) {
			String name = classes[i];
			matches[i] = name == null || !name.startsWith("io.github.resilience4j.");
		}
		return matches;
	}

}
