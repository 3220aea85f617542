package io.agentotp.server.user;

import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;

import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.database.Instance;
import io.agentotp.server.database.Params;
import io.agentotp.server.failure.NotAllowedException;
import io.agentotp.server.json.Json;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * The people who sign in at identity providers. Who they are is said by issuer and
 * subject alone, since a name or address can become somebody else's. A user that the
 * first sign-in makes has the roles and groups that the provider gives, as of each
 * sign-in. One that was there before, and was linked, keeps its own.
 */
@Component
public final class ProviderUsers {

	private static final int MAX_NAME = 64;

	private final JdbcClient jdbc;

	private final Users users;

	private final UserSeals seals;

	private final UserSessions sessions;

	private final Instance instance;

	private final AuditLog audit;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	ProviderUsers(JdbcClient jdbc, Users users, UserSeals seals, UserSessions sessions, Instance instance,
			AuditLog audit, TransactionTemplate transactions, InstantSource clock) {
		this.jdbc = jdbc;
		this.users = users;
		this.seals = seals;
		this.sessions = sessions;
		this.instance = instance;
		this.audit = audit;
		this.transactions = transactions;
		this.clock = clock;
	}

	/**
	 * The user that a person is here. It is made at the first time, and has what the
	 * provider says now.
	 * @param identity who signed in
	 * @return the user
	 * @throws NotAllowedException if the person may not come in: it says why
	 */
	public Person signIn(ProviderIdentity identity) {
		Optional<String> name = Objects.requireNonNull(this.transactions.execute((status) -> {
			this.instance.lock();
			return userOf(identity);
		}));
		// What was taken away stays so, also for who is refused.
		return name.flatMap(this.users::find)
			.orElseThrow(() -> new NotAllowedException(
					"The identity provider knows you, but gives you no role here. An administrator of the provider can put you into a group that has one"));
	}

	private Optional<String> userOf(ProviderIdentity identity) {
		String name = nameOf(identity.issuer(), identity.subject()).orElse(null);
		if (name == null) {
			return identity.roles().isEmpty() ? Optional.empty() : Optional.of(create(identity));
		}
		boolean intact = this.seals.lockIntact(name);
		if (!intact || !isActive(name)) {
			throw new NotAllowedException(intact
					? "Your account here was ended. An administrator can link you to another one"
					: "Your account was changed in the database and can do nothing. An administrator can link you to another one");
		}
		UserAccount user = this.users.get(name);
		if (user.provider() != null) {
			update(user, identity);
			return identity.roles().isEmpty() ? Optional.empty() : Optional.of(name);
		}
		return Optional.of(name);
	}

	private Optional<String> nameOf(String issuer, String subject) {
		return this.jdbc.sql("SELECT name FROM agentotp_user WHERE issuer = ? AND subject = ?")
			.params(issuer, subject)
			.query(String.class)
			.optional();
	}

	private boolean isActive(String name) {
		return this.jdbc.sql("SELECT active FROM agentotp_user WHERE name = ? AND ended_at IS NULL")
			.param(name)
			.query(Boolean.class)
			.optional()
			.orElse(false);
	}

	private String create(ProviderIdentity identity) {
		String name = freeName(identity);
		Users.insert(this.jdbc, Params.of(null, null, Users.text(identity.roles()), false, false, false, name),
				this.clock);
		this.jdbc.sql("UPDATE agentotp_user SET issuer = ?, subject = ?, provider = ?, member_of = ? WHERE name = ?")
			.params(identity.issuer(), identity.subject(), identity.provider(), UserProfile.text(identity.groups()),
					name)
			.update();
		record(AuditEvent.USER_CREATED, name,
				details(identity).put("issuer", identity.issuer()).put("subject", identity.subject()));
		return name;
	}

	private void update(UserAccount user, ProviderIdentity identity) {
		boolean otherRoles = !user.roles().equals(identity.roles());
		if (otherRoles || !user.profile().groups().equals(new TreeSet<>(identity.groups()))
				|| !identity.provider().equals(user.provider())) {
			this.jdbc.sql("UPDATE agentotp_user SET roles = ?, member_of = ?, provider = ? WHERE name = ?")
				.params(Users.text(identity.roles()), UserProfile.text(identity.groups()), identity.provider(),
						user.name())
				.update();
			if (otherRoles) {
				this.sessions.end(user.name());
			}
			record(AuditEvent.USER_CHANGED, user.name(), details(identity));
		}
	}

	// Never a plain name: who chooses one at the provider must not become somebody whom a
	// policy or an agent already names.
	private String freeName(ProviderIdentity identity) {
		String preferred = (identity.preferredName() != null) ? identity.preferredName().replaceFirst("@.*", "") : "";
		String begin = isName(preferred) ? preferred : "user-" + Secrets.sha256(identity.subject()).substring(0, 12);
		for (int i = 1;; i++) {
			String end = "@" + identity.provider() + ((i > 1) ? "-" + i : "");
			String name = begin.substring(0, Math.min(begin.length(), MAX_NAME - end.length())) + end;
			if (isFree(name)) {
				return name;
			}
		}
	}

	private static boolean isName(String name) {
		return AgentOtpServerProperties.User.NAME.matcher(name).matches();
	}

	private boolean isFree(String name) {
		return this.jdbc.sql("SELECT COUNT(*) FROM agentotp_user WHERE LOWER(name) = LOWER(?)")
			.param(name)
			.query(Long.class)
			.single() == 0;
	}

	/**
	 * Ends the sessions that came of a session at a provider, since that is over.
	 * @param providerSession what {@link UserSessions#PROVIDER_SESSION} says of it, or
	 * {@code null} for all sessions of the person
	 * @param issuer the issuer
	 * @param subject the person, or {@code null} if only the session is named
	 */
	public void signedOut(@Nullable String providerSession, String issuer, @Nullable String subject) {
		this.transactions.executeWithoutResult((status) -> {
			Optional<String> user = (subject != null) ? nameOf(issuer, subject) : Optional.empty();
			int ended = (providerSession != null) ? this.sessions.endOfProvider(providerSession)
					: user.map(this.sessions::end).orElse(0);
			if (ended > 0) {
				this.audit.record(this.clock.instant(), null, null, AuditEvent.SESSIONS_ENDED, Actor.SYSTEM,
						Json.object().put("user", user.orElse(null)).put("sessions", ended).put("issuer", issuer));
			}
		});
	}

	private void record(AuditEvent event, String name, ObjectNode details) {
		this.audit.record(this.clock.instant(), null, null,
				List.of(new AuditLog.Row(event, Actor.SYSTEM, details.put("user", name), this.seals.seal(name))));
	}

	private static ObjectNode details(ProviderIdentity identity) {
		ObjectNode details = Json.object()
			.put("roles", Users.text(identity.roles()))
			.put("by", "provider")
			.put("provider", identity.provider());
		new TreeSet<>(identity.groups()).forEach((group) -> details.withArray("groups").add(group));
		return details;
	}

}
