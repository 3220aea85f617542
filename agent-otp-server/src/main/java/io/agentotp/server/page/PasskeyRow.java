package io.agentotp.server.page;

import java.util.List;

import io.agentotp.server.page.text.Moment;
import io.agentotp.server.page.text.Segment;
import io.agentotp.server.page.text.VisibleText;
import io.agentotp.server.passkey.Passkey;
import org.jspecify.annotations.Nullable;

/**
 * A passkey as pages show it.
 *
 * @param id its id
 * @param name how the person named it
 * @param since since when it is good
 * @param used when it was last used
 * @param shared whether it is on several devices
 */
public record PasskeyRow(String id, List<Segment> name, Moment since, @Nullable Moment used, boolean shared) {

	static List<PasskeyRow> of(List<Passkey> passkeys) {
		return passkeys.stream()
			.map((passkey) -> new PasskeyRow(passkey.credentialId(), VisibleText.of(passkey.name()),
					Moment.of(passkey.createdAt()),
					(passkey.lastUsedAt() != null) ? Moment.of(passkey.lastUsedAt()) : null, passkey.backedUp()))
			.toList();
	}

}
