-- name: keep
-- A reporter is kept under a token, once.
INSERT INTO sealed.reporters (token, key_id, nonce, cipher) VALUES ($1, $2, $3, $4);

-- name: open
-- Nobody reads a reporter without leaving a row: both are one statement.
WITH found AS (
    SELECT token, key_id, nonce, cipher FROM sealed.reporters WHERE token = $1
),
noted AS (
    INSERT INTO sealed.openings (token, by_subject, by_role, purpose, ticket)
    SELECT token, $2, $3, $4, $5 FROM found
    RETURNING token
)
SELECT key_id, nonce, cipher FROM found JOIN noted USING (token);

-- name: openings
-- When a reporter was opened, in which role and for what; not by whom.
SELECT opened_at, by_role, purpose FROM sealed.openings WHERE token = $1 ORDER BY id;

-- name: by_key
-- How many reporters lie under which key.
SELECT key_id, count(*) AS reporters FROM sealed.reporters GROUP BY key_id ORDER BY key_id;

-- name: count_openings
-- How often any seal was opened.
SELECT count(*) FROM sealed.openings;

-- name: forget_unclaimed
-- Reporters sealed an hour ago or earlier whose report was never kept are deleted; how many they were.
SELECT sealed.forget_unclaimed();

-- name: under_another_key
-- The next reporters that do not lie under a key, in the order of their tokens, held until they do.
SELECT token, key_id, nonce, cipher FROM sealed.reporters
WHERE key_id <> $1 AND token > $2
ORDER BY token
LIMIT $3
FOR UPDATE SKIP LOCKED;

-- name: reseal
-- The same reporter under another key.
UPDATE sealed.reporters SET key_id = $2, nonce = $3, cipher = $4 WHERE token = $1;

-- name: everybody
-- The next sealed reporters in the order of their tokens, for a comparison that shows nobody anything.
SELECT token, key_id, nonce, cipher FROM sealed.reporters WHERE token > $1 ORDER BY token LIMIT $2;
