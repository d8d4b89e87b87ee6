-- name: told
-- The facts of a canary, each with its mark and when the journal had it.
SELECT number, kind, said_at, recorded_at FROM issue_facts WHERE issue_id = $1 ORDER BY number;

-- name: sent
-- The outward acts of a canary, each with when it lay in its inbox.
SELECT effects.number, effects.addressee, effects.state, inbox.received_at
FROM effects LEFT JOIN inbox USING (issue_id, number, effect, addressee)
WHERE effects.issue_id = $1
ORDER BY effects.number, effects.effect, effects.addressee;

-- name: still_open
-- Canaries that were begun before and never ended; a younger one walks still, beside the one that asks.
SELECT issue_id FROM issues
WHERE division = '999999000000' AND next_mark_at IS NOT NULL AND issue_id <> $1 AND opened_at < now() - $2::interval
ORDER BY issue_id;

-- name: withdraw
-- Nobody signs what a canary drafted.
WITH withdrawn AS (
    UPDATE documents SET state = 'withdrawn' WHERE issue_id = $1 AND state = 'draft'
)
UPDATE effects SET state = 'countermanded', last_error = NULL WHERE issue_id = $1 AND state = 'unsigned';

-- name: keep
-- What a canary showed is kept once.
INSERT INTO canaries (canary, issue_id, began_at, recorded, noticed, is_well, body)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (canary) DO NOTHING;

-- name: newest
-- The last canaries, the newest first.
SELECT canary, ended_at, body FROM canaries ORDER BY ended_at DESC LIMIT $1;

-- name: last_at
-- When the last canary ended, and what time it is now.
SELECT max(ended_at) AS last_at, clock_timestamp() AS now FROM canaries;
