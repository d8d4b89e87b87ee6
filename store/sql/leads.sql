-- name: keep
-- A lead is kept once for each key of its sender; one that is kept already comes back as nothing.
WITH kept AS (
    INSERT INTO leads (
        receipt, secret, sender, idempotency_key, digest, told, source, reporter, received_at, register_by,
        division, lon, lat, candidates, suggestion, state, issue_id, reason_zh, reason_en
    )
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
    ON CONFLICT (sender, idempotency_key) DO NOTHING
    RETURNING receipt, state, sender, reason_zh, reason_en
)
INSERT INTO lead_steps (receipt, state, by, reason_zh, reason_en)
SELECT receipt, state, sender, reason_zh, reason_en FROM kept
RETURNING receipt;

-- name: kept_before
-- The lead that a sender's key stands for.
SELECT receipt, secret, digest, received_at, register_by, state FROM leads
WHERE sender = $1 AND idempotency_key = $2;

-- name: hand_out
-- What is to be carried on now, lent to one relay, a county's in turn with every other county's.
-- The loan ends by itself when the relay dies.
UPDATE leads SET next_try_at = now() + $2::interval, attempts = attempts + 1
WHERE receipt IN (
    SELECT leads.receipt
    FROM leads JOIN (
        SELECT receipt, row_number() OVER (PARTITION BY left(division, 6) ORDER BY next_try_at, receipt) AS turn
        FROM leads
        WHERE (state IN ('received', 'opening', 'attaching') OR (state = 'parked' AND NOT is_watched))
            AND next_try_at <= now()
    ) AS queue USING (receipt)
    WHERE (state IN ('received', 'opening', 'attaching') OR (state = 'parked' AND NOT is_watched))
        AND next_try_at <= now()
    ORDER BY turn, next_try_at
    LIMIT $1
    FOR UPDATE OF leads SKIP LOCKED
)
RETURNING *;

-- name: one_at_a_time
-- Leads of one kind in one county are decided one after the other, so that one thing is one issue.
SELECT pg_advisory_xact_lock(hashtextextended($1, 7));

-- name: nearby
-- Open issues of a kind on a reach or in a box, and leads that are about to open one, the oldest first.
-- An issue that a lead opens is there once, as the lead with its point: also before the lead is told its number.
SELECT leads.receipt, leads.issue_id, coalesce(issues.reach, leads.reach) AS reach, leads.lon, leads.lat,
    leads.received_at AS since
FROM leads LEFT JOIN issues USING (issue_id)
WHERE leads.state IN ('opening', 'opened')
    AND coalesce(issues.category, leads.category) = $1
    AND (coalesce(issues.reach, leads.reach) = $2 OR (leads.lon BETWEEN $4 AND $5 AND leads.lat BETWEEN $6 AND $7))
    AND (issues.issue_id IS NULL OR issues.next_mark_at IS NOT NULL)
    AND leads.receipt <> $8
UNION ALL
SELECT NULL, issues.issue_id, issues.reach, NULL, NULL, issues.opened_at
FROM issues
WHERE issues.next_mark_at IS NOT NULL
    AND issues.division LIKE $3
    AND issues.category = $1
    AND issues.reach = $2
    AND NOT EXISTS (
        SELECT FROM issue_numbers JOIN leads ON leads.receipt = issue_numbers.report_id
        WHERE issue_numbers.issue_id = issues.issue_id AND leads.state IN ('opening', 'opened')
    )
ORDER BY since, issue_id;

-- name: step
-- A lead goes on from a state to another, with who did it and why; nothing happens when it has gone on before.
WITH moved AS (
    UPDATE leads
    SET state = $3, place = coalesce($4, place), reach = coalesce($5, reach), category = coalesce($6, category),
        severity = coalesce($7, severity), candidates = coalesce($8, candidates),
        issue_id = coalesce($9, issue_id), transferred_to = coalesce($10, transferred_to),
        reason_zh = $11, reason_en = $12, decided_by = $13, decided_at = $14,
        division = coalesce($15, division), next_try_at = $16, last_error = NULL, attempts = 0, is_watched = false
    WHERE receipt = $1 AND state = ANY ($2::text[])
    RETURNING receipt, state, decided_by, reason_zh, reason_en
)
INSERT INTO lead_steps (receipt, state, by, reason_zh, reason_en)
SELECT receipt, state, decided_by, reason_zh, reason_en FROM moved
RETURNING receipt;

-- name: try_again
-- Twice as long a pause after each try, at most ten seconds.
UPDATE leads
SET next_try_at = now() + least(interval '10 seconds', interval '0.5 second' * power(2, least(attempts, 8))),
    last_error = $2
WHERE receipt = $1;

-- name: look_again
-- The same lead again in a moment: another one of the same thing is being opened.
UPDATE leads SET next_try_at = now() + interval '0.3 second', attempts = 0 WHERE receipt = $1;

-- name: watched
-- A workflow keeps the clock of this parked lead.
UPDATE leads SET is_watched = true, last_error = NULL WHERE receipt = $1 AND state = 'parked';

-- name: one
-- One lead, whole.
SELECT * FROM leads WHERE receipt = $1;

-- name: steps
-- The steps of one lead, in order.
SELECT number, at, state, by, reason_zh, reason_en FROM lead_steps WHERE receipt = $1 ORDER BY number;

-- name: parked
-- What waits for a person in a division and below it, continued after a place.
SELECT * FROM leads
WHERE state = 'parked' AND division LIKE $1 AND (register_by, receipt) > ($2, $3)
ORDER BY register_by, receipt
LIMIT $4;

-- name: waiting
-- How many leads of each county wait for a machine, up to a number in all.
SELECT left(division, 6) AS county, count(*) AS leads
FROM (
    SELECT division FROM leads WHERE state IN ('received', 'opening', 'attaching') LIMIT $1
) AS waiting
GROUP BY 1;

-- name: answer
-- A reporter's last word on how it ended.
INSERT INTO lead_answers (receipt, answer) VALUES ($1, $2)
ON CONFLICT (receipt) DO UPDATE SET answer = excluded.answer, answered_at = now();

-- name: remind
-- A lead that nobody decided: whoever should is told, once for each mark; nothing for one that was decided.
INSERT INTO inbox (addressee, holder, issue_id, number, effect, text)
SELECT $3, coalesce(posts.holder, posts.deputy), leads.receipt, $2, 'notice', $4
FROM leads LEFT JOIN posts ON posts.post = $3
WHERE leads.receipt = $1 AND leads.state = 'parked'
ON CONFLICT DO NOTHING;

-- name: is_parked
-- Whether a lead still waits for a person.
SELECT EXISTS (SELECT FROM leads WHERE receipt = $1 AND state = 'parked');

-- name: by_state
-- How many leads stand at each state, and how many ever waited for a person.
SELECT
    (SELECT count(*) FROM leads) AS leads,
    (SELECT count(*) FROM leads WHERE state = 'opened') AS opened,
    (SELECT count(*) FROM leads WHERE state = 'attached') AS attached,
    (SELECT count(DISTINCT receipt) FROM lead_steps WHERE state = 'parked') AS assessed;

-- name: shared_page
-- The receipts of what came by the public channel in a span of time, the newest first, one page of them.
SELECT leads.receipt
FROM leads LEFT JOIN issues USING (issue_id)
WHERE leads.sender LIKE 'open311:%' AND leads.received_at >= $1 AND leads.received_at < $2
    AND ($3::text[] IS NULL
        OR coalesce(issues.category, leads.category, leads.told ->> 'category', $4) = ANY ($3))
    AND ($5::boolean IS NULL
        OR (leads.state = ANY ($6::text[]) OR coalesce(issues.stage = ANY ($7::text[]), false)) = $5)
ORDER BY leads.received_at DESC, leads.receipt DESC
LIMIT $8 OFFSET $9;

-- name: shared
-- What anybody may see of what came by the public channel, the newest first; no word of a reporter is read.
-- Of an issue that has ended the last change is its end, as facts may follow.
SELECT leads.receipt, leads.state, leads.received_at, leads.register_by, leads.division,
    coalesce(issues.division, leads.place) AS place,
    coalesce(issues.reach, leads.reach) AS reach,
    coalesce(issues.category, leads.category, leads.told ->> 'category') AS category,
    leads.lon, leads.lat, leads.issue_id, issues.stage,
    greatest(leads.received_at, leads.decided_at, (
        SELECT max(facts.at) FROM issue_facts AS facts
        WHERE facts.issue_id = leads.issue_id
            AND (NOT issues.stage = ANY ($2::text[]) OR facts.kind = ANY ($3::text[]))
    )) AS changed_at
FROM leads LEFT JOIN issues USING (issue_id)
WHERE leads.receipt = ANY ($1::text[]) AND leads.sender LIKE 'open311:%'
ORDER BY leads.received_at DESC, leads.receipt DESC;
