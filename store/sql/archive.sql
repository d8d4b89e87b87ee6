-- name: unarchived
-- Issues that are over and whose history is kept nowhere yet, those that ended first before the others.
-- Behind one that was returned, where some that cannot be kept stand before the others.
SELECT issues.issue_id, ended.at
FROM issues, LATERAL (
    SELECT min(recorded_at) AS at FROM issue_facts
    WHERE issue_facts.issue_id = issues.issue_id AND kind IN ('Closed', 'Dismissed', 'Merged')
) AS ended
WHERE stage = ANY ($1::text[])
    AND NOT EXISTS (SELECT FROM archives WHERE archives.issue_id = issues.issue_id)
    AND ($2::timestamptz IS NULL OR ended.at < $2)
    AND ($4::timestamptz IS NULL OR (ended.at, issues.issue_id) > ($4, $5::text))
ORDER BY ended.at, issues.issue_id
LIMIT $3;

-- name: note
-- What is kept now; what was kept before is still named by the journal.
INSERT INTO archives (issue_id, digest, bytes, runs, events, last_run, fact, unlike)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (issue_id) DO UPDATE SET
    digest = excluded.digest, bytes = excluded.bytes, runs = excluded.runs, events = excluded.events,
    last_run = excluded.last_run, fact = excluded.fact, unlike = excluded.unlike, archived_at = now();

-- name: archive_of
-- What is kept of one issue.
SELECT issue_id, digest, bytes, runs, events, last_run, fact, unlike, archived_at
FROM archives WHERE issue_id = $1;

-- name: archives
-- What is kept, some issues at a time.
SELECT issue_id, digest, bytes, runs, events, last_run, fact, unlike, archived_at
FROM archives
WHERE issue_id > $1 AND ($3::text[] IS NULL OR issue_id = ANY ($3::text[]))
ORDER BY issue_id
LIMIT $2;

-- name: said_archived
-- Which digest the journal itself names last.
SELECT body ->> 'digest' AS digest FROM issue_facts
WHERE issue_id = $1 AND kind = 'HistoryArchived'
ORDER BY number DESC
LIMIT 1;
