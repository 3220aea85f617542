package io.agentotp.server.user;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

import io.agentotp.server.agent.AgentChanges;
import io.agentotp.server.audit.Actor;
import io.agentotp.server.audit.AuditEvent;
import io.agentotp.server.audit.AuditLog;
import io.agentotp.server.config.AgentOtpServerProperties;
import io.agentotp.server.config.AgentOtpServerProperties.Role;
import io.agentotp.server.database.Instance;
import io.agentotp.server.database.Params;
import io.agentotp.server.database.Times;
import io.agentotp.server.failure.ConflictException;
import io.agentotp.server.failure.InvalidInputException;
import io.agentotp.server.failure.LimitExceededException;
import io.agentotp.server.failure.TemporaryPasswordException;
import io.agentotp.server.json.Json;
import io.agentotp.server.json.JsonText;
import io.agentotp.server.limit.SignInLimits;
import io.agentotp.server.metric.Meters;
import io.agentotp.server.passkey.Passkeys;
import io.agentotp.server.token.Secrets;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What people change of users and of themselves, each change with its row in the audit
 * log. A user never learns a secret of another: who adds one gets a link, by which the
 * other chooses a password.
 */
@Component
public final class UserChanges {

	/**
	 * How long a link is good.
	 */
	public static final Duration LINK_LIFE = Duration.ofHours(1);

	static final int MIN_PASSWORD = 12;

	// What bcrypt looks at.
	private static final int MAX_PASSWORD_BYTES = 72;

	private final JdbcClient jdbc;

	private final Users users;

	private final UserSeals seals;

	private final KeptReasons reasons;

	private final Addresses addresses;

	private final Pairings pairings;

	private final Delegations delegations;

	private final Passkeys passkeys;

	private final AgentChanges agents;

	private final ApplicationEventPublisher events;

	private final UserSessions sessions;

	private final PasswordEncoder passwords;

	private final SignInLimits limits;

	private final SignInAudit attempts;

	private final Instance instance;

	private final AuditLog audit;

	private final TransactionTemplate transactions;

	private final InstantSource clock;

	UserChanges(JdbcClient jdbc, Users users, UserSeals seals, KeptReasons reasons, Addresses addresses,
			Pairings pairings, Delegations delegations, Passkeys passkeys, AgentChanges agents,
			ApplicationEventPublisher events, UserSessions sessions, PasswordEncoder passwords, SignInLimits limits,
			SignInAudit attempts, Instance instance, AuditLog audit, TransactionTemplate transactions,
			InstantSource clock) {
		this.jdbc = jdbc;
		this.users = users;
		this.seals = seals;
		this.reasons = reasons;
		this.addresses = addresses;
		this.pairings = pairings;
		this.delegations = delegations;
		this.passkeys = passkeys;
		this.agents = agents;
		this.events = events;
		this.sessions = sessions;
		this.passwords = passwords;
		this.limits = limits;
		this.attempts = attempts;
		this.instance = instance;
		this.audit = audit;
		this.transactions = transactions;
		this.clock = clock;
	}

	/**
	 * Adds a user.
	 * @param name its name
	 * @param roles its roles
	 * @param actor who does it
	 * @return the code by which it sets its password, which is not kept
	 */
	public String create(String name, Set<Role> roles, Actor actor) {
		if (!AgentOtpServerProperties.User.NAME.matcher(name).matches()) {
			throw new InvalidInputException("name",
					"must have 1 to 64 letters, digits, dots, hyphens, underscores, @ or +, a letter or digit first, "
							+ "and look like no token or key");
		}
		return change(actor, () -> {
			// Also one that ended, or is written in another case: the audit log, and the
			// rule for owners, must not mean two by one name.
			if (this.jdbc.sql("SELECT COUNT(*) FROM agentotp_user WHERE LOWER(name) = LOWER(?)")
				.param(name)
				.query(Long.class)
				.single() > 0) {
				throw new ConflictException("There is or was a user with this name", Map.of("name", name));
			}
			Users.insert(this.jdbc, Params.of(null, null, required(roles), false, false, false, name), this.clock);
			record(AuditEvent.USER_CREATED, name, actor, roles(roles));
			return link(name, actor);
		});
	}

	/**
	 * Changes a user, and ends its sessions if its roles are others. Nobody else changes
	 * it meanwhile.
	 * @param name the user
	 * @param change makes the new settings of the user as it is, or throws if it is not
	 * what the person saw
	 * @param actor who does it
	 */
	public void update(String name, Function<UserAccount, UserSettings> change, Actor actor) {
		change(actor, () -> {
			UserAccount before = requireChangeable(name);
			UserSettings after = change.apply(before);
			requireOwnSettings(before, after);
			ObjectNode details = setProfile(before, after.profile(), actor);
			if (!after.roles().equals(before.roles())) {
				this.jdbc.sql("UPDATE agentotp_user SET roles = ? WHERE name = ?")
					.params(required(after.roles()), name)
					.update();
				this.sessions.end(name);
				details.setAll(roles(after.roles()));
			}
			if (!details.isEmpty()) {
				record(AuditEvent.USER_CHANGED, name, actor, details);
			}
			requireAdministrator();
			return "";
		});
	}

	private static void requireOwnSettings(UserAccount user, UserSettings after) {
		UserProfile before = user.profile();
		if (user.provider() != null
				&& (!after.roles().equals(user.roles()) || !after.profile().groups().equals(before.groups())
						|| !Objects.equals(after.profile().issuer(), before.issuer())
						|| !Objects.equals(after.profile().subject(), before.subject()))) {
			throw new ConflictException("Roles and groups of this user come from the identity provider '"
					+ user.provider() + "', so they can only be changed there", Map.of("name", user.name()));
		}
	}

	/**
	 * Changes how a user is told: language, time zone and quiet hours, also of one that
	 * is configured.
	 * @param name the user
	 * @param change makes the new profile, of which nothing else is taken
	 * @param actor who does it
	 */
	public void setPreferences(String name, UnaryOperator<UserProfile> change, Actor actor) {
		change(actor, () -> {
			this.seals.lockIntact(name);
			UserAccount before = this.users.get(name);
			if (!before.intact() || !before.active()) {
				throw new ConflictException(UserSeals.CHANGED, Map.of("name", name));
			}
			UserProfile after = change.apply(before.profile());
			ObjectNode details = setProfile(before,
					before.profile()
						.withPreferences(after.language(), after.timeZone(), after.quietFrom(), after.quietUntil(),
								after.quietFirst()),
					actor);
			if (!details.isEmpty()) {
				record(AuditEvent.USER_CHANGED, name, actor, details);
			}
			return "";
		});
	}

	private ObjectNode setProfile(UserAccount before, UserProfile profile, Actor actor) {
		profile.check();
		if (profile.subject() != null) {
			takeOver(profile, before, actor);
		}
		this.jdbc.sql("""
				UPDATE agentotp_user SET member_of = ?, language = ?, time_zone = ?, issuer = ?, subject = ?,
					quiet_from = ?, quiet_until = ?, quiet_first = ? WHERE name = ?""")
			.params(profile.params())
			.param(before.name())
			.update();
		return profile.changes(before.profile());
	}

	// The user that a sign-in made for the same person ends, and what it owned is the
	// other's: one person does not decide on requests of the other.
	private void takeOver(UserProfile profile, UserAccount to, Actor actor) {
		record Other(String name, boolean made, boolean ended) {
		}
		this.jdbc.sql("SELECT * FROM agentotp_user WHERE issuer = ? AND subject = ? AND name <> ?")
			.params(Params.of(profile.issuer(), profile.subject(), to.name()))
			.query((row, index) -> new Other(row.getString("name"), row.getString("provider") != null,
					row.getString("ended_at") != null))
			.optional()
			.ifPresent((other) -> {
				if (!other.made()) {
					throw new ConflictException("Another user is this subject of this issuer", Map.of());
				}
				boolean intact = this.seals.lockIntact(other.name());
				if (!other.ended()) {
					end(other.name(), Json.object().put("linkedTo", to.name()), actor);
				}
				this.jdbc.sql("UPDATE agentotp_user SET issuer = NULL, subject = NULL WHERE name = ?")
					.param(other.name())
					.update();
				this.audit.record(this.clock.instant(), null, null,
						List.of(new AuditLog.Row(AuditEvent.USER_CHANGED, actor,
								Json.object().put("user", other.name()).put("linkedTo", to.name()),
								this.seals.seal(other.name(), intact))));
				this.agents.handOver(other.name(), to.name(), actor);
				this.events.publishEvent(new UserLinked(other.name(), to.name()));
			});
	}

	/**
	 * Makes another link by which a user sets its password. One before is worthless. Not
	 * for oneself, since who changes the own password is asked for the present one.
	 * @param name the user
	 * @param actor who does it
	 * @return the code of the link, which is not kept
	 */
	public String newLink(String name, Actor actor) {
		return change(actor, () -> {
			UserAccount user = requireChangeable(name);
			if (user.provider() != null) {
				throw new ConflictException("This user signs in at the identity provider '" + user.provider()
						+ "' and has no password here", Map.of("name", name));
			}
			if (actor.name().equals(Actor.user(name, null).name())) {
				throw new ConflictException(
						"You cannot make a link for yourself. Change your password on your account page",
						Map.of("name", name));
			}
			return link(name, actor);
		});
	}

	private String link(String name, Actor actor) {
		String code = "ul_" + Secrets.random();
		Instant until = this.clock.instant().plus(LINK_LIFE);
		this.jdbc.sql("UPDATE agentotp_user SET link_hash = ?, link_until = ? WHERE name = ?")
			.params(Secrets.sha256(code), Times.toDatabase(until), name)
			.update();
		record(AuditEvent.LINK_MADE, name, actor, Json.object().put("until", until.toString()));
		return code;
	}

	/**
	 * Sets a password by the code of a link, once. All sessions of the user end.
	 * @param name the user
	 * @param code the code
	 * @param password the password
	 * @param address from where
	 * @throws WrongSecretException if the code is not, or no longer, that of the user
	 */
	public void usePasswordLink(String name, String code, String password, String address) {
		Actor actor = Actor.user(name, address);
		counted(name, actor, () -> this.limits.link(address), () -> {
			requireLink(name, code);
			String hash = encode(name, password);
			return change(actor, () -> {
				this.seals.lockIntact(name);
				requireLink(name, code);
				setPassword(name, hash, actor, "link");
				return "";
			});
		});
	}

	// Before anything is looked at, as attempts to sign in are.
	private String counted(String name, Actor actor, Supplier<SignInLimits.Attempt> limit, Supplier<String> attempt) {
		SignInLimits.Attempt counted = take(limit);
		boolean wrong = false;
		try {
			return attempt.get();
		}
		catch (WrongSecretException ex) {
			wrong = true;
			this.attempts.failed(name, actor.address(), Meters.SignIn.PASSWORD);
			throw ex;
		}
		finally {
			if (!wrong) {
				counted.giveBack();
			}
		}
	}

	private SignInLimits.Attempt take(Supplier<SignInLimits.Attempt> limit) {
		try {
			return limit.get();
		}
		catch (LimitExceededException ex) {
			this.attempts.limited(Meters.SignIn.PASSWORD);
			throw ex;
		}
	}

	// Says the same whether or not there is such a user.
	private void requireLink(String name, String code) {
		boolean good = this.jdbc.sql(
				"SELECT * FROM agentotp_user WHERE name = ? AND link_hash IS NOT NULL AND link_until > ? AND active = TRUE")
			.params(name, Times.toDatabase(this.clock.instant()))
			.query((row, index) -> Secrets.same(row.getString("link_hash"), Secrets.sha256(code))
					&& this.seals.isIntact(row))
			.optional()
			.orElse(false);
		if (!good) {
			throw new WrongSecretException(
					"This link does not work, or no longer works. Ask an administrator for another one");
		}
	}

	private void setPassword(String name, String hash, Actor actor, String by) {
		this.jdbc
			.sql("""
					UPDATE agentotp_user SET password_hash = ?, password_temporary = FALSE, link_hash = NULL, link_until = NULL
					WHERE name = ?""")
			.params(hash, name)
			.update();
		endSessionsOf(name, actor);
		record(AuditEvent.PASSWORD_CHANGED, name, actor, Json.object().put("by", by));
	}

	/**
	 * Lets a user choose another password. All its sessions end.
	 * @param name the user
	 * @param present its present password
	 * @param password the new one
	 * @param actor who does it: the user
	 * @throws WrongSecretException if the present password is another one
	 */
	public void changePassword(String name, String present, String password, Actor actor) {
		counted(name, actor, () -> this.limits.repeated(name), () -> {
			String known = requirePassword(name, present);
			if (present.equals(password)) {
				throw new InvalidInputException("password", "must be another one than before");
			}
			String hash = encode(name, password);
			return change(actor, () -> {
				requireStill(name, known);
				setPassword(name, hash, actor, "user");
				return "";
			});
		});
	}

	// Its hash. Outside the lock, since it takes long.
	private String requirePassword(String name, String present) {
		requireChangeable(name);
		String known = hash(name);
		if (known.isEmpty() || !this.passwords.matches(present, known)) {
			throw wrongPassword();
		}
		return known;
	}

	private UserAccount requireStill(String name, String known) {
		UserAccount user = requireChangeable(name);
		if (!Secrets.same(hash(name), known)) {
			throw wrongPassword();
		}
		return user;
	}

	private String hash(String name) {
		return this.jdbc.sql("SELECT COALESCE(password_hash, '') FROM agentotp_user WHERE name = ?")
			.param(name)
			.query(String.class)
			.single();
	}

	private static WrongSecretException wrongPassword() {
		return new WrongSecretException("The present password is wrong, so nothing was changed");
	}

	private String encode(String name, String password) {
		String problem = JsonText.problem(password);
		if (password.codePointCount(0, password.length()) < MIN_PASSWORD) {
			problem = "must have at least " + MIN_PASSWORD + " characters";
		}
		else if (password.getBytes(StandardCharsets.UTF_8).length > MAX_PASSWORD_BYTES) {
			problem = "must have at most " + MAX_PASSWORD_BYTES + " bytes";
		}
		else if (password.isBlank() || password.equalsIgnoreCase(name)) {
			problem = "must not be blank or the name of the user";
		}
		if (problem != null) {
			throw new InvalidInputException("password", problem);
		}
		return Objects.requireNonNull(this.passwords.encode(password));
	}

	/**
	 * Gives a user another key for the API. One before is worthless at once. It outlives
	 * sessions, so the password is asked for.
	 * @param name the user
	 * @param present its present password
	 * @param actor who does it: the user
	 * @return the key, which is not kept
	 * @throws WrongSecretException if the present password is another one
	 */
	public String newKey(String name, String present, Actor actor) {
		return counted(name, actor, () -> this.limits.repeated(name), () -> {
			String known = requirePassword(name, present);
			return change(actor, () -> {
				if (requireStill(name, known).temporary()) {
					throw new TemporaryPasswordException();
				}
				String key = "uk_" + Secrets.random();
				setKey(name, Secrets.sha256(key));
				record(AuditEvent.USER_KEY_MADE, name, actor, Json.object());
				return key;
			});
		});
	}

	/**
	 * Takes the key of a user away. It is worthless at once.
	 * @param name the user
	 * @param actor who does it
	 */
	public void removeKey(String name, Actor actor) {
		change(actor, () -> {
			if (requireChangeable(name).key()) {
				setKey(name, null);
				record(AuditEvent.USER_KEY_REMOVED, name, actor, Json.object());
			}
			return "";
		});
	}

	private void setKey(String name, @Nullable String hash) {
		this.jdbc.sql("UPDATE agentotp_user SET key_hash = ? WHERE name = ?").params(Params.of(hash, name)).update();
	}

	/**
	 * Ends all sessions of a user, also one that is configured. No browser shows messages
	 * to the user any more.
	 * @param name the user
	 * @param actor who does it
	 */
	public void endSessions(String name, Actor actor) {
		change(actor, () -> {
			// What its sessions still do ends before.
			this.seals.lockIntact(name);
			this.users.get(name);
			int ended = endSessionsOf(name, actor);
			this.audit.record(this.clock.instant(), null, null, AuditEvent.SESSIONS_ENDED, actor,
					Json.object().put("user", name).put("sessions", ended));
			return "";
		});
	}

	// Browsers that show messages were added in these sessions.
	private int endSessionsOf(String name, Actor actor) {
		this.addresses.forgetSecret(name, actor);
		return this.sessions.end(name);
	}

	/**
	 * Ends a user: password, passkeys, key, link and sessions are worthless at once, and
	 * the name stays taken.
	 * @param name the user
	 * @param seen throws if the user is not what the person saw
	 * @param actor who does it
	 */
	public void end(String name, Consumer<UserAccount> seen, Actor actor) {
		change(actor, () -> {
			UserAccount user = requireNotConfigured(name);
			seen.accept(user);
			end(name, user.intact() ? Json.object() : Json.object().put("changedInDatabase", true), actor);
			requireAdministrator();
			return "";
		});
	}

	// Who is known outside stays known as ended: the next sign-in makes no other user.
	private void end(String name, ObjectNode details, Actor actor) {
		this.jdbc.sql("""
				UPDATE agentotp_user SET active = FALSE, password_hash = NULL, key_hash = NULL, link_hash = NULL,
					link_until = NULL, issuer = CASE WHEN provider IS NULL THEN NULL ELSE issuer END,
					subject = CASE WHEN provider IS NULL THEN NULL ELSE subject END, member_of = '[]',
					configured = FALSE, ended_at = ?
				WHERE name = ?""").params(Times.toDatabase(this.clock.instant()), name).update();
		this.sessions.end(name);
		this.reasons.forget(name);
		this.pairings.forget(name);
		this.addresses.forget(name, actor);
		this.delegations.endAllOf(name, actor);
		this.passkeys.revokeAllOf(name, actor);
		record(AuditEvent.USER_ENDED, name, actor, details);
	}

	/**
	 * What is answered when a user is not what the person saw who wants to change it.
	 * @param user the user as it is
	 * @return the exception to throw
	 */
	public static ConflictException changedMeanwhile(UserAccount user) {
		return new ConflictException("The user has been changed in the meantime, so nothing was saved",
				Map.of("name", user.name()));
	}

	// One change at a time: two administrators must not end each other.
	private String change(Actor actor, Supplier<String> change) {
		return Objects.requireNonNull(this.transactions.execute((status) -> {
			this.instance.lock();
			actor.requireStill();
			return change.get();
		}));
	}

	private UserAccount requireNotConfigured(String name) {
		// What waits to be written there must not be sealed with this change.
		this.seals.lockIntact(name);
		UserAccount user = this.users.get(name);
		if (user.configured()) {
			throw new ConflictException(
					"This user comes from the configuration (agentotp.server.users." + name
							+ "), so it can only be changed there" + (user.intact() ? "" : ". " + UserSeals.CONFIGURED),
					Map.of("name", name));
		}
		return user;
	}

	private UserAccount requireChangeable(String name) {
		UserAccount user = requireNotConfigured(name);
		if (!user.intact()) {
			throw new ConflictException(UserSeals.CHANGED, Map.of("name", name));
		}
		if (!user.active()) {
			throw new ConflictException("This user is off since users were configured. End it, and add another one",
					Map.of("name", name));
		}
		return user;
	}

	private static String required(Set<Role> roles) {
		if (roles.isEmpty()) {
			throw new InvalidInputException("roles", "must name at least one of approver, administrator, auditor");
		}
		return Users.text(roles);
	}

	private void requireAdministrator() {
		if (!Users.hasAdministrator(this.jdbc, this.seals)) {
			throw new ConflictException("There would be no administrator any more. Make somebody else one first",
					Map.of());
		}
	}

	private void record(AuditEvent event, String name, Actor actor, ObjectNode details) {
		this.audit.record(this.clock.instant(), null, null,
				List.of(new AuditLog.Row(event, actor, details.put("user", name), this.seals.seal(name))));
	}

	private static ObjectNode roles(Set<Role> roles) {
		return Json.object().put("roles", Users.text(roles));
	}

}
