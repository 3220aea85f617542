package io.agentotp.server.user;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.json.Json;
import io.agentotp.server.metric.Meters;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.stereotype.Component;

/**
 * Writes down, and counts, who came in and went, and who tried. Strangers cannot fill the
 * audit log: of failed attempts only so many get a row each minute, and the next row says
 * how many more there were.
 */
@Component
public final class SignInAudit {

	private static final int FAILED_PER_MINUTE = 30;

	private final AuditLog audit;

	private final Users users;

	private final Meters meters;

	private final InstantSource clock;

	private Instant minute = Instant.EPOCH;

	private int failed;

	private long more;

	SignInAudit(AuditLog audit, Users users, Meters meters, InstantSource clock) {
		this.audit = audit;
		this.users = users;
		this.meters = meters;
		this.clock = clock;
	}

	/**
	 * Writes down that a person came in.
	 * @param user the person
	 * @param address from where
	 * @param by with what
	 * @param again whether the person was in already, and showed again who it is
	 */
	public void signedIn(String user, String address, Meters.SignIn by, boolean again) {
		this.meters.signedIn(by, Meters.SignInResult.ACCEPTED);
		ObjectNode details = Json.object().put("by", by.name().toLowerCase(Locale.ROOT));
		if (again) {
			details.put("again", true);
		}
		record(AuditEvent.SIGNED_IN, Actor.user(user, address), details);
	}

	/**
	 * Writes down that a person came in by an identity provider.
	 * @param user the person
	 * @param provider the name of the provider
	 * @param address from where
	 */
	public void signedIn(String user, String provider, String address) {
		this.meters.signedIn(Meters.SignIn.PROVIDER, Meters.SignInResult.ACCEPTED);
		record(AuditEvent.SIGNED_IN, Actor.user(user, address), Json.object().put("provider", provider));
	}

	/**
	 * Writes down that somebody did not come in by an identity provider.
	 * @param provider the name of the provider
	 * @param why why
	 * @param identity who that was, or {@code null} if it is not known
	 * @param address from where
	 */
	public void refused(String provider, String why, @Nullable ProviderIdentity identity, String address) {
		this.meters.signedIn(Meters.SignIn.PROVIDER, Meters.SignInResult.REJECTED);
		ObjectNode details = Json.object().put("provider", provider).put("reason", why);
		if (identity != null) {
			details.put("issuer", identity.issuer()).put("subject", identity.subject());
		}
		failed(details, address);
	}

	/**
	 * Writes down that a person went.
	 * @param user the person
	 * @param address from where
	 */
	public void signedOut(String user, String address) {
		record(AuditEvent.SIGNED_OUT, Actor.user(user, address), Json.object());
	}

	/**
	 * Writes down that a sign-in, a link, a passkey or a repeated password was wrong.
	 * @param name what was typed as a name: kept only if there is such a user, since
	 * people type passwords there
	 * @param address from where
	 * @param by with what
	 */
	public void failed(String name, @Nullable String address, Meters.SignIn by) {
		this.meters.signedIn(by, Meters.SignInResult.REJECTED);
		failed(Json.object()
			.put("user", this.users.isKnown(name) ? name : null)
			.put("by", by.name().toLowerCase(Locale.ROOT)), address);
	}

	private void failed(ObjectNode details, @Nullable String address) {
		long before = take();
		if (before >= 0) {
			if (before > 0) {
				details.put("more", before);
			}
			record(AuditEvent.SIGN_IN_FAILED, Actor.stranger(address), details);
		}
	}

	/**
	 * Counts that a sign-in, a link, a passkey or a repeated password was not looked at.
	 * @param by with what
	 */
	public void limited(Meters.SignIn by) {
		this.meters.signedIn(by, Meters.SignInResult.LIMITED);
	}

	// How many had no row since the last one, below 0 if this one gets none either.
	private synchronized long take() {
		Instant now = this.clock.instant().truncatedTo(ChronoUnit.MINUTES);
		if (!now.equals(this.minute)) {
			this.minute = now;
			this.failed = 0;
		}
		if (this.failed++ >= FAILED_PER_MINUTE) {
			this.more++;
			return -1;
		}
		long before = this.more;
		this.more = 0;
		return before;
	}

	private void record(AuditEvent event, Actor actor, ObjectNode details) {
		this.audit.record(this.clock.instant(), null, null, event, actor, details);
	}

}
