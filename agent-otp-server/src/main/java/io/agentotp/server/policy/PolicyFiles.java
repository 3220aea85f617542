package io.agentotp.server.policy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;
import org.springframework.stereotype.Component;
import org.springframework.util.ClassUtils;

/**
 * The files of policies that the configuration names.
 */
@Component
public final class PolicyFiles {

	/**
	 * What a location begins with that may be missing.
	 */
	public static final String OPTIONAL = "optional:";

	private static final Logger logger = LoggerFactory.getLogger(PolicyFiles.class);

	private static final int MAX_FILES = 200;

	private final List<String> locations;

	private final PolicyParser parser;

	// Kept, since the thread that reads again could have another class loader.
	private final PathMatchingResourcePatternResolver resolver = new PathMatchingResourcePatternResolver(
			ClassUtils.getDefaultClassLoader());

	private final Set<String> found = new HashSet<>();

	private final Set<String> missing = new HashSet<>();

	private @Nullable String seen;

	@Autowired
	PolicyFiles(AgentOtpServerProperties.Policies settings, PolicyParser parser) {
		this(settings.files(), parser);
	}

	PolicyFiles(List<String> locations, PolicyParser parser) {
		this.locations = locations;
		this.parser = parser;
	}

	boolean isEmpty() {
		return this.locations.isEmpty();
	}

	/**
	 * Reads the files, unless they are as they were when they were last read.
	 * @return the files, empty if nothing has changed
	 * @throws InvalidPolicyException if a file is not there, cannot be read, is too large
	 * or cannot be used; it is not looked into again before it changes
	 */
	synchronized Optional<List<PolicyFile>> readIfChanged() {
		String before = this.seen;
		this.seen = null;
		List<RawFile> files = read();
		this.seen = hash(files);
		if (this.seen.equals(before)) {
			return Optional.empty();
		}
		return Optional.of(parse(files));
	}

	/**
	 * Reads the files again at the next look, since what they held is not in force.
	 */
	synchronized void forget() {
		this.seen = null;
	}

	/**
	 * Reads files as the service reads them.
	 * @param locations paths, directories or resource patterns
	 * @param trustContext whether a policy may approve on what the agent says
	 * @return the policies and examples of each file
	 * @throws InvalidPolicyException if one of them is not there or cannot be used
	 */
	public static List<PolicyFile> read(List<String> locations, boolean trustContext) {
		PolicyFiles files = new PolicyFiles(locations, new PolicyParser(trustContext));
		return files.parse(files.read());
	}

	private List<PolicyFile> parse(List<RawFile> files) {
		PatternTotal patterns = new PatternTotal();
		return files.stream().map((file) -> PolicyFile.read(file.name(), file.bytes(), this.parser, patterns)).toList();
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

	// Who asked for policies and finds none is told so. That a file vanishes while the
	// service runs does not take its policies away.
	private List<Resource> resources(String setting) {
		boolean optional = setting.startsWith(OPTIONAL) && !this.found.contains(setting);
		String location = setting.startsWith(OPTIONAL) ? setting.substring(OPTIONAL.length()) : setting;
		try {
			List<Resource> resources = List.of(this.resolver.getResources(pattern(location)))
				.stream()
				.filter((resource) -> !optional || resource.exists())
				.sorted(Comparator.comparing(PolicyFiles::name))
				.toList();
			if (!resources.isEmpty()) {
				this.found.add(setting);
			}
			else if (!this.found.contains(setting) && isDirectory(location)) {
				if (this.missing.add(setting)) {
					logger.warn("There are no policies at {}: the directory has no such file", pattern(location));
				}
			}
			else if (!optional) {
				throw new InvalidPolicyException(location, "has no file of policies");
			}
			else if (this.missing.add(setting)) {
				logger.info("There are no policies of files: {} does not exist", pattern(location));
			}
			return resources;
		}
		catch (IOException ex) {
			if (optional) {
				return List.of();
			}
			throw new InvalidPolicyException(location, "is not there or cannot be read");
		}
	}

	// Also that of a pattern such as policies/*.yml.
	private static boolean isDirectory(String location) {
		Path path = Path.of(location.replaceFirst("^file:", ""));
		Path directory = path.toString().contains("*") ? path.toAbsolutePath().getParent() : path;
		return directory != null && Files.isDirectory(directory);
	}

	private static String pattern(String location) {
		if (location.contains(":/") || location.startsWith("classpath") || location.startsWith("file:")) {
			return location;
		}
		String suffix = Files.isDirectory(Path.of(location)) ? "/*.y*ml" : "";
		return "file:" + Path.of(location).toAbsolutePath().normalize() + suffix;
	}

	private static RawFile read(Resource resource) {
		String name = name(resource);
		if (isSpecial(resource)) {
			// Reading from a pipe would wait until somebody writes into it.
			throw new InvalidPolicyException(name, "is a pipe or a device. Name a file");
		}
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

	private static boolean isSpecial(Resource resource) {
		try {
			return resource.isFile()
					&& Files.readAttributes(resource.getFile().toPath(), BasicFileAttributes.class).isOther();
		}
		catch (IOException ex) {
			return false;
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
