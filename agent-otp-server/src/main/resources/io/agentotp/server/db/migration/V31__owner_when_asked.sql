-- Who owned the agent when it asked: handing the agent over does not make its owner somebody else for that question.

ALTER TABLE agentotp_permission ADD COLUMN asked_owner VARCHAR(64);
