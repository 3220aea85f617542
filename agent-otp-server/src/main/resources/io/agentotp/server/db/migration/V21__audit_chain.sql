-- The chain that makes tampering with the record visible. Rows of the record are never changed for it.

CREATE TABLE agentotp_audit_chain (
	seq BIGINT NOT NULL PRIMARY KEY,
	audit_id BIGINT NOT NULL UNIQUE,
	hash VARCHAR(64) NOT NULL
);

CREATE TABLE agentotp_audit_head (
	-- One row: who holds its lock links rows, one node at a time.
	single BOOLEAN NOT NULL PRIMARY KEY,
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

CREATE INDEX agentotp_audit_at ON agentotp_audit (at);
