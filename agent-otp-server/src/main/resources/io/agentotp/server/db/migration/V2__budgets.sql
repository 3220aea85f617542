-- Agents that are kept here, their budgets, and what stops them.

ALTER TABLE agentotp_instance ADD COLUMN frozen_at TIMESTAMP(6) WITH TIME ZONE;
ALTER TABLE agentotp_instance ADD COLUMN frozen_by VARCHAR(160);
ALTER TABLE agentotp_instance ADD COLUMN frozen_reason VARCHAR(2000);

ALTER TABLE agentotp_agent ADD COLUMN description VARCHAR(1000);
ALTER TABLE agentotp_agent ADD COLUMN configured BOOLEAN DEFAULT TRUE NOT NULL;
ALTER TABLE agentotp_agent ADD COLUMN test BOOLEAN DEFAULT FALSE NOT NULL;
ALTER TABLE agentotp_agent ADD COLUMN requests_per_minute INTEGER;
ALTER TABLE agentotp_agent ADD COLUMN max_pending INTEGER;
ALTER TABLE agentotp_agent ADD COLUMN frozen_at TIMESTAMP(6) WITH TIME ZONE;
ALTER TABLE agentotp_agent ADD COLUMN frozen_by VARCHAR(160);
ALTER TABLE agentotp_agent ADD COLUMN frozen_reason VARCHAR(2000);
ALTER TABLE agentotp_agent ADD COLUMN deleted_at TIMESTAMP(6) WITH TIME ZONE;

CREATE INDEX agentotp_permission_agent ON agentotp_permission (agent_id, status);

-- The rate limits of agents, where nodes share them.
CREATE TABLE agentotp_bucket (
	id VARCHAR(160) NOT NULL PRIMARY KEY,
	state BYTEA,
	expires_at BIGINT
);
