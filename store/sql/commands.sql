-- name: keep
-- A word is kept once under its id; one that is known already comes back as nothing.
INSERT INTO commands (issue_id, key, command, digest, subject, said_at, body)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (issue_id, key) DO NOTHING
RETURNING key;

-- name: one_merge_at_a_time
-- Two issues that are merged into each other at the same moment would both be gone.
SELECT pg_advisory_xact_lock(5120220010);

-- name: is_being_ended
-- Whether a word that ends an issue was accepted, or may yet be.
SELECT EXISTS (
    SELECT FROM commands
    WHERE issue_id = $1 AND command IN ('close', 'dismiss', 'merge_into') AND state <> 'refused'
);

-- name: find
-- One word with what came of it.
SELECT issue_id, key, command, digest, subject, said_at, body, state, fact, stage, refusal, zh, en
FROM commands
WHERE issue_id = $1 AND key = $2;

-- name: pending_of
-- What an issue has not answered yet, in the order in which it was said.
SELECT issue_id, key, command, digest, subject, said_at, body, state, fact, stage, refusal, zh, en
FROM commands
WHERE issue_id = $1 AND state = 'pending'
ORDER BY said_at, key;

-- name: put_answer
-- The first answer stays.
UPDATE commands
SET state = $3, fact = $4, stage = $5, refusal = $6, zh = $7, en = $8, answered_at = now()
WHERE issue_id = $1 AND key = $2 AND state = 'pending';

-- name: lend_due
-- Words that nobody has answered in time, to be said again; the pause grows, and no other process gets them meanwhile.
WITH due AS (
    SELECT issue_id, key
    FROM commands
    WHERE state = 'pending' AND next_try_at <= now()
    ORDER BY next_try_at
    LIMIT $1
    FOR UPDATE SKIP LOCKED
)
UPDATE commands
SET attempts = attempts + 1,
    next_try_at = now() + least(interval '1 minute', interval '5 seconds' * power(2, least(attempts, 9)))
FROM due
WHERE (commands.issue_id, commands.key) = (due.issue_id, due.key)
RETURNING commands.issue_id;
