-- The schema, for H2 and PostgreSQL.

CREATE TABLE agentotp_instance (
	-- One row: nodes that start at once cannot both add theirs.
	single BOOLEAN NOT NULL UNIQUE CHECK (single),
	id VARCHAR(36) NOT NULL PRIMARY KEY,
	-- The present keys of all nodes.
	secret_id VARCHAR(16),
	audit_key_id VARCHAR(16),
	frozen_at TIMESTAMP(6) WITH TIME ZONE,
	frozen_by VARCHAR(160),
	frozen_reason VARCHAR(2000),
	-- A MAC by the secret of tokens over whether all is frozen, by whom and why.
	frozen_seal VARCHAR(80),
	-- The configuration of the last start: names with a hash each.
	configuration TEXT
);

CREATE TABLE agentotp_agent (
	id VARCHAR(64) NOT NULL PRIMARY KEY,
	key_hash VARCHAR(64) NOT NULL,
	owner VARCHAR(64),
	active BOOLEAN NOT NULL,
	-- Counts this agent's decisions; its row lock makes their order the order of commit.
	decision_seq BIGINT NOT NULL,
	created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	description VARCHAR(1000),
	configured BOOLEAN DEFAULT TRUE NOT NULL,
	test BOOLEAN DEFAULT FALSE NOT NULL,
	requests_per_minute INTEGER,
	max_pending INTEGER,
	frozen_at TIMESTAMP(6) WITH TIME ZONE,
	frozen_by VARCHAR(160),
	frozen_reason VARCHAR(2000),
	deleted_at TIMESTAMP(6) WITH TIME ZONE,
	-- Who has seen the present key, since it was made for them: they count as an owner.
	key_seen_by VARCHAR(64),
	-- A MAC by the secret of tokens, as of permissions, over all but the place in the feed.
	seal VARCHAR(80) NOT NULL
);

CREATE INDEX agentotp_agent_key ON agentotp_agent (key_hash);

CREATE TABLE agentotp_user (
	name VARCHAR(64) NOT NULL PRIMARY KEY,
	password_hash VARCHAR(255),
	key_hash VARCHAR(64),
	roles VARCHAR(255) NOT NULL,
	generated BOOLEAN NOT NULL,
	configured BOOLEAN DEFAULT FALSE NOT NULL,
	active BOOLEAN NOT NULL,
	created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	-- Somebody else has seen the password, so it is good for choosing another one only.
	password_temporary BOOLEAN DEFAULT FALSE NOT NULL,
	-- A link by which the user sets a password, once.
	link_hash VARCHAR(64),
	link_until TIMESTAMP(6) WITH TIME ZONE,
	-- Names of users that ended stay taken.
	ended_at TIMESTAMP(6) WITH TIME ZONE,
	-- A MAC by the secret of tokens, as of permissions.
	seal VARCHAR(80) NOT NULL
);

CREATE INDEX agentotp_user_key ON agentotp_user (key_hash);

-- The reasons that people keep, to give them again.
CREATE TABLE agentotp_kept_reasons (
	user_name VARCHAR(64) NOT NULL PRIMARY KEY,
	-- An array of texts as JSON.
	reasons TEXT NOT NULL,
	-- A MAC by the secret of tokens, as of users.
	seal VARCHAR(80) NOT NULL
);

-- Who is signed in. The columns are Spring Session's.
CREATE TABLE agentotp_session (
	primary_id VARCHAR(36) NOT NULL PRIMARY KEY,
	session_id VARCHAR(64) NOT NULL UNIQUE,
	creation_time BIGINT NOT NULL,
	last_access_time BIGINT NOT NULL,
	max_inactive_interval INTEGER NOT NULL,
	expiry_time BIGINT NOT NULL,
	principal_name VARCHAR(64)
);

CREATE INDEX agentotp_session_expiry ON agentotp_session (expiry_time);
CREATE INDEX agentotp_session_principal ON agentotp_session (principal_name);

CREATE TABLE agentotp_session_attributes (
	session_primary_id VARCHAR(36) NOT NULL,
	attribute_name VARCHAR(200) NOT NULL,
	-- Text as JSON.
	attribute_bytes BYTEA NOT NULL,
	PRIMARY KEY (session_primary_id, attribute_name),
	CONSTRAINT agentotp_session_attributes_session FOREIGN KEY (session_primary_id)
		REFERENCES agentotp_session (primary_id) ON DELETE CASCADE
);

CREATE TABLE agentotp_permission (
	id VARCHAR(36) NOT NULL PRIMARY KEY,
	agent_id VARCHAR(64) NOT NULL,
	status VARCHAR(16) NOT NULL,
	action VARCHAR(255) NOT NULL,
	resource VARCHAR(255),
	requested_scope VARCHAR(400000) NOT NULL,
	scope VARCHAR(400000) NOT NULL,
	context VARCHAR(400000) NOT NULL,
	call_digest VARCHAR(128),
	-- What the digest covers, beside action, resource and scope.
	bound_call VARCHAR(400000),
	ttl_seconds INTEGER NOT NULL,
	max_uses INTEGER NOT NULL,
	uses INTEGER NOT NULL,
	nonce VARCHAR(64) NOT NULL,
	token_hash VARCHAR(64),
	secret_id VARCHAR(16),
	created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	pending_until TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP(6) WITH TIME ZONE,
	decided_at TIMESTAMP(6) WITH TIME ZONE,
	decided_by VARCHAR(160),
	reason VARCHAR(4000),
	policy_id VARCHAR(128),
	revoked_at TIMESTAMP(6) WITH TIME ZONE,
	decision_seq BIGINT,
	policy_name VARCHAR(128),
	policy_version BIGINT,
	policy_trace VARCHAR(400000),
	by_owner BOOLEAN DEFAULT FALSE NOT NULL,
	test BOOLEAN DEFAULT FALSE NOT NULL,
	details_removed_at TIMESTAMP(6) WITH TIME ZONE,
	-- Who owned the agent when it asked: handing it over does not make the owner somebody else.
	asked_owner VARCHAR(64),
	-- Who had seen the key that it asked with.
	asked_key_seen_by VARCHAR(64),
	-- Goes with the details, which could be guessed from the hash otherwise.
	salt VARCHAR(64),
	shown_hash VARCHAR(64) NOT NULL,
	-- A MAC by the secret of tokens, with the id of the secret, over all but uses, details and place in the feed.
	seal VARCHAR(80) NOT NULL,
	CONSTRAINT agentotp_permission_agent FOREIGN KEY (agent_id) REFERENCES agentotp_agent (id),
	CONSTRAINT agentotp_permission_seq UNIQUE (agent_id, decision_seq)
);

CREATE INDEX agentotp_permission_pending ON agentotp_permission (status, pending_until);
CREATE INDEX agentotp_permission_expiry ON agentotp_permission (status, expires_at);
-- Says without the rows which ones still have details.
CREATE INDEX agentotp_permission_created ON agentotp_permission (created_at, details_removed_at);
CREATE INDEX agentotp_permission_agent ON agentotp_permission (agent_id, status);
CREATE INDEX agentotp_permission_resource ON agentotp_permission (resource, created_at);
CREATE INDEX agentotp_permission_decider ON agentotp_permission (decided_by, created_at);

CREATE TABLE agentotp_idempotency (
	agent_id VARCHAR(64) NOT NULL,
	operation VARCHAR(16) NOT NULL,
	idempotency_key VARCHAR(255) NOT NULL,
	body_hash VARCHAR(64) NOT NULL,
	permission_id VARCHAR(36),
	response VARCHAR(400000),
	created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	-- A MAC by the secret of tokens over all but the time.
	seal VARCHAR(80) NOT NULL,
	PRIMARY KEY (agent_id, operation, idempotency_key)
);

CREATE INDEX agentotp_idempotency_created ON agentotp_idempotency (created_at);

CREATE TABLE agentotp_audit (
	id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	-- What is recorded need not be about a permission.
	permission_id VARCHAR(36),
	agent_id VARCHAR(64),
	event VARCHAR(16) NOT NULL,
	actor VARCHAR(160) NOT NULL,
	address VARCHAR(64),
	details VARCHAR(800000) NOT NULL,
	-- The seal of the row that this one tells of, as it was then.
	seal VARCHAR(80),
	-- Made when the row was written, by the secret of tokens. No row can be written twice.
	mac VARCHAR(120) NOT NULL,
	CONSTRAINT agentotp_audit_once UNIQUE (mac)
);

CREATE INDEX agentotp_audit_permission ON agentotp_audit (permission_id, id);
CREATE INDEX agentotp_audit_at ON agentotp_audit (at);

-- The rate limits of agents, where nodes share them.
CREATE TABLE agentotp_bucket (
	id VARCHAR(160) NOT NULL PRIMARY KEY,
	state BYTEA,
	expires_at BIGINT
);

-- Policies that are kept here, and each set of policies that ever decided.

CREATE TABLE agentotp_policy (
	id VARCHAR(36) NOT NULL PRIMARY KEY,
	-- A policy, or an entry of the action catalogue.
	kind VARCHAR(8) NOT NULL,
	name VARCHAR(280) NOT NULL,
	definition VARCHAR(400000) NOT NULL,
	created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	created_by VARCHAR(160) NOT NULL,
	updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	updated_by VARCHAR(160) NOT NULL,
	-- A MAC by the secret of tokens, as of permissions.
	seal VARCHAR(80) NOT NULL,
	CONSTRAINT agentotp_policy_name UNIQUE (kind, name)
);

CREATE TABLE agentotp_policy_state (
	-- One row: its lock makes changes follow one another, its number tells nodes that they must read again.
	single BOOLEAN NOT NULL PRIMARY KEY CHECK (single),
	revision BIGINT NOT NULL,
	-- A MAC over all policies: the one of each does not tell that another was removed or put back.
	seal VARCHAR(80) NOT NULL
);

INSERT INTO agentotp_policy_state (single, revision, seal) VALUES (TRUE, 0, '');

CREATE TABLE agentotp_policy_version (
	version BIGINT NOT NULL PRIMARY KEY,
	content_hash VARCHAR(64) NOT NULL,
	content TEXT NOT NULL,
	cause VARCHAR(255) NOT NULL,
	created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	created_by VARCHAR(160) NOT NULL,
	seal VARCHAR(80) NOT NULL
);

-- The chain that makes tampering with the record visible. Rows of the record are never changed for it.

CREATE TABLE agentotp_audit_chain (
	seq BIGINT NOT NULL PRIMARY KEY,
	audit_id BIGINT NOT NULL UNIQUE,
	hash VARCHAR(64) NOT NULL
);

CREATE TABLE agentotp_audit_head (
	-- One row: who holds its lock links rows, one node at a time.
	single BOOLEAN NOT NULL PRIMARY KEY CHECK (single),
	seq BIGINT NOT NULL,
	hash VARCHAR(64) NOT NULL,
	last_id BIGINT NOT NULL,
	-- Ids before the last one that were not there yet: their transaction may still be open.
	gaps VARCHAR(400000) NOT NULL
);

INSERT INTO agentotp_audit_head (single, seq, hash, last_id, gaps) VALUES (TRUE, 0, '', 0, '[]');

CREATE TABLE agentotp_audit_checkpoint (
	seq BIGINT NOT NULL PRIMARY KEY,
	hash VARCHAR(64) NOT NULL,
	at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	key_id VARCHAR(16) NOT NULL,
	signature VARCHAR(128) NOT NULL
);

-- The last checkpoint that each file of checkpoints got.
CREATE TABLE agentotp_audit_file (
	-- A hash of host and path.
	id VARCHAR(64) NOT NULL PRIMARY KEY,
	seq BIGINT NOT NULL,
	-- A MAC by the secret of tokens.
	seal VARCHAR(80) NOT NULL
);

CREATE TABLE agentotp_retention (
	-- One row: the node that moves its time forward does the work.
	single BOOLEAN NOT NULL PRIMARY KEY CHECK (single),
	ran_at TIMESTAMP(6) WITH TIME ZONE NOT NULL
);

INSERT INTO agentotp_retention (single, ran_at) VALUES (TRUE, TIMESTAMP WITH TIME ZONE '1970-01-01 00:00:00+00:00');
