-- name: ask
-- What an operator wants repaired, with every issue by name.
INSERT INTO repairs (what, options, issues, reason, ticket, asked_by)
VALUES ($1, $2, $3, $4, $5, $6)
RETURNING id;

-- name: find
-- One repair as it was asked for, and who approved it.
SELECT id, what, options, issues, reason, ticket, asked_by, asked_at,
    (SELECT by FROM repair_steps WHERE repair = id AND step = 'approved') AS approved_by
FROM repairs
WHERE id = $1;

-- name: unfinished
-- A repair of this one issue that was begun on the same ticket and not finished: it goes on, no other begins.
SELECT id
FROM repairs
WHERE what = $1 AND issues = ARRAY[$2::text] AND ticket = $3 AND options::text = $4
    AND NOT EXISTS (
        SELECT FROM repair_steps WHERE repair = id AND step IN ('done', 'skipped')
    )
ORDER BY id DESC
LIMIT 1;

-- name: approve
-- The first who approves has approved.
INSERT INTO repair_steps (repair, step, by) VALUES ($1, 'approved', $2) ON CONFLICT DO NOTHING;

-- name: step
-- How far a repair has come with one issue.
INSERT INTO repair_steps (repair, issue_id, step, by, outcome) VALUES ($1, $2, $3, $4, $5);

-- name: steps
-- How far a repair has come with each of its issues.
SELECT DISTINCT ON (issue_id) issue_id, step, by, at, outcome
FROM repair_steps
WHERE repair = $1 AND issue_id IS NOT NULL
ORDER BY issue_id, number DESC;

-- name: listed
-- The latest repairs, each with who approved it.
SELECT id, what, options, issues, reason, ticket, asked_by, asked_at,
    (SELECT by FROM repair_steps WHERE repair = repairs.id AND step = 'approved') AS approved_by
FROM repairs
ORDER BY id DESC
LIMIT $1;

-- name: try_alone
-- One repair of an issue at a time; it is free again when this session ends, however it ends.
SELECT pg_try_advisory_lock(hashtextextended('repair ' || $1, 0));

-- name: free_again
-- Let others repair it.
SELECT pg_advisory_unlock(hashtextextended('repair ' || $1, 0));

-- name: effects_of
-- The outward acts of an issue, each with how it stands.
SELECT number, effect, addressee, state, attempts, next_try_at, last_error
FROM effects
WHERE issue_id = $1
ORDER BY number, effect, addressee;

-- name: redeliver
-- What was given up, or waits for its next try, is due now; what a person must sign first is not.
UPDATE effects SET state = 'queued', next_try_at = now(), attempts = 0
WHERE issue_id = $1 AND number = $2 AND effect = $3 AND addressee = $4 AND state IN ('queued', 'undeliverable');

-- name: skip
-- It is given up on, with the reason; what has gone out meanwhile has gone out.
UPDATE effects SET state = 'skipped', last_error = $5
WHERE issue_id = $1 AND number = $2 AND effect = $3 AND addressee = $4 AND state IN ('queued', 'undeliverable');
