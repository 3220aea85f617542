package io.agentotp.spring.propagation;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

import io.agentotp.OtpToken;
import io.agentotp.Permission;
import org.jspecify.annotations.Nullable;

/**
 * The header that carries a permission between services: its id and its token, each
 * percent-encoded, with a space between them.
 */
public final class PermissionHeader {

	/**
	 * The header's name unless another is configured.
	 */
	public static final String DEFAULT_NAME = "Agent-OTP-Permission";

	private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9-]{0,63}");

	private static final int MAX_LENGTH = 2048;

	private final String name;

	/**
	 * Creates the description of a header.
	 * @param name the header's name: letters, digits and hyphens
	 * @throws IllegalArgumentException if it is something else
	 */
	public PermissionHeader(String name) {
		if (!NAME.matcher(name).matches()) {
			throw new IllegalArgumentException("must be 1 to 64 letters, digits and hyphens");
		}
		this.name = name;
	}

	/**
	 * Return the header's name.
	 * @return the name
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Return what stands in the header for a permission. A secret: to be sent, never to
	 * be logged.
	 * @param permission the permission
	 * @return the value, or {@code null} if the permission has no token to be used
	 */
	@Nullable String write(Permission permission) {
		return permission.token().map((token) -> encode(permission.id()) + " " + encode(token.value())).orElse(null);
	}

	/**
	 * Reads what stands in a request's header.
	 * @param values all values of the header
	 * @return the permission that was sent, or empty if there is not exactly one or it
	 * cannot be read
	 */
	public Optional<Received> read(List<String> values) {
		if (values.size() != 1 || values.get(0).length() > MAX_LENGTH) {
			return Optional.empty();
		}
		String value = values.get(0);
		int space = value.indexOf(' ');
		if (space <= 0) {
			return Optional.empty();
		}
		try {
			String id = decode(value.substring(0, space));
			String token = decode(value.substring(space + 1));
			// What reads the same but is written in another way is somebody's trick.
			return value.equals(encode(id) + " " + encode(token)) ? Optional.of(new Received(id, OtpToken.of(token)))
					: Optional.empty();
		}
		catch (IllegalArgumentException ex) {
			return Optional.empty();
		}
	}

	private static String encode(String text) {
		return URLEncoder.encode(text, StandardCharsets.UTF_8);
	}

	private static String decode(String text) {
		return URLDecoder.decode(text, StandardCharsets.UTF_8);
	}

	/**
	 * A permission as somebody sent it: nothing about it is proved.
	 *
	 * @param id the permission's id
	 * @param token the token
	 */
	public record Received(String id, OtpToken token) {
	}

}
