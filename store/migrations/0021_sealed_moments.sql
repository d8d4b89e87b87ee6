-- When a fact was recorded is no part of its hash, which the issue makes before; a seal of its own covers the moment.
-- Rows from before have none: a changed moment could not be told from a true one, so none is made up for them.
ALTER TABLE issue_facts ADD COLUMN recorded_seal bytea;

-- The read model is retold here beside the old one, and takes its place in one act at the end.
CREATE UNLOGGED TABLE issues_retold (LIKE issues INCLUDING DEFAULTS, PRIMARY KEY (issue_id));
