package io.agentotp.server.policy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;

import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

/**
 * The files of policies that the configuration names.
 */
final class PolicyFiles {

	private static final int MAX_FILES = 200;

	private final List<String> locations;

	private final PolicyParser parser;

	private final PathMatchingResourcePatternResolver resolver = new PathMatchingResourcePatternResolver();

	private @Nullable String seen;

	PolicyFiles(List<String> locations, PolicyParser parser) {
		this.locations = locations;
		this.parser = parser;
	}

	boolean isEmpty() {
		return this.locations.isEmpty();
	}

	/**
	 * Reads the files, unless they are as they were when they were last read.
	 * @return the policies of all files, empty if nothing has changed
	 * @throws InvalidPolicyException if a file is not there, cannot be read, is too large
	 * or cannot be used; it is not looked into again before it changes
	 */
	synchronized Optional<List<Policy>> readIfChanged() {
		String before = this.seen;
		this.seen = null;
		List<RawFile> files = read();
		this.seen = hash(files);
		if (this.seen.equals(before)) {
			return Optional.empty();
		}
		List<Policy> policies = new ArrayList<>();
		files.forEach((file) -> policies.addAll(PolicyFile.read(file.name(), file.bytes(), this.parser).policies()));
		return Optional.of(policies);
	}

	private List<RawFile> read() {
		List<RawFile> files = new ArrayList<>();
		this.locations.forEach((location) -> resources(location).forEach((file) -> files.add(read(file))));
		if (files.size() > MAX_FILES) {
			throw new InvalidPolicyException("files", "are more than " + MAX_FILES);
		}
		return files;
	}

	private static String hash(List<RawFile> files) {
		StringBuilder hashes = new StringBuilder();
		files
			.forEach((file) -> hashes.append(file.name()).append(':').append(Secrets.sha256(file.bytes())).append(';'));
		return hashes.toString();
	}

	private List<Resource> resources(String location) {
		try {
			List<Resource> resources = List.of(this.resolver.getResources(pattern(location)))
				.stream()
				.sorted(Comparator.comparing(PolicyFiles::name))
				.toList();
			if (resources.isEmpty()) {
				throw new InvalidPolicyException(location, "has no file of policies");
			}
			return resources;
		}
		catch (IOException ex) {
			throw new InvalidPolicyException(location, "is not there or cannot be read");
		}
	}

	private static String pattern(String location) {
		if (location.contains(":/") || location.startsWith("classpath") || location.startsWith("file:")) {
			return location;
		}
		String suffix = Files.isDirectory(Path.of(location)) ? "/*.y*ml" : "";
		return "file:" + Path.of(location).toAbsolutePath() + suffix;
	}

	private static RawFile read(Resource resource) {
		String name = name(resource);
		try (InputStream stream = resource.getInputStream()) {
			byte[] bytes = stream.readNBytes(PolicyFile.MAX_BYTES + 1);
			if (bytes.length > PolicyFile.MAX_BYTES) {
				throw new InvalidPolicyException(name, "must have at most " + PolicyFile.MAX_BYTES + " bytes");
			}
			return new RawFile(name, bytes);
		}
		catch (IOException ex) {
			throw new InvalidPolicyException(name, "is not there or cannot be read");
		}
	}

	private static String name(Resource resource) {
		String name = resource.getFilename();
		return (name != null) ? name : resource.getDescription();
	}

	@SuppressWarnings("ArrayRecordComponent")
	record RawFile(String name, byte[] bytes) {
	}

}
