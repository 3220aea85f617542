package io.agentotp.server.config;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of the permission service.
 *
 * @param enabled Whether the permission service runs inside the application.
 * @param path Path under which all routes and pages of the service live.
 * @param publicUrl URL under which people reach the service, the base of approval links;
 * by default localhost, the port of the connection and the path.
 * @param approvalWindow How long a request waits for a decision before it expires.
 * @param datasource The service's own database.
 * @param secret Secret that tokens are derived from, at least 32 characters; by default
 * random when the database is in memory.
 * @param secretFile File that holds the secret, one per line, the newest first; created
 * with owner-only access when it does not exist.
 * @param lostSecret Id of a secret that is lost and given up, as the start names it.
 * @param agents Agents that may send requests, by name.
 * @param sessions How long people stay signed in.
 * @param users Users who may sign in, by name; without any, a user named admin is created
 * at the first start.
 * @param policies Policies that approve requests, deny them or require approval.
 * @param audit How tampering with the audit log is detected.
 * @param limits Limits of agents, waiting requests and failed sign-ins.
 * @param testKeys Whether test keys (ak_test_) are accepted; their requests are approved
 * automatically and marked.
 * @param retention How long finished permissions are kept.
 * @param startFrozen Whether all agents are frozen when the service starts, as after a
 * restore of a backup, until an administrator unfreezes them.
 * @param notifications How people are told of requests.
 * @param passkeys Passkeys of people (WebAuthn).
 * @param oidc Identity providers at which people sign in, by name.
 * @param localSignIn Whether people can sign in here, with a password or a passkey of
 * this service; without it they sign in at identity providers only.
 */
@ConfigurationProperties("agentotp.server")
public record AgentOtpServerProperties(@DefaultValue("true") boolean enabled, @DefaultValue("/agent-otp") String path,
		@Nullable URI publicUrl, @DefaultValue("10m") Duration approvalWindow, @DefaultValue Datasource datasource,
		@Nullable String secret, @Nullable String secretFile, @Nullable String lostSecret,
		@DefaultValue Map<String, Agent> agents, @DefaultValue Sessions sessions, @DefaultValue Map<String, User> users,
		@DefaultValue Policies policies, @DefaultValue Audit audit, @DefaultValue Limits limits,
		@DefaultValue("false") boolean testKeys, @DefaultValue Retention retention,
		@DefaultValue("false") boolean startFrozen,
		@DefaultValue @NestedConfigurationProperty NotificationSettings notifications,
		@DefaultValue @NestedConfigurationProperty PasskeySettings passkeys,
		@DefaultValue Map<String, OidcSettings> oidc, @DefaultValue("true") boolean localSignIn) {

	/**
	 * The prefix of all settings.
	 */
	public static final String PREFIX = "agentotp.server";

	/**
	 * What looks like a token, key or code, as the audit log hides it: a regular
	 * expression, also for JSON, where an escaped line end has a letter. A long one is
	 * found within other words, too.
	 */
	public static final String CREDENTIAL = "(?:(?<![A-Za-z0-9_])|(?<=\\\\[bfnrt])|(?<=\\\\u[0-9A-Fa-f]{4})"
			+ "|(?=(?:otp|ak_live|ak_test)_[A-Za-z0-9_-]{24}))(otp_|ak_live_|ak_test_|uk_|ul_)[A-Za-z0-9_-]{16,}";

	/**
	 * The least number of characters of a secret that tokens are derived from.
	 */
	public static final int MIN_SECRET_LENGTH = 32;

	/**
	 * What no limit of a number is above.
	 */
	public static final int MAX_LIMIT = 1_000_000;

	private static final Duration YEAR = Duration.ofDays(366);

	private static final Duration CENTURY = Duration.ofDays(36_600);

	// Such a placeholder stays as it is, so it would be a secret that everybody can
	// guess.
	private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{[^}]*}");

	/**
	 * Checks the settings.
	 * @throws InvalidSettingException if one cannot be used
	 */
	public AgentOtpServerProperties {
		resolved("secret", secret);
		if (!path.strip().matches("(/[A-Za-z0-9._~-]+)*/*")) {
			throw InvalidSettingException.of("path", path,
					"It must begin with a slash and consist of letters, digits, hyphens, underscores and dots, such as /agent-otp");
		}
		if (publicUrl != null && !isWebUrl(publicUrl)) {
			throw InvalidSettingException.of("public-url", publicUrl,
					"It must be the http or https URL under which people reach the service, such as https://example.com/agent-otp");
		}
		atLeast("approval-window", approvalWindow, Duration.ofSeconds(1), "one second");
		atMost("approval-window", approvalWindow, YEAR, "366 days");
		if (secret != null && secret.length() < MIN_SECRET_LENGTH) {
			throw InvalidSettingException.secret("secret",
					"It must have at least 32 characters, for example the output of: openssl rand -base64 32");
		}
		if (secret == null && secretFile == null && !datasource.isInMemory()) {
			throw InvalidSettingException.of("secret-file", null,
					"With a database that outlives the process the secret must, too. "
							+ "Name a file, which is made at the first start, or set agentotp.server.secret");
		}
		agents.forEach((key, agent) -> agent.check(key));
		users.forEach((key, user) -> user.check(key));
		agents = byName("agents", agents, Agent::name);
		users = byName("users", users, User::name);
		requireOwnKeys(users);
		requireOwnAddresses(users);
		oidc.forEach((name, provider) -> provider.check(name));
		requireOwnIssuers(oidc);
		if (!localSignIn && oidc.isEmpty()) {
			throw InvalidSettingException.of("local-sign-in", false,
					"Nobody could sign in. Name an identity provider, agentotp.server.oidc.<name>.issuer-uri, or leave it on");
		}
		requireOwnFiles(secretFile, audit);
	}

	// A key that two share says nothing about who acts.
	private static void requireOwnKeys(Map<String, User> users) {
		Map<String, String> owners = new HashMap<>();
		users.forEach((name, user) -> {
			String other = (user.apiKey() != null) ? owners.put(user.apiKey(), name) : null;
			if (other != null) {
				throw InvalidSettingException.secret("users." + name + ".api-key",
						"User '" + other + "' has the same key. Give each user their own");
			}
		});
	}

	// What two are known by says nothing about who answers.
	private static void requireOwnAddresses(Map<String, User> users) {
		Map<List<String>, String> owners = new HashMap<>();
		users.forEach((name, user) -> {
			user.addresses().forEach((channel, addresses) -> addresses.forEach((address) -> {
				String other = owners.put(List.of("addresses." + channel, address.strip()), name);
				if (other != null) {
					throw InvalidSettingException.of("users." + name + ".addresses." + channel, address,
							"User '" + other + "' has the same address. Give each user their own, each once");
				}
			}));
			String other = (user.issuer() != null && user.subject() != null)
					? owners.put(List.of(user.issuer(), user.subject()), name) : null;
			if (other != null) {
				throw InvalidSettingException.of("users." + name + ".subject", user.subject(),
						"User '" + other + "' has the same issuer and subject. Give each user their own");
			}
		});
	}

	// Who somebody is, is said by the issuer and the id there.
	private static void requireOwnIssuers(Map<String, OidcSettings> providers) {
		Map<String, String> names = new HashMap<>();
		providers.forEach((name, provider) -> {
			String other = names.put(provider.issuer(), name);
			if (other != null) {
				throw InvalidSettingException.of("oidc." + name + ".issuer-uri", provider.issuer(),
						"It is the issuer of provider '" + other + "', too. Name each issuer once");
			}
		});
	}

	private static <T> Map<String, T> byName(String property, Map<String, T> all, Function<T, @Nullable String> name) {
		Map<String, T> named = new LinkedHashMap<>();
		all.forEach((key, each) -> {
			String own = name.apply(each);
			if (named.put((own != null) ? own : key, each) != null) {
				throw InvalidSettingException.of(property + "." + key + ".name", own, "Another one has this name");
			}
		});
		return named;
	}

	private static boolean isWebUrl(URI url) {
		return ("https".equals(url.getScheme()) || "http".equals(url.getScheme())) && url.getHost() != null
				&& url.getQuery() == null && url.getFragment() == null && url.getUserInfo() == null;
	}

	static void resolved(String name, @Nullable String secret) {
		if (secret != null && PLACEHOLDER.matcher(secret).find()) {
			throw InvalidSettingException.secret(name,
					"It is a placeholder ${…} without a value. Set the environment variable or property that it names");
		}
	}

	private static void between(String name, @Nullable Integer value, int least, int most) {
		if (value != null && (value < least || value > most)) {
			throw InvalidSettingException.of(name, value, "It must be at least " + least + " and at most " + most);
		}
	}

	private static void atMost(String name, @Nullable Duration value, @Nullable Duration most, String text) {
		if (value != null && most != null && value.compareTo(most) > 0) {
			throw InvalidSettingException.of(name, value, "It must be at most " + text);
		}
	}

	// What is in one would be taken for the other: a checkpoint, which everybody reads,
	// for a secret.
	private static void requireOwnFiles(@Nullable String secret, Audit audit) {
		Map<Path, String> names = new HashMap<>();
		Map<String, @Nullable String> files = new LinkedHashMap<>();
		files.put("secret-file", secret);
		files.put("audit.key-file", audit.keyFile());
		files.put("audit.checkpoint-file", audit.checkpointFile());
		files.forEach((name, file) -> {
			String other = (file != null) ? names.put(real(file), name) : null;
			if (other != null) {
				throw InvalidSettingException.of(name, file,
						"It is the file of " + PREFIX + "." + other + ", too. Name another one");
			}
		});
	}

	private static Path real(String file) {
		Path path = Path.of(file).toAbsolutePath().normalize();
		try {
			return path.toRealPath();
		}
		catch (IOException ex) {
			return path;
		}
	}

	private static void atLeast(String name, @Nullable Duration value, Duration least, String text) {
		if (value != null && value.compareTo(least) < 0) {
			throw InvalidSettingException.of(name, value, "It must be at least " + text);
		}
	}

	// The generated form would print the secret.
	@Override
	public String toString() {
		return "AgentOtpServerProperties[path=" + this.path + "]";
	}

	/**
	 * The service's own database.
	 *
	 * @param url JDBC URL, H2 or PostgreSQL; by default a private H2 in memory.
	 * @param username User name at the database.
	 * @param password Password at the database.
	 * @param poolSize Maximum number of connections of a node.
	 */
	public record Datasource(@Nullable String url, @Nullable String username, @Nullable String password,
			@DefaultValue("10") int poolSize) {

		public Datasource {
			resolved("datasource.password", password);
			between("datasource.pool-size", poolSize, 4, MAX_LIMIT);
		}

		/**
		 * Whether nothing of the database outlives the process.
		 * @return {@code true} for a database in memory
		 */
		public boolean isInMemory() {
			return this.url == null || this.url.startsWith("jdbc:h2:mem:");
		}

		/**
		 * Whether nodes can share the database.
		 * @return {@code true} for PostgreSQL
		 */
		public boolean isPostgres() {
			return this.url != null && this.url.startsWith("jdbc:postgresql:");
		}

		@Override
		public String toString() {
			return "Datasource[]";
		}

	}

	/**
	 * An agent that may send requests.
	 *
	 * @param name Name of the agent where the key cannot be the name, as in a variable of
	 * the environment.
	 * @param apiKey Key of the agent: ak_live_ or ak_test_ and at least 24 letters,
	 * digits, hyphens or underscores; only its hash is stored.
	 * @param owner Name of the user who owns the agent and therefore may not decide on
	 * its requests.
	 * @param requestsPerMinute Maximum number of requests of the agent a minute; by
	 * default limits.requests-per-minute.
	 * @param maxPending Maximum number of its requests that wait for a decision at once;
	 * by default limits.max-pending.
	 */
	public record Agent(@Nullable String name, @Nullable String apiKey, @Nullable String owner,
			@Nullable Integer requestsPerMinute, @Nullable Integer maxPending) {

		/**
		 * What an agent may be named.
		 */
		public static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

		private static final Pattern KEY = Pattern.compile("ak_(live|test)_[A-Za-z0-9_-]{24,}");

		private void check(String name) {
			String prefix = "agents." + name;
			resolved(prefix + ".api-key", this.apiKey);
			if (!NAME.matcher((this.name != null) ? this.name : name).matches()) {
				throw InvalidSettingException.of("agents", (this.name != null) ? this.name : name,
						"The name of an agent has 1 to 64 letters, digits, dots, hyphens or underscores, a letter or digit first");
			}
			if (this.apiKey == null) {
				throw InvalidSettingException.of(prefix + ".api-key", null,
						"Give the agent a key: ak_live_ and at least 24 random characters");
			}
			if (!KEY.matcher(this.apiKey).matches()) {
				throw InvalidSettingException.secret(prefix + ".api-key",
						"It must be ak_live_ or ak_test_ followed by at least 24 letters, digits, hyphens or underscores");
			}
			between(prefix + ".requests-per-minute", this.requestsPerMinute, 1, MAX_LIMIT);
			between(prefix + ".max-pending", this.maxPending, 1, MAX_LIMIT);
		}

		@Override
		public String toString() {
			return "Agent[owner=" + this.owner + "]";
		}

	}

	/**
	 * Limits of agents, waiting requests and failed sign-ins.
	 *
	 * @param requestsPerMinute Maximum number of requests of an agent a minute; requests
	 * that wait for a decision do not count.
	 * @param maxPending Maximum number of permission requests of an agent that wait for a
	 * decision at once.
	 * @param maxWaitingRequests Maximum number of HTTP requests that wait for a decision
	 * on a node at once; 0 for as many as its memory holds.
	 * @param wrongPasswordsPerMinute Maximum number of wrong passwords a minute from one
	 * address; three times as many for one account from all addresses.
	 * @param wrongKeysPerMinute Maximum number of wrong keys a minute from one address.
	 */
	public record Limits(@DefaultValue("600") int requestsPerMinute, @DefaultValue("100") int maxPending,
			@DefaultValue("0") int maxWaitingRequests, @DefaultValue("5") int wrongPasswordsPerMinute,
			@DefaultValue("60") int wrongKeysPerMinute) {

		public Limits {
			between("limits.wrong-passwords-per-minute", wrongPasswordsPerMinute, 1, MAX_LIMIT);
			between("limits.wrong-keys-per-minute", wrongKeysPerMinute, 1, MAX_LIMIT);
			between("limits.requests-per-minute", requestsPerMinute, 1, MAX_LIMIT);
			between("limits.max-pending", maxPending, 1, MAX_LIMIT);
			between("limits.max-waiting-requests", maxWaitingRequests, 0, MAX_LIMIT);
		}

	}

	/**
	 * How long finished permissions are kept. The audit log is never removed.
	 *
	 * @param details How long after its end a permission keeps the context and the
	 * arguments of the call, at least an hour and at most as long as the permission; by
	 * default as long.
	 * @param permissions How long after its end a permission is kept, at least a day; by
	 * default without limit.
	 * @param interval How often expired data is removed; at most as long as it is kept.
	 */
	public record Retention(@Nullable Duration details, @Nullable Duration permissions,
			@DefaultValue("1h") Duration interval) {

		public Retention {
			atLeast("retention.details", details, Duration.ofHours(1), "an hour");
			// Repeated requests are answered with the permission for that long.
			atLeast("retention.permissions", permissions, Duration.ofDays(1), "a day");
			atLeast("retention.interval", interval, Duration.ofMinutes(1), "a minute");
			atMost("retention.details", details, CENTURY, "36600 days");
			atMost("retention.permissions", permissions, CENTURY, "36600 days");
			atMost("retention.details", details, permissions, "retention.permissions, with which they go");
			atMost("retention.interval", interval, CENTURY, "36600 days");
			atMost("retention.interval", interval, details, "retention.details");
			atMost("retention.interval", interval, permissions, "retention.permissions");
		}

	}

	/**
	 * How long people stay signed in.
	 *
	 * @param idleTimeout How long a person who does nothing stays signed in, at least a
	 * minute and at most 366 days.
	 * @param absoluteTimeout How long a person stays signed in at most, at least a minute
	 * and at most 366 days.
	 */
	public record Sessions(@DefaultValue("15m") Duration idleTimeout, @DefaultValue("12h") Duration absoluteTimeout) {

		public Sessions {
			atLeast("sessions.idle-timeout", idleTimeout, Duration.ofMinutes(1), "a minute");
			atLeast("sessions.absolute-timeout", absoluteTimeout, Duration.ofMinutes(1), "a minute");
			atMost("sessions.absolute-timeout", absoluteTimeout, YEAR, "366 days");
			atMost("sessions.idle-timeout", idleTimeout, YEAR, "366 days");
		}

	}

	/**
	 * A user who may sign in.
	 *
	 * @param name Name of the user where the key cannot be the name, as in a variable of
	 * the environment.
	 * @param password Password, plain or encoded with its scheme in front, such as
	 * {bcrypt}; only its hash is stored.
	 * @param apiKey Key for the API: uk_ and at least 24 letters, digits, hyphens or
	 * underscores; only its hash is stored.
	 * @param roles Roles of the user.
	 * @param groups Groups of the user, which policies name as approvers.
	 * @param language Language of what the user is told, such as en or de; by default
	 * that of the service.
	 * @param timeZone Time zone of the user, such as Europe/Berlin; by default that of
	 * the service.
	 * @param addresses Addresses of the user by the name of the channel, such as mail.
	 * @param issuer Identity provider that knows the user.
	 * @param subject Stable id of the user at the issuer.
	 */
	public record User(@Nullable String name, @Nullable String password, @Nullable String apiKey,
			@DefaultValue("approver") Set<Role> roles, @DefaultValue Set<String> groups, @Nullable String language,
			@Nullable String timeZone, @DefaultValue Map<String, List<String>> addresses, @Nullable String issuer,
			@Nullable String subject) {

		/**
		 * What a user may be named. What looks like a credential is hidden in the audit
		 * log.
		 */
		public static final Pattern NAME = Pattern.compile("(?!.*" + CREDENTIAL + ")[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}");

		/**
		 * What a group may be named.
		 */
		public static final Pattern GROUP = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

		/**
		 * What a group may be named, in words.
		 */
		public static final String GROUP_RULE = "The name of a group has 1 to 64 letters, digits, dots, hyphens or underscores";

		/**
		 * In how many groups a user can be.
		 */
		public static final int MAX_GROUPS = 50;

		/**
		 * What a channel may be named.
		 */
		public static final Pattern CHANNEL = Pattern.compile("[a-z0-9-]{1,32}");

		/**
		 * The greatest number of characters of an address.
		 */
		public static final int MAX_ADDRESS = 2000;

		private static final Pattern KEY = Pattern.compile("uk_[A-Za-z0-9_-]{24,}");

		private static final Pattern ENCODED = Pattern
			.compile("\\{bcrypt}\\$2[aby]?\\$(0[4-9]|1[0-6])\\$[./0-9A-Za-z]{53}"
					+ "|\\{pbkdf2}[0-9A-Fa-f]{80}|\\{pbkdf2@SpringSecurity_v5_8}[0-9A-Fa-f]{96}"
					+ "|\\{scrypt(@SpringSecurity_v5_8)?}\\$[0-9a-f]{1,8}\\$[A-Za-z0-9+/]+=*\\$[A-Za-z0-9+/]+=*"
					+ "|\\{argon2(@SpringSecurity_v5_8)?}\\$argon2(id|i|d)\\$v=\\d{1,3}\\$m=\\d{1,7},t=\\d{1,3},p=\\d{1,3}"
					+ "\\$[A-Za-z0-9+/]+\\$[A-Za-z0-9+/]+");

		private static final Pattern OTHER_SCHEME = Pattern.compile("\\{[A-Za-z0-9@._-]+}.*");

		/**
		 * Whether the password is an encoded one.
		 * @return {@code true} if it is used as it is
		 */
		public boolean hasEncodedPassword() {
			return this.password != null && ENCODED.matcher(this.password).matches();
		}

		private void check(String name) {
			String prefix = "users." + name;
			resolved(prefix + ".password", this.password);
			resolved(prefix + ".api-key", this.apiKey);
			if (!NAME.matcher((this.name != null) ? this.name : name).matches()) {
				throw InvalidSettingException.of("users", (this.name != null) ? this.name : name,
						"The name of a user has 1 to 64 letters, digits, dots, hyphens, underscores, @ or +, a letter or digit first, and looks like no token or key");
			}
			if (this.password == null && this.apiKey == null) {
				throw InvalidSettingException.of(prefix + ".password", null,
						"Give the user a password, a key, or both");
			}
			if (this.password != null && this.password.isBlank()) {
				throw InvalidSettingException.secret(prefix + ".password", "It must not be blank");
			}
			if (this.password != null && OTHER_SCHEME.matcher(this.password).matches() && !hasEncodedPassword()) {
				throw InvalidSettingException.secret(prefix + ".password",
						"It is not a whole encoded password of a known scheme. Give the plain password, or one encoded with {bcrypt}, {pbkdf2}, {scrypt} or {argon2}");
			}
			if (this.apiKey != null && !KEY.matcher(this.apiKey).matches()) {
				throw InvalidSettingException.secret(prefix + ".api-key",
						"It must be uk_ followed by at least 24 letters, digits, hyphens or underscores");
			}
			if (this.roles.isEmpty()) {
				throw InvalidSettingException.of(prefix + ".roles", null,
						"Name at least one of APPROVER, ADMINISTRATOR, AUDITOR");
			}
			checkProfile(prefix);
		}

		private void checkProfile(String prefix) {
			for (String group : this.groups) {
				if (!GROUP.matcher(group).matches()) {
					throw InvalidSettingException.of(prefix + ".groups", group, GROUP_RULE);
				}
			}
			if (this.groups.size() > MAX_GROUPS) {
				throw InvalidSettingException.of(prefix + ".groups", null,
						"A user can be in at most " + MAX_GROUPS + " groups");
			}
			if (this.language != null && !isLanguage(this.language)) {
				throw InvalidSettingException.of(prefix + ".language", this.language,
						"Name a language, such as en or de");
			}
			if (this.timeZone != null && !isTimeZone(this.timeZone)) {
				throw InvalidSettingException.of(prefix + ".time-zone", this.timeZone,
						"Name a time zone, such as Europe/Berlin");
			}
			if ((this.issuer == null) != (this.subject == null)) {
				throw InvalidSettingException.of(prefix + ".subject", this.subject,
						"Set issuer and subject together: one without the other names nobody");
			}
			this.addresses.forEach((channel, addresses) -> {
				if (!CHANNEL.matcher(channel).matches()) {
					throw InvalidSettingException.of(prefix + ".addresses", channel,
							"The name of a channel has 1 to 32 lower-case letters, digits and hyphens");
				}
				for (String address : addresses) {
					if (address.isBlank() || address.length() > MAX_ADDRESS) {
						throw InvalidSettingException.of(prefix + ".addresses." + channel, null,
								"An address has 1 to " + MAX_ADDRESS + " characters and is not blank");
					}
				}
			});
		}

		/**
		 * Whether a text names a language.
		 * @param text the text
		 * @return whether it does
		 */
		public static boolean isLanguage(String text) {
			return text.length() <= 16 && text.matches("[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*");
		}

		/**
		 * Whether a text names a time zone.
		 * @param text the text
		 * @return whether it does
		 */
		public static boolean isTimeZone(String text) {
			return text.length() <= 64 && ZoneId.getAvailableZoneIds().contains(text);
		}

		@Override
		public String toString() {
			return "User[roles=" + this.roles + "]";
		}

	}

	/**
	 * What a user may do.
	 */
	public enum Role {

		/**
		 * Decides.
		 */
		APPROVER,

		/**
		 * Administers, and decides only as an approver, too.
		 */
		ADMINISTRATOR,

		/**
		 * Reads everything, decides nothing.
		 */
		AUDITOR;

		public String text() {
			return name().toLowerCase(Locale.ROOT);
		}

		/**
		 * Finds a role.
		 * @param text its name in lower case
		 * @return the role, empty if there is none
		 */
		public static Optional<Role> find(String text) {
			return Arrays.stream(values()).filter((role) -> role.text().equals(text)).findFirst();
		}

	}

	/**
	 * Policies that approve requests, deny them or require approval.
	 *
	 * @param trustContext Whether a policy may approve on what the agent says about
	 * itself (context); false refuses such policies at start.
	 * @param files Files of policies in YAML: paths, directories or Spring resource
	 * patterns; one that begins with optional: may be missing. Empty for none.
	 * @param reloadInterval How often the files are checked for changes; 0 for never.
	 */
	public record Policies(@DefaultValue("true") boolean trustContext,
			@DefaultValue("optional:classpath:agent-otp-policies.yml") List<String> files,
			@DefaultValue("5s") Duration reloadInterval) {

		/**
		 * What {@code files} is by default where the service runs on its own.
		 */
		public static final String STANDALONE_FILES = "optional:./policies.yml";

		public Policies {
			atLeast("policies.reload-interval", reloadInterval, Duration.ZERO, "0");
			atMost("policies.reload-interval", reloadInterval, YEAR, "366 days");
			// An empty setting is no place, and not the working directory.
			files = files.stream().filter((file) -> !file.isBlank()).toList();
		}

	}

	/**
	 * How tampering with the audit log is detected.
	 *
	 * @param keyFile File that holds the key which signs checkpoints, one per line, the
	 * newest first; created with owner-only access when it does not exist; by default the
	 * key is derived from the secret of tokens.
	 * @param lostKey Id of a key that is lost and given up, as the start names it.
	 * @param checkpointFile File that checkpoints are appended to, best on another
	 * machine; by default checkpoints are only in the database and the log.
	 * @param checkpointInterval Maximum time that rows stay without a checkpoint.
	 */
	public record Audit(@Nullable String keyFile, @Nullable String lostKey, @Nullable String checkpointFile,
			@DefaultValue("1m") Duration checkpointInterval) {

		public Audit {
			atLeast("audit.checkpoint-interval", checkpointInterval, Duration.ZERO, "0");
			atMost("audit.checkpoint-interval", checkpointInterval, YEAR, "366 days");
		}

	}

}
