-- name: observe
-- An observation is put on record once; what was said first stands.
INSERT INTO observations (kind, subject, period, source, said_by) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
RETURNING kind;

-- name: observations
-- All that was ever observed.
SELECT kind, subject, period, source FROM observations ORDER BY kind, subject, period;

-- name: raised_since
-- The issues that were raised to the next level's chief since a moment; the canary is none.
SELECT DISTINCT issue_id FROM issue_facts 
WHERE kind = 'Escalated' AND at >= $1 AND NOT starts_with(issue_id, '999999-')
ORDER BY issue_id;

-- name: overdue_majors
-- The open major issues that the read model shows as overdue.
SELECT issue_id FROM issues 
WHERE severity = 'MAJOR' AND is_overdue AND NOT is_suspended AND division <> '999999000000'
ORDER BY issue_id;

-- name: known_measures
-- Which of some measures were due before.
SELECT key FROM measures WHERE key = ANY ($1::text[]);

-- name: take_measure
-- A measure is due once, and those whom it concerns are told in the same act.
WITH taken AS (
    INSERT INTO measures (key, trigger, subject, period, body) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING
    RETURNING key
),
told AS (
    INSERT INTO inbox (addressee, holder, issue_id, number, effect, text)
    SELECT addressee, coalesce(posts.holder, posts.deputy), taken.key, 1, 'notice', $7
    FROM taken, unnest($6::text[]) AS addressee LEFT JOIN posts ON posts.post = addressee
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM taken;

-- name: measures
-- Every measure that was ever due, the newest last; of one subject, or of all.
SELECT key, body, recorded_at FROM measures WHERE $1::text IS NULL OR subject = $1 ORDER BY recorded_at, key;
