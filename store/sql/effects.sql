-- name: claim
-- Borrow effects that are due, each the earliest of its issue for its addressee, with who holds the post now.
-- The loan ends by itself: what a killed courier borrowed is due again.
WITH due AS (
    SELECT issue_id, number, effect, addressee
    FROM effects
    WHERE state = 'queued' AND next_try_at <= now()
        AND NOT EXISTS (
            SELECT FROM effects AS earlier
            WHERE earlier.state = 'queued'
                AND earlier.issue_id = effects.issue_id
                AND earlier.addressee = effects.addressee
                AND (earlier.number, earlier.effect) < (effects.number, effects.effect)
        )
    ORDER BY issue_id, number, effect, addressee
    LIMIT $1
    FOR UPDATE SKIP LOCKED
),
lent AS (
    UPDATE effects SET next_try_at = now() + $2::interval, attempts = attempts + 1
    FROM due
    WHERE (effects.issue_id, effects.number, effects.effect, effects.addressee)
        = (due.issue_id, due.number, due.effect, due.addressee)
    RETURNING effects.*
)
SELECT lent.issue_id, lent.number, lent.effect, lent.addressee, lent.attempts,
    posts.post IS NOT NULL AS is_known, coalesce(posts.holder, posts.deputy) AS holder
FROM lent LEFT JOIN posts ON posts.post = lent.addressee
ORDER BY lent.issue_id, lent.number, lent.effect, lent.addressee;

-- name: ring
-- Wake the couriers.
SELECT pg_notify('effects', '');

-- name: deliver
-- The inbox's row and the ledger's mark are one act; an effect that is not queued any more is not delivered.
WITH claimed AS (
    SELECT effects.issue_id, effects.number, effects.effect, effects.addressee, given.holder
    FROM effects
    JOIN unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::text[])
        AS given (issue_id, number, effect, addressee, holder)
        USING (issue_id, number, effect, addressee)
    WHERE effects.state = 'queued'
    ORDER BY issue_id, number, effect, addressee
    FOR UPDATE OF effects
),
delivered AS (
    UPDATE effects SET state = 'delivered', delivered_at = now(), last_error = NULL
    FROM claimed
    WHERE (effects.issue_id, effects.number, effects.effect, effects.addressee)
        = (claimed.issue_id, claimed.number, claimed.effect, claimed.addressee)
    RETURNING effects.issue_id, effects.number, effects.effect, effects.addressee, effects.text, claimed.holder
)
INSERT INTO inbox (addressee, holder, issue_id, number, effect, text)
SELECT addressee, holder, issue_id, number, effect, text FROM delivered
ON CONFLICT DO NOTHING
RETURNING issue_id, number, effect, addressee;

-- name: try_again
-- Twice as long a pause after each try, at most five minutes.
UPDATE effects
SET next_try_at = now() + least(interval '5 minutes', interval '1 second' * power(2, least(attempts, 9))),
    last_error = $5
WHERE issue_id = $1 AND number = $2 AND effect = $3 AND addressee = $4 AND state = 'queued';

-- name: give_up
-- It cannot be delivered, and the reason is kept for the operator.
UPDATE effects SET state = 'undeliverable', last_error = $5
WHERE issue_id = $1 AND number = $2 AND effect = $3 AND addressee = $4 AND state = 'queued';

-- name: counts
-- How many effects are in which state.
SELECT state, count(*) AS count FROM effects GROUP BY state;

-- name: inbox_of
-- What a post has received, the newest last.
SELECT issue_id, number, effect, holder, text, received_at, read_at
FROM inbox
WHERE addressee = $1
ORDER BY received_at, issue_id, number;
