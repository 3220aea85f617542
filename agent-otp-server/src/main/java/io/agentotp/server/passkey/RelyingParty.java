package io.agentotp.server.passkey;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;

import com.webauthn4j.data.client.Origin;
import com.webauthn4j.data.client.challenge.DefaultChallenge;
import com.webauthn4j.server.ServerProperty;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.PasskeySettings;
import org.jspecify.annotations.Nullable;

import org.springframework.stereotype.Component;

/**
 * What passkeys are good for: a domain, and the pages below it. Without a configured URL
 * that is the machine of the browser only, since no header says where a page really is.
 */
@Component
public final class RelyingParty {

	private static final String LOCAL = "localhost";

	// A browser takes no address for a domain.
	private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|\\[.*]");

	private final String id;

	// None for the machine of the browser, on any port.
	private final List<String> origins;

	private final boolean usable;

	RelyingParty(AgentOtpServerProperties properties) {
		PasskeySettings settings = properties.passkeys();
		URI url = properties.publicUrl();
		String host = (url != null) ? url.getHost().toLowerCase(Locale.ROOT) : LOCAL;
		this.id = Objects.requireNonNullElse(settings.rpId(), host);
		this.origins = !settings.origins().isEmpty() ? settings.origins().stream().map(RelyingParty::origin).toList()
				: (url != null) ? List.of(origin(url)) : List.of();
		boolean encrypted = settings.rpId() != null || url == null || "https".equals(url.getScheme())
				|| PasskeySettings.isLocal(host);
		this.usable = encrypted && !ADDRESS.matcher(this.id).matches();
	}

	// As browsers write it: without the usual port.
	private static String origin(URI url) {
		int usual = "https".equals(url.getScheme()) ? 443 : 80;
		return url.getScheme() + "://" + url.getHost().toLowerCase(Locale.ROOT)
				+ ((url.getPort() < 0 || url.getPort() == usual) ? "" : ":" + url.getPort());
	}

	/**
	 * The domain.
	 * @return the id of the relying party
	 */
	public String id() {
		return this.id;
	}

	/**
	 * The pages on which passkeys are used.
	 * @return the origins; none for {@code localhost} on any port
	 */
	public List<String> origins() {
		return this.origins;
	}

	/**
	 * Whether a browser takes passkeys there.
	 * @return {@code false} if the service is reached by an address, or not encrypted
	 */
	public boolean isUsable() {
		return this.usable;
	}

	ServerProperty expecting(byte[] challenge) {
		return ServerProperty.builder()
			.rpId(this.id)
			.originPredicate(this::isOrigin)
			.challenge(new DefaultChallenge(challenge))
			.build();
	}

	private boolean isOrigin(@Nullable Origin origin) {
		return origin != null
				&& (this.origins.isEmpty() ? LOCAL.equals(origin.getHost()) : this.origins.contains(origin.toString()));
	}

}
