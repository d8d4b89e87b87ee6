-- name: effects_of
-- What the facts of one issue caused, in order, and what became of it.
SELECT number, effect, addressee, text, issuer, state, attempts, next_try_at, delivered_at, last_error
FROM effects
WHERE issue_id = $1
ORDER BY number, effect, addressee;

-- name: recorded_at
-- When each fact of one issue entered the journal.
SELECT number, recorded_at FROM issue_facts WHERE issue_id = $1 ORDER BY number;

-- name: row_of
-- How the read model shows one issue.
SELECT * FROM issues WHERE issue_id = $1;
