-- name: take_due
-- What is due, the earliest of an issue for an addressee first; nobody else gets it while this one decides.
-- A notice was due when its fact was; an order or a bulletin goes out whenever somebody signs it.
SELECT issue_id, number, effect, addressee, attempts + 1 AS attempts,
    CASE WHEN effect IN ('notice', 'countermand') THEN (
        SELECT said_at FROM issue_facts AS fact
        WHERE fact.issue_id = effects.issue_id AND fact.number = effects.number
    ) END AS due_at,
    (
        SELECT body ->> 'command' FROM issue_facts AS fact
        WHERE fact.issue_id = effects.issue_id AND fact.number = effects.number
    ) AS command_id
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
FOR UPDATE SKIP LOCKED;

-- name: deliver
-- Inbox and ledger are one act; what nobody receives now is lent in the same one.
-- The loan ends by itself: what a killed courier borrowed is due again.
WITH taken AS (
    SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], $5::boolean[], $6::text[], $8::text[])
        AS taken (issue_id, number, effect, addressee, is_received, person, remark)
),
delivered AS (
    UPDATE effects SET state = 'delivered', delivered_at = now(), last_error = NULL, attempts = attempts + 1
    FROM taken
    WHERE taken.is_received
        AND (effects.issue_id, effects.number, effects.effect, effects.addressee)
            = (taken.issue_id, taken.number, taken.effect, taken.addressee)
    RETURNING effects.*, taken.person, taken.remark
),
lent AS (
    UPDATE effects SET next_try_at = now() + $7::interval, attempts = attempts + 1
    FROM taken
    WHERE NOT taken.is_received
        AND (effects.issue_id, effects.number, effects.effect, effects.addressee)
            = (taken.issue_id, taken.number, taken.effect, taken.addressee)
)
INSERT INTO inbox (addressee, holder, issue_id, number, effect, text)
SELECT addressee, person, issue_id, number, effect, text || remark FROM delivered
ORDER BY issue_id, number, effect, addressee
ON CONFLICT DO NOTHING;

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

-- name: known_now
-- What was given up because the roster lacked its post goes out after all, now that it has it.
UPDATE effects SET state = 'queued', next_try_at = now(), attempts = 0
WHERE state = 'undeliverable' AND last_error = 'unknown_post' AND addressee = ANY ($1::text[]);

-- name: counts
-- How many effects are in which state.
SELECT state, count(*) AS count FROM effects GROUP BY state;
