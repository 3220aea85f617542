package io.agentotp.server.call;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

import io.agentotp.server.json.CanonicalJson;
import io.agentotp.server.json.Json;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What binds a token to a call: {@code sha256:} and the lower-case hex of SHA-256 over
 * the canonical form of all that the approver is shown.
 */
public final class CallDigest {

	/**
	 * What is answered to a digest of another form.
	 */
	public static final String PROBLEM = "must be 'sha256:' and 64 lower-case hex digits";

	private static final int VERSION = 2;

	private static final Pattern FORM = Pattern.compile("sha256:[0-9a-f]{64}");

	private CallDigest() {
	}

	/**
	 * Whether a text has the form of a digest.
	 * @param text the text
	 * @return whether it has
	 */
	public static boolean isWellFormed(String text) {
		return FORM.matcher(text).matches();
	}

	/**
	 * Computes the digest.
	 * @param action what would be done
	 * @param resource on what, {@code null} if it is not named
	 * @param scope the requested scope
	 * @param call the call as it was sent
	 * @return the digest
	 * @throws IllegalArgumentException if a text in it is not Unicode
	 */
	public static String of(String action, @Nullable String resource, JsonNode scope, JsonNode call) {
		ObjectNode bound = Json.object().put("v", VERSION).put("action", action).put("resource", resource);
		bound.set("scope", scope);
		bound.set("call", call);
		return "sha256:" + Secrets.sha256(CanonicalJson.bytes(bound));
	}

	/**
	 * Whether a digest is that of what is shown.
	 * @param digest the digest, if there is one
	 * @param action what would be done
	 * @param resource on what
	 * @param scope the requested scope
	 * @param call the call
	 * @return whether it fits, and nothing in scope or call could pass for something else
	 */
	public static boolean fits(@Nullable String digest, String action, @Nullable String resource, JsonNode scope,
			ObjectNode call) {
		List<String> problems = new ArrayList<>();
		CallFormat.check("call", call, (field, problem) -> problems.add(field));
		CanonicalJson.reserved("scope", scope).ifPresent(problems::add);
		try {
			return problems.isEmpty() && Secrets.same(digest, of(action, resource, scope, call));
		}
		catch (IllegalArgumentException ex) {
			return false;
		}
	}

}
