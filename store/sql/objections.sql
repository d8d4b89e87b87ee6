-- name: object
-- An objection is recorded once and told in the same act: to whom it is put, and to whom it is against.
WITH kept AS (
    INSERT INTO objections (issue_id, number, by, body, decide_by) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT DO NOTHING
    RETURNING issue_id, number
),
told AS (
    INSERT INTO inbox (addressee, holder, issue_id, number, effect, text)
    SELECT addressee, coalesce(posts.holder, posts.deputy), 'objection:' || issue_id || ':' || $3, number,
        'notice', $7
    FROM kept, unnest($6::text[]) AS addressee LEFT JOIN posts ON posts.post = addressee
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM kept;

-- name: decide
-- A decision is recorded once and told in the same act: to who objected, and to whom it was against.
WITH kept AS (
    INSERT INTO objection_decisions (issue_id, number, by, body) VALUES ($1, $2, $3, $4)
    ON CONFLICT DO NOTHING
    RETURNING issue_id, number
),
told AS (
    INSERT INTO inbox (addressee, holder, issue_id, number, effect, text)
    SELECT addressee, coalesce(posts.holder, posts.deputy), 'decision:' || issue_id || ':' || $3, number,
        'notice', $6
    FROM kept, unnest($5::text[]) AS addressee LEFT JOIN posts ON posts.post = addressee
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM kept;

-- name: objections
-- What was objected to, with what was decided; of one issue, or of all; the oldest first.
SELECT objections.body, objection_decisions.body AS decision
FROM objections LEFT JOIN objection_decisions USING (issue_id, number, by)
WHERE $1::text IS NULL OR objections.issue_id = $1
ORDER BY objections.recorded_at, objections.issue_id, objections.number, objections.by;

-- name: undecided
-- Objections that should have been decided by a moment and were not.
SELECT objections.body
FROM objections LEFT JOIN objection_decisions USING (issue_id, number, by)
WHERE objections.decide_by < $1 AND objection_decisions.issue_id IS NULL
ORDER BY objections.decide_by, objections.issue_id;

-- name: signers
-- Who signed the paper of a fact; of a bulletin, who submitted or approved any in which the fact was entered.
SELECT signed_by FROM documents WHERE issue_id = $1 AND number = $2 AND signed_by IS NOT NULL
UNION
SELECT facts.body ->> 'by'
FROM bulletin_entries AS entries
JOIN bulletin_facts AS facts USING (bulletin_id)
WHERE entries.issue_id = $1 AND entries.number = $2 AND facts.kind IN ('Submitted', 'Approved')
ORDER BY 1;
