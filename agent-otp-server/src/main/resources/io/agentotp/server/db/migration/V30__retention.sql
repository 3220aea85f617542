-- What of permissions that are over is taken away, and when that was last done.

ALTER TABLE agentotp_permission ADD COLUMN details_removed_at TIMESTAMP(6) WITH TIME ZONE;

-- Says without the rows which ones still have details.
DROP INDEX agentotp_permission_created;
CREATE INDEX agentotp_permission_created ON agentotp_permission (created_at, details_removed_at);

CREATE TABLE agentotp_retention (
	-- One row: the node that moves its time forward does the work.
	single BOOLEAN NOT NULL PRIMARY KEY,
	ran_at TIMESTAMP(6) WITH TIME ZONE NOT NULL
);

INSERT INTO agentotp_retention (single, ran_at) VALUES (TRUE, TIMESTAMP WITH TIME ZONE '1970-01-01 00:00:00+00:00');
