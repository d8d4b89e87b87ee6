-- name: one_router_at_a_time
-- Lines are routed in the order in which they came in.
SELECT pg_advisory_xact_lock(14, 1);

-- name: to_route
-- What came into an inbox and has no person yet, with what decides how urgent it is.
SELECT line, issue_id, addressee, received_at, issue_facts.kind, issues.severity,
    least((body ->> 'limit_at')::timestamptz, (
        SELECT min((start ->> 'limit_at')::timestamptz) FROM json_array_elements(body -> 'starts') AS start
    )) AS limit_at
FROM inbox LEFT JOIN issue_facts USING (issue_id, number) LEFT JOIN issues USING (issue_id)
WHERE NOT is_routed
ORDER BY line
LIMIT $1;

-- name: add_deliveries
-- Each line to its person, once.
INSERT INTO deliveries (line, person, capacity, urgency, since, plan_at)
SELECT line, person, capacity, urgency, since, $6
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
    AS new (line, person, capacity, urgency, since)
ON CONFLICT DO NOTHING;

-- name: routed
-- These lines have found their persons, or have none.
UPDATE inbox SET is_routed = true WHERE line = ANY ($1::bigint[]);

-- name: to_plan
-- Persons for whom something waits that may go now.
SELECT person FROM deliveries
WHERE state = 'queued' AND push IS NULL AND plan_at <= $1
GROUP BY person ORDER BY min(plan_at) LIMIT $2;

-- name: one_at_a_time
-- What one person gets is decided by one sender at a time.
SELECT pg_advisory_xact_lock(hashtextextended($1, 14));

-- name: waiting_of
-- All that waits for one person, in order.
SELECT line, inbox.issue_id, addressee, urgency, since
FROM deliveries JOIN inbox USING (line)
WHERE person = $1 AND state = 'queued' AND push IS NULL
ORDER BY line;

-- name: used_on
-- What a person's telephone has rung on a day; what did not get through is no burden.
SELECT count(*) AS pushes, count(*) FILTER (WHERE kind <> 'urgent') AS calm
FROM pushes WHERE person = $1 AND made_on = $2 AND state <> 'failed';

-- name: make_push
-- One push for some lines; the next channel takes over the place of the one that failed.
WITH made AS (
    INSERT INTO pushes (id, person, channel, kind, lines, about, made_at, made_on, state, number)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce($10, nextval('push_numbers')))
    ON CONFLICT (id) DO NOTHING
)
UPDATE deliveries SET push = $1, state = $9, changed_at = now()
WHERE person = $2 AND line = ANY ($5::bigint[]) AND state = 'queued';

-- name: look_again
-- What waits on is looked at again at a moment that may change something.
UPDATE deliveries SET plan_at = $2 WHERE person = $1 AND state = 'queued' AND push IS NULL;

-- name: lend
-- Pushes of one channel that are due, the urgent first; of one issue for one person only the earliest.
-- The loan ends by itself: what a killed sender had in hand goes out again, under the same id.
UPDATE pushes SET next_try_at = now() + $3::interval, attempts = attempts + 1
WHERE id IN (
    SELECT id FROM pushes AS due
    WHERE state = 'queued' AND channel = $1 AND next_try_at <= now()
        AND NOT EXISTS (
            SELECT FROM pushes AS earlier
            WHERE earlier.state = 'queued' AND earlier.person = due.person
                AND earlier.number < due.number AND earlier.about && due.about
        )
    ORDER BY kind <> 'urgent', number
    LIMIT $2
    FOR UPDATE SKIP LOCKED
)
RETURNING id, person, channel, kind, lines, about, attempts, number;

-- name: texts_of
-- The words of some lines, in order.
SELECT text FROM inbox WHERE line = ANY ($1::bigint[]) ORDER BY line;

-- name: answered
-- It has gone out, and who was to be told shows it.
WITH told AS (
    UPDATE pushes SET state = $2, answered_at = now(), last_error = NULL
    WHERE id = $1 AND state = 'queued'
    RETURNING id
)
UPDATE deliveries SET state = $2, changed_at = now()
FROM told WHERE deliveries.push = told.id AND deliveries.state <> 'read';

-- name: try_later
-- It stays queued, for after a pause.
UPDATE pushes SET next_try_at = now() + $2::interval, last_error = $3 WHERE id = $1 AND state = 'queued';

-- name: failed
-- This channel will not do; nothing comes back when another sender has said so already.
UPDATE pushes SET state = 'failed', answered_at = now(), last_error = $2
WHERE id = $1 AND state = 'queued'
RETURNING id;

-- name: failed_channels
-- Which channels of a person have failed for the same lines.
SELECT channel FROM pushes WHERE person = $1 AND lines = $2::bigint[] AND state = 'failed';

-- name: not_reached
-- The lines of a push that its person has not signed for, with who was tried for each.
SELECT line, inbox.issue_id, addressee, urgency,
    array(SELECT person FROM deliveries AS tried WHERE tried.line = deliveries.line) AS tried
FROM deliveries JOIN inbox USING (line)
WHERE person = $1 AND line = ANY ($2::bigint[]) AND state <> 'read'
ORDER BY line;

-- name: not_told
-- This person cannot be reached with these.
UPDATE deliveries SET state = 'failed', changed_at = now(), last_error = $3
WHERE person = $1 AND line = ANY ($2::bigint[]) AND state <> 'read';

-- name: ring
-- Wake the senders.
SELECT pg_notify('deliveries', '');
