package io.agentotp.server.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Settings of the permission service.
 *
 * @param enabled Whether the permission service runs inside the application.
 * @param path Path under which all routes and pages of the service live.
 * @param publicUrl URL under which people reach the service, the base of approval links;
 * by default localhost, the port of the connection and the path.
 * @param approvalWindow How long a question waits for a decision before it expires.
 * @param datasource The service's own database.
 * @param secret Secret that tokens are derived from, at least 32 characters; by default
 * made at start when the database is in memory.
 * @param secretFile File that holds the secret, one per line, the newest first; created
 * with owner-only access when it does not exist.
 * @param agents Agents that may ask, by name.
 * @param users People who may sign in and decide, by name; without any, a user named
 * admin is created at the first start.
 * @param policies Policies that approve, deny or ask an approver.
 * @param audit How tampering with the record is made visible.
 * @param limits What one agent may take up.
 * @param testKeys Whether keys for tests (ak_test_) are taken; what they ask for is
 * approved by itself and marked.
 * @param retention How long what is over is kept.
 */
@ConfigurationProperties("agentotp.server")
public record AgentOtpServerProperties(@DefaultValue("true") boolean enabled, @DefaultValue("/agent-otp") String path,
		@Nullable URI publicUrl, @DefaultValue("10m") Duration approvalWindow, @DefaultValue Datasource datasource,
		@Nullable String secret, @Nullable String secretFile, @DefaultValue Map<String, Agent> agents,
		@DefaultValue Map<String, User> users, @DefaultValue Policies policies, @DefaultValue Audit audit,
		@DefaultValue Limits limits, @DefaultValue("false") boolean testKeys, @DefaultValue Retention retention) {

	/**
	 * The prefix of all settings.
	 */
	public static final String PREFIX = "agentotp.server";

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
	 * @param poolSize How many connections a node uses at most.
	 */
	public record Datasource(@Nullable String url, @Nullable String username, @Nullable String password,
			@DefaultValue("10") int poolSize) {

		@Override
		public String toString() {
			return "Datasource[]";
		}

	}

	/**
	 * An agent that may ask.
	 *
	 * @param apiKey Key of the agent: ak_live_ or ak_test_ and at least 24 letters,
	 * digits, hyphens or underscores; only its hash is stored.
	 * @param owner Name of the user who owns the agent and therefore may not decide on
	 * its requests.
	 * @param requestsPerMinute How many requests the agent may send a minute; by default
	 * what limits.requests-per-minute says.
	 * @param maxPending How many of its questions may wait at once; by default what
	 * limits.max-pending says.
	 */
	public record Agent(@Nullable String apiKey, @Nullable String owner, @Nullable Integer requestsPerMinute,
			@Nullable Integer maxPending) {

		@Override
		public String toString() {
			return "Agent[owner=" + this.owner + "]";
		}

	}

	/**
	 * What one agent and all together may take up, and how many wrong passwords and keys
	 * are looked at.
	 *
	 * @param requestsPerMinute How many requests an agent may send a minute; those that
	 * wait for a decision are free.
	 * @param maxPending How many questions of an agent may wait for a decision at once.
	 * @param maxParked How many requests may wait for a decision on a node at once; 0 for
	 * as many as its memory holds.
	 * @param wrongPasswordsPerMinute How many wrong passwords are looked at a minute from
	 * one address; three times as many for one account from all addresses.
	 * @param wrongKeysPerMinute How many wrong keys are looked at a minute from one
	 * address.
	 */
	public record Limits(@DefaultValue("600") int requestsPerMinute, @DefaultValue("100") int maxPending,
			@DefaultValue("0") int maxParked, @DefaultValue("5") int wrongPasswordsPerMinute,
			@DefaultValue("60") int wrongKeysPerMinute) {
	}

	/**
	 * How long what is over is kept. The record is kept for ever.
	 *
	 * @param details How long after its end a permission keeps what the agent said and
	 * the arguments of the call, at least an hour; by default for as long as the
	 * permission is kept.
	 * @param permissions How long after its end a permission is kept, at least a day; by
	 * default for ever.
	 * @param interval How often it is looked for what is to go.
	 */
	public record Retention(@Nullable Duration details, @Nullable Duration permissions,
			@DefaultValue("1h") Duration interval) {
	}

	/**
	 * A person who may sign in.
	 *
	 * @param password Password, plain or encoded with its scheme in front, such as
	 * {bcrypt}; only its hash is stored.
	 * @param apiKey Key for the API: uk_ and at least 24 letters, digits, hyphens or
	 * underscores; only its hash is stored.
	 * @param roles What the person may do.
	 */
	public record User(@Nullable String password, @Nullable String apiKey, @DefaultValue("approver") Set<Role> roles) {

		@Override
		public String toString() {
			return "User[roles=" + this.roles + "]";
		}

	}

	/**
	 * What a person may do.
	 */
	public enum Role {

		/**
		 * Decides.
		 */
		APPROVER,

		/**
		 * Decides and administers.
		 */
		ADMINISTRATOR,

		/**
		 * Reads everything, decides nothing.
		 */
		AUDITOR

	}

	/**
	 * Policies that approve, deny or ask an approver.
	 *
	 * @param trustContext Whether a policy may approve on what the agent says about
	 * itself (context); false refuses such policies at start.
	 * @param files Files of policies in YAML: paths, directories or Spring resource
	 * patterns; one that begins with optional: may be missing.
	 * @param reloadInterval How often the files are looked at for changes; 0 for never.
	 */
	public record Policies(@DefaultValue("true") boolean trustContext,
			@DefaultValue("optional:classpath:agent-otp-policies.yml") List<String> files,
			@DefaultValue("5s") Duration reloadInterval) {

		/**
		 * What {@code files} is by default where the service runs on its own.
		 */
		public static final String STANDALONE_FILES = "optional:./policies.yml";

	}

	/**
	 * How tampering with the record is made visible.
	 *
	 * @param keyFile File that holds the key which signs checkpoints, one per line, the
	 * newest first; created with owner-only access when it does not exist; by default the
	 * key is derived from the secret of tokens.
	 * @param checkpointFile File that checkpoints are appended to, best on another
	 * machine; by default they stand in the database and the log only.
	 * @param checkpointInterval How long rows may stay without a checkpoint.
	 */
	public record Audit(@Nullable String keyFile, @Nullable String checkpointFile,
			@DefaultValue("1m") Duration checkpointInterval) {
	}

}
