-- name: hand_out
-- What is due goes to its inbox, the earliest of an issue for an addressee first; inbox and ledger are one act.
-- What nobody receives now is lent instead: the roster lacks the post, or nobody holds a person's post. The loan
-- ends by itself: what a killed courier borrowed is due again.
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
looked_up AS (
    SELECT due.*, posts.post IS NOT NULL AS is_known, coalesce(posts.holder, posts.deputy) AS holder,
        posts.post IS NOT NULL AND (
            coalesce(posts.holder, posts.deputy) IS NOT NULL OR split_part(due.addressee, ':', 1) <> ALL ($3::text[])
        ) AS is_received
    FROM due LEFT JOIN posts ON posts.post = due.addressee
),
delivered AS (
    UPDATE effects SET state = 'delivered', delivered_at = now(), last_error = NULL, attempts = attempts + 1
    FROM looked_up
    WHERE looked_up.is_received
        AND (effects.issue_id, effects.number, effects.effect, effects.addressee)
            = (looked_up.issue_id, looked_up.number, looked_up.effect, looked_up.addressee)
    RETURNING effects.*, looked_up.is_known, looked_up.holder
),
received AS (
    INSERT INTO inbox (addressee, holder, issue_id, number, effect, text)
    SELECT addressee, holder, issue_id, number, effect, text FROM delivered
    ON CONFLICT DO NOTHING
),
lent AS (
    UPDATE effects SET next_try_at = now() + $2::interval, attempts = attempts + 1
    FROM looked_up
    WHERE NOT looked_up.is_received
        AND (effects.issue_id, effects.number, effects.effect, effects.addressee)
            = (looked_up.issue_id, looked_up.number, looked_up.effect, looked_up.addressee)
    RETURNING effects.*, looked_up.is_known
)
SELECT issue_id, number, effect, addressee, attempts, is_known, TRUE AS is_delivered FROM delivered
UNION ALL
SELECT issue_id, number, effect, addressee, attempts, is_known, FALSE FROM lent
ORDER BY issue_id, number, effect, addressee;

-- name: ring
-- Wake the couriers.
SELECT pg_notify('effects', '');

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
