-- What the record and the pages flag of a permission.

ALTER TABLE agentotp_permission ADD COLUMN by_owner BOOLEAN DEFAULT FALSE NOT NULL;
ALTER TABLE agentotp_permission ADD COLUMN test BOOLEAN DEFAULT FALSE NOT NULL;
