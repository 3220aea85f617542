-- Policies that are kept here, and each set of policies that ever decided.

CREATE TABLE agentotp_policy (
	id VARCHAR(36) NOT NULL PRIMARY KEY,
	name VARCHAR(128) NOT NULL UNIQUE,
	definition VARCHAR(400000) NOT NULL,
	created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	created_by VARCHAR(160) NOT NULL,
	updated_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	updated_by VARCHAR(160) NOT NULL
);

CREATE TABLE agentotp_policy_state (
	-- One row: its lock makes changes follow one another, its number tells nodes that they must read again.
	single BOOLEAN NOT NULL PRIMARY KEY,
	revision BIGINT NOT NULL
);

INSERT INTO agentotp_policy_state (single, revision) VALUES (TRUE, 0);

CREATE TABLE agentotp_policy_version (
	version BIGINT NOT NULL PRIMARY KEY,
	content_hash VARCHAR(64) NOT NULL,
	content TEXT NOT NULL,
	cause VARCHAR(255) NOT NULL,
	created_at TIMESTAMP(6) WITH TIME ZONE NOT NULL,
	created_by VARCHAR(160) NOT NULL
);

ALTER TABLE agentotp_permission ADD COLUMN policy_name VARCHAR(128);
ALTER TABLE agentotp_permission ADD COLUMN policy_version BIGINT;
ALTER TABLE agentotp_permission ADD COLUMN policy_trace VARCHAR(400000);

-- What is recorded need not be about a permission.
ALTER TABLE agentotp_audit ALTER COLUMN permission_id DROP NOT NULL;
ALTER TABLE agentotp_audit ALTER COLUMN agent_id DROP NOT NULL;
