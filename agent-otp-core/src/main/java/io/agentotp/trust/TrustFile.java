package io.agentotp.trust;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What an administrator has exported: whose keys may grant what.
 *
 * @param rpId the relying party that the passkeys are for
 * @param origins where approvers sign; empty on a machine of developers
 * @param exportedAt when it was exported
 * @param keys the keys by their credential ids
 * @param approvers how many people have one
 */
record TrustFile(String rpId, Set<String> origins, Instant exportedAt, Map<String, TrustedKey> keys, int approvers) {

	private static final int VERSION = 1;

	private static final Pattern LOCALHOST = Pattern.compile("https?://localhost(:\\d{1,5})?");

	/**
	 * Reads a file.
	 * @throws IllegalArgumentException if a part of it is missing or wrong, with words
	 * that follow its name
	 */
	static TrustFile parse(String text) {
		JsonNode file = TrustJson.object(text);
		if (!file.path("v").isInt() || file.path("v").intValue() != VERSION) {
			throw new IllegalArgumentException("is of a version that is not known here: export it again");
		}
		Map<String, TrustedKey> keys = new HashMap<>();
		Set<String> names = new HashSet<>();
		for (JsonNode approver : list(file, "approvers", "")) {
			String name = text(approver, "name", "an approver");
			if (!names.add(name)) {
				throw new IllegalArgumentException("names the approver " + name + " twice");
			}
			Set<String> groups = Set.copyOf(texts(approver, "groups", name));
			for (JsonNode credential : list(approver, "credentials", name)) {
				String id = text(credential, "id", name);
				if (keys.put(id, key(name, groups, credential)) != null) {
					throw new IllegalArgumentException("has one credential twice: that of " + name);
				}
			}
		}
		return new TrustFile(text(file, "rpId", "the file"), Set.copyOf(texts(file, "origins", "the file")),
				instant(file, "exportedAt", "the file"), Map.copyOf(keys), names.size());
	}

	private static TrustedKey key(String name, Set<String> groups, JsonNode credential) {
		JsonNode revoked = credential.path("revokedAt");
		Instant validFrom = instant(credential, "validFrom", name);
		@Nullable Instant revokedAt = (revoked.isNull() || revoked.isMissingNode()) ? null
				: instant(credential, "revokedAt", name);
		String algorithm = text(credential, "algorithm", name);
		try {
			byte[] spki = Base64.getUrlDecoder().decode(text(credential, "publicKey", name));
			return TrustedKey.of(name, groups, algorithm, spki, validFrom, revokedAt);
		}
		catch (IllegalArgumentException ex) {
			throw new IllegalArgumentException("has a credential of " + name + " that cannot be read: it "
					+ (String.valueOf(ex.getMessage()).startsWith("has ") ? ex.getMessage()
							: "has a public key that is not base64url"));
		}
	}

	private static JsonNode list(JsonNode object, String name, String owner) {
		JsonNode list = object.path(name);
		if (!list.isArray()) {
			throw new IllegalArgumentException("has no list '" + name + "'" + (owner.isEmpty() ? "" : " of " + owner));
		}
		return list;
	}

	private static Set<String> texts(JsonNode object, String name, String owner) {
		Set<String> texts = new LinkedHashSet<>();
		for (JsonNode element : list(object, name, owner)) {
			if (!element.isString() || element.stringValue().isBlank()) {
				throw new IllegalArgumentException("has a list '" + name + "' of " + owner + " that is not of texts");
			}
			texts.add(element.stringValue());
		}
		return texts;
	}

	private static String text(JsonNode object, String name, String owner) {
		String text = object.path(name).stringValue("");
		if (text.isBlank()) {
			throw new IllegalArgumentException("has no text '" + name + "' of " + owner);
		}
		return text;
	}

	private static Instant instant(JsonNode object, String name, String owner) {
		try {
			return Instant.parse(text(object, name, owner));
		}
		catch (DateTimeParseException ex) {
			throw new IllegalArgumentException("has a '" + name + "' of " + owner + " that is no moment");
		}
	}

	/**
	 * Whether approvers may sign at an origin. Without any they sign on this machine, on
	 * whatever port the service has there.
	 */
	boolean accepts(String origin) {
		return this.origins.contains(origin)
				|| (this.origins.isEmpty() && this.rpId.equals("localhost") && LOCALHOST.matcher(origin).matches());
	}

	/**
	 * Return how many people in one of some groups have a key, also a revoked one.
	 * @param groups the groups; empty for all people
	 */
	int approvers(Set<String> groups) {
		return (int) this.keys.values()
			.stream()
			.filter((key) -> groups.isEmpty() || groups.stream().anyMatch(key.groups()::contains))
			.map(TrustedKey::person)
			.distinct()
			.count();
	}

	/**
	 * Return the names of groups that nobody of the file is in.
	 */
	List<String> missing(Set<String> groups) {
		return groups.stream()
			.filter((group) -> this.keys.values().stream().noneMatch((key) -> key.groups().contains(group)))
			.sorted()
			.toList();
	}

}
