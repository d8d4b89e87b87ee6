-- Lists show what is open (what is over has no next mark), the overdue first, and walk past nothing that is over.
CREATE INDEX issues_open ON issues (((NOT is_overdue)::integer), next_mark_at, issue_id)
    WHERE next_mark_at IS NOT NULL;
CREATE INDEX issues_open_by_division ON issues (division text_pattern_ops, stage, is_overdue)
    WHERE next_mark_at IS NOT NULL;

-- No query asks by these any more, and every letter wrote into each of them.
DROP INDEX issues_stage;
DROP INDEX issues_overdue;
DROP INDEX issues_next_mark_at;
DROP INDEX issues_reach;
DROP INDEX issues_division;
