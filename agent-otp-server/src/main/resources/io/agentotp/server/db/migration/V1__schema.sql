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
	-- An array of the names of groups as JSON.
	member_of VARCHAR(4000) DEFAULT '[]' NOT NULL,
	language VARCHAR(16),
	time_zone VARCHAR(64),
	-- Who the user is to an identity provider.
	issuer VARCHAR(500),
	subject VARCHAR(255),
	-- The identity provider of the settings that made the user, and that says what it may do.
	provider VARCHAR(32),
	-- When nothing that can wait is told, such as 22:00 and 07:00, in the time zone of the user.
	quiet_from VARCHAR(5),
	quiet_until VARCHAR(5),
	-- Whether also the first message of a request waits for the end of that time.
	quiet_first BOOLEAN DEFAULT FALSE NOT NULL,
	-- A MAC by the secret of tokens, as of permissions.
	seal VARCHAR(80) NOT NULL,
	CONSTRAINT agentotp_user_subject UNIQUE (issuer, subject)
);

CREATE INDEX agentotp_user_key ON agentotp_user (key_hash);

-- Where people are told, and by what they are known in a chat: an address is one person's.
CREATE TABLE agentotp_user_address (
	id VARCHAR(36) NOT NULL PRIMARY KEY,
	user_name VARCHAR(64) NOT NULL,
	channel VARCHAR(32) NOT NULL,
	address VARCHAR(2000) NOT NULL,
	-- SHA-256 of the address, since an index takes no long ones.
	address_hash VARCHAR(64) NOT NULL,
	-- What else the channel needs, as JSON.
	secrets VARCHAR(4000),
	configured BOOLEAN NOT NULL,
	created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	-- Why nothing is sent there any more.
	problem VARCHAR(500),
	-- A MAC by the secret of tokens, as of users.
	seal VARCHAR(80) NOT NULL,
	CONSTRAINT agentotp_user_address_once UNIQUE (channel, address_hash)
);

CREATE INDEX agentotp_user_address_user ON agentotp_user_address (user_name);

-- Who decides for whom while they are away.
CREATE TABLE agentotp_delegation (
	id VARCHAR(36) NOT NULL PRIMARY KEY,
	from_user VARCHAR(64) NOT NULL,
	to_user VARCHAR(64) NOT NULL,
	starts_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	ends_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	created_by VARCHAR(160) NOT NULL,
	ended_at TIMESTAMP(6) WITH TIME ZONE,
	-- A MAC by the secret of tokens, as of users.
	seal VARCHAR(80) NOT NULL
);

CREATE INDEX agentotp_delegation_from ON agentotp_delegation (from_user);
CREATE INDEX agentotp_delegation_to ON agentotp_delegation (to_user);

-- Codes by which people show that an address is theirs, once.
CREATE TABLE agentotp_pairing (
	code_hash VARCHAR(64) NOT NULL PRIMARY KEY,
	user_name VARCHAR(64) NOT NULL,
	channel VARCHAR(32) NOT NULL,
	-- Of the address that the code was sent to, if it was.
	address_hash VARCHAR(64),
	valid_until TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	-- A MAC by the secret of tokens, as of users.
	seal VARCHAR(80) NOT NULL
);

-- The reasons that people keep, to give them again.
CREATE TABLE agentotp_kept_reasons (
	user_name VARCHAR(64) NOT NULL PRIMARY KEY,
	-- An array of texts as JSON.
	reasons TEXT NOT NULL,
	-- A MAC by the secret of tokens, as of users.
	seal VARCHAR(80) NOT NULL
);

-- What people sign in and decide with beside passwords. Rows stay when a passkey is revoked: what it signed before is
-- still looked at.
CREATE TABLE agentotp_passkey (
	credential_id VARCHAR(1400) NOT NULL PRIMARY KEY,
	person VARCHAR(64) NOT NULL,
	name VARCHAR(64) NOT NULL,
	-- As the device gave it (COSE), and as X.509 has it, base64url.
	public_key VARCHAR(2000) NOT NULL,
	key_spki VARCHAR(2000) NOT NULL,
	algorithm VARCHAR(16) NOT NULL,
	backup_eligible BOOLEAN NOT NULL,
	transports VARCHAR(200) NOT NULL,
	created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	revoked_at TIMESTAMP(6) WITH TIME ZONE,
	revoked_by VARCHAR(160),
	-- Outside the seal: what changes with each use.
	sign_count BIGINT NOT NULL,
	backed_up BOOLEAN NOT NULL,
	last_used_at TIMESTAMP(6) WITH TIME ZONE,
	-- A MAC by the secret of tokens, as of users.
	seal VARCHAR(80) NOT NULL
);

CREATE INDEX agentotp_passkey_person ON agentotp_passkey (person);

-- What passkeys signed to sign in, so that it counts once, on any node.
CREATE TABLE agentotp_passkey_sign_in (
	challenge_hash VARCHAR(64) NOT NULL PRIMARY KEY,
	valid_until TIMESTAMP(6) WITH TIME ZONE NOT NULL
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
	-- Whom the policy asks, as JSON; NULL for all approvers.
	routing VARCHAR(20000),
	by_owner BOOLEAN DEFAULT FALSE NOT NULL,
	test BOOLEAN DEFAULT FALSE NOT NULL,
	details_removed_at TIMESTAMP(6) WITH TIME ZONE,
	-- When more people were asked in the present stage.
	escalated_at TIMESTAMP(6) WITH TIME ZONE,
	-- How many decisions of people it has, where a policy needs more than one or they are signed.
	votes INTEGER DEFAULT 0 NOT NULL,
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

-- Whom a policy named for a request, as they were when it was made or escalated.
CREATE TABLE agentotp_eligible (
	-- The permission, the stage and the person.
	id VARCHAR(128) NOT NULL PRIMARY KEY,
	permission_id VARCHAR(36) NOT NULL,
	stage INTEGER NOT NULL,
	person VARCHAR(64) NOT NULL,
	-- The group that the person was in, empty if the policy named the person.
	via VARCHAR(64) NOT NULL,
	added_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	-- A MAC by the secret of tokens, as of permissions.
	seal VARCHAR(80) NOT NULL,
	CONSTRAINT agentotp_eligible_permission FOREIGN KEY (permission_id)
		REFERENCES agentotp_permission (id) ON DELETE CASCADE
);

CREATE INDEX agentotp_eligible_permission ON agentotp_eligible (permission_id);
CREATE INDEX agentotp_eligible_person ON agentotp_eligible (person, permission_id);

-- What each person decided on a request, where a policy needs more than one decision or they are signed.
CREATE TABLE agentotp_vote (
	-- The permission and the number: two people never have the same one.
	id VARCHAR(64) NOT NULL PRIMARY KEY,
	permission_id VARCHAR(36) NOT NULL,
	number INTEGER NOT NULL,
	stage INTEGER NOT NULL,
	-- As whom it counts, and who decided, who may stand in for that person.
	person VARCHAR(64) NOT NULL,
	voter VARCHAR(64) NOT NULL,
	approved BOOLEAN NOT NULL,
	-- What was left of the scope with it, as JSON.
	scope VARCHAR(400000) NOT NULL,
	reason VARCHAR(4000),
	by_owner BOOLEAN NOT NULL,
	at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	-- What the person signed, as JSON.
	proof TEXT,
	-- A MAC by the secret of tokens, as of permissions.
	seal VARCHAR(80) NOT NULL,
	CONSTRAINT agentotp_vote_permission FOREIGN KEY (permission_id)
		REFERENCES agentotp_permission (id) ON DELETE CASCADE
);

CREATE INDEX agentotp_vote_permission ON agentotp_vote (permission_id);
CREATE INDEX agentotp_vote_voter ON agentotp_vote (voter);

-- What people are about to sign, until they do. Each row is used once, by the decision on its permission.
CREATE TABLE agentotp_challenge (
	-- The challenge and the permission.
	id VARCHAR(128) NOT NULL PRIMARY KEY,
	person VARCHAR(64) NOT NULL,
	-- The text that is signed of this decision.
	statement TEXT NOT NULL,
	-- The hashes of all that are signed together, as JSON.
	statements VARCHAR(20000) NOT NULL,
	valid_until TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	-- A MAC by the secret of tokens, as of permissions.
	seal VARCHAR(80) NOT NULL
);

CREATE INDEX agentotp_challenge_end ON agentotp_challenge (valid_until);

-- What people and places are told of requests, and what they were told. No row gives a right: who is told is looked up
-- again when it is sent. Of a message there is neither text nor address here.
CREATE TABLE agentotp_notification (
	id BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
	permission_id VARCHAR(36) NOT NULL,
	kind VARCHAR(16) NOT NULL,
	-- Of several reminders.
	number INTEGER NOT NULL,
	-- Empty for a moment at which others are told.
	channel VARCHAR(32) NOT NULL,
	-- The id of an address, or place: and the name of a place.
	recipient VARCHAR(200) NOT NULL,
	person VARCHAR(64),
	-- due, sent, editing (a message that was sent has to say how far it is), closing (a message that was sent has to say how the request ended), closed, skipped, failed
	state VARCHAR(8) NOT NULL,
	attempt INTEGER DEFAULT 0 NOT NULL,
	next_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	claimed_by VARCHAR(64),
	claimed_until TIMESTAMP(6) WITH TIME ZONE,
	-- How the channel finds the message again.
	reference VARCHAR(500),
	last_error VARCHAR(500),
	failed_at TIMESTAMP(6) WITH TIME ZONE,
	created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	sent_at TIMESTAMP(6) WITH TIME ZONE,
	CONSTRAINT agentotp_notification_once UNIQUE (permission_id, kind, number, channel, recipient),
	CONSTRAINT agentotp_notification_permission FOREIGN KEY (permission_id)
		REFERENCES agentotp_permission (id) ON DELETE CASCADE
);

CREATE INDEX agentotp_notification_due ON agentotp_notification (state, channel, next_at);
CREATE INDEX agentotp_notification_sent ON agentotp_notification (channel, sent_at);
CREATE INDEX agentotp_notification_failed ON agentotp_notification (channel, failed_at);

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

-- Presses in chats, so that one that is sent again counts on no node.
CREATE TABLE agentotp_press (
	channel VARCHAR(32) NOT NULL,
	press_hash VARCHAR(64) NOT NULL,
	at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	PRIMARY KEY (channel, press_hash)
);

CREATE INDEX agentotp_press_at ON agentotp_press (at);

-- What only one node does at a time.
CREATE TABLE agentotp_lease (
	name VARCHAR(32) NOT NULL PRIMARY KEY,
	holder VARCHAR(36) NOT NULL,
	held_until TIMESTAMP(6) WITH TIME ZONE NOT NULL
);

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
