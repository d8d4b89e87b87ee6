-- name: lock_issue
-- Letters of one issue are recorded one after the other, also before its first row exists.
SELECT pg_advisory_xact_lock(hashtextextended($1, 0));

-- name: append_letter
-- A letter that follows the journal's tail enters it whole, with what it causes, in one statement and one commit.
-- The seal covers when a fact was recorded, which its hash, made by the issue before, cannot.
-- It enters nothing when the tail is another one; a number that is taken makes it fail as a whole.
WITH facts AS (
    INSERT INTO issue_facts (
        issue_id, number, kind, at, said_at, body, hash, recorded_at, recorded_seal
    )
    SELECT $1, fact.*, moment.at,
        sha256(convert_to(fact.hash || ' ' || (extract(epoch FROM moment.at) * 1000000)::bigint, 'UTF8'))
    FROM unnest($2::int[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::json[], $7::text[])
            AS fact (number, kind, at, said_at, body, hash),
        LATERAL (SELECT clock_timestamp() AS at OFFSET 0) AS moment
    WHERE ($2::int[])[1] = 1
        OR EXISTS (
            SELECT FROM issue_facts AS tail
            WHERE tail.issue_id = $1 AND tail.number = ($2::int[])[1] - 1 AND tail.hash = $8
        )
    RETURNING number, at
),
caused AS (
    SELECT facts.at, new.*
    FROM unnest($9::int[], $10::text[], $11::text[], $12::text[], $13::text[])
        WITH ORDINALITY AS new (number, effect, addressee, text, issuer, place)
        JOIN facts USING (number)
),
queued AS (
    INSERT INTO effects (issue_id, number, effect, addressee, text, issuer, state)
    SELECT $1, number, effect, addressee, text, issuer,
        CASE WHEN effect IN ('order', 'bulletin') THEN 'unsigned' ELSE 'queued' END
    FROM caused
    ON CONFLICT DO NOTHING
),
drafted AS (
    INSERT INTO documents (issue_id, number, kind, issuer, addressees, text, drafted_at)
    SELECT $1, number, effect, (array_agg(issuer ORDER BY place))[1], array_agg(addressee ORDER BY place),
        (array_agg(text ORDER BY place))[1], min(at)
    FROM caused
    WHERE effect IN ('order', 'bulletin')
    GROUP BY number, effect
    ON CONFLICT DO NOTHING
),
head AS (
    INSERT INTO issues (
        issue_id, number, tail, stage, category, severity, origin, source, reach, division, title, chief, unit,
        level, rung, is_overdue, next_mark_at, opened_at, look_backs_on, recurrence_of, edition,
        is_suspended, is_provisional
    )
    SELECT $1, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32,
        $33, $34, $35
    WHERE EXISTS (SELECT FROM facts)
    ON CONFLICT (issue_id) DO UPDATE SET
        number = excluded.number, tail = excluded.tail, stage = excluded.stage, category = excluded.category,
        severity = excluded.severity, origin = excluded.origin, source = excluded.source,
        reach = excluded.reach, division = excluded.division, title = excluded.title, chief = excluded.chief,
        unit = excluded.unit, level = excluded.level, rung = excluded.rung, is_overdue = excluded.is_overdue,
        next_mark_at = excluded.next_mark_at, opened_at = excluded.opened_at,
        look_backs_on = excluded.look_backs_on, recurrence_of = excluded.recurrence_of,
        edition = excluded.edition, is_suspended = excluded.is_suspended,
        is_provisional = excluded.is_provisional, updated_at = now()
    WHERE issues.number < excluded.number
)
SELECT count(*) AS new FROM facts;

-- name: append_facts
-- A fact is recorded once, however often its letter is delivered; the numbers that were new come back.
INSERT INTO issue_facts (
    issue_id, number, kind, at, said_at, body, hash, recorded_at, recorded_seal
)
SELECT $1, fact.*, moment.at,
    sha256(convert_to(fact.hash || ' ' || (extract(epoch FROM moment.at) * 1000000)::bigint, 'UTF8'))
FROM unnest($2::int[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::json[], $7::text[])
        AS fact (number, kind, at, said_at, body, hash),
    LATERAL (SELECT clock_timestamp() AS at OFFSET 0) AS moment
ON CONFLICT (issue_id, number) DO NOTHING
RETURNING number;

-- name: hashes_from
-- What the journal holds from a number on, to be compared with a letter.
SELECT number, hash FROM issue_facts WHERE issue_id = $1 AND number >= $2 ORDER BY number;

-- name: words_from
-- Behind which command each fact stands from a number on; time's own facts have none.
SELECT number, body ->> 'command' AS command FROM issue_facts WHERE issue_id = $1 AND number >= $2 ORDER BY number;

-- name: facts_of
-- The life of one issue, in order.
SELECT number, kind, at, said_at, body, hash FROM issue_facts WHERE issue_id = $1 ORDER BY number;

-- name: facts_of_from
-- A stretch of the life of one issue, continued after the last number that was read.
SELECT number, kind, at, said_at, body, hash
FROM issue_facts
WHERE issue_id = $1 AND number > $2
ORDER BY number
LIMIT $3;

-- name: add_effects
-- What a new fact causes outside enters the ledger with it; an order or a bulletin waits for its signature.
INSERT INTO effects (issue_id, number, effect, addressee, text, issuer, state)
SELECT $1, number, effect, addressee, text, issuer,
    CASE WHEN effect IN ('order', 'bulletin') THEN 'unsigned' ELSE 'queued' END
FROM unnest($2::int[], $3::text[], $4::text[], $5::text[], $6::text[])
    AS new (number, effect, addressee, text, issuer)
ON CONFLICT DO NOTHING;

-- name: draft_document
-- An order or a bulletin is a draft until a person signs it; one fact makes one document.
INSERT INTO documents (issue_id, number, kind, issuer, addressees, text, drafted_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING;

-- name: withdraw_drafts
-- A word said in time was heard late: what was drafted because of the lapse is not signed any more.
UPDATE documents SET state = 'withdrawn'
WHERE issue_id = $1 AND number = ANY ($2::int[]) AND state = 'draft';

-- name: countermand_effects
-- The same for what has not gone out yet; rows are locked in the courier's order.
UPDATE effects SET state = 'countermanded', last_error = NULL
FROM (
    SELECT issue_id, number, effect, addressee
    FROM effects
    WHERE issue_id = $1 AND number = ANY ($2::int[]) AND state IN ('unsigned', 'queued', 'undeliverable')
    ORDER BY issue_id, number, effect, addressee
    FOR UPDATE
) AS due
WHERE (effects.issue_id, effects.number, effects.effect, effects.addressee)
    = (due.issue_id, due.number, due.effect, due.addressee);

-- name: put_head
-- The read model only moves forward: a letter that comes again or late changes nothing.
INSERT INTO issues (
    issue_id, number, tail, stage, category, severity, origin, source, reach, division, title, chief, unit,
    level, rung, is_overdue, next_mark_at, opened_at, look_backs_on, recurrence_of, edition,
    is_suspended, is_provisional
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
    $23)
ON CONFLICT (issue_id) DO UPDATE SET
    number = excluded.number, tail = excluded.tail, stage = excluded.stage, category = excluded.category,
    severity = excluded.severity, origin = excluded.origin, source = excluded.source,
    reach = excluded.reach, division = excluded.division, title = excluded.title, chief = excluded.chief,
    unit = excluded.unit, level = excluded.level, rung = excluded.rung, is_overdue = excluded.is_overdue,
    next_mark_at = excluded.next_mark_at, opened_at = excluded.opened_at,
    look_backs_on = excluded.look_backs_on, recurrence_of = excluded.recurrence_of,
    edition = excluded.edition, is_suspended = excluded.is_suspended,
    is_provisional = excluded.is_provisional, updated_at = now()
WHERE issues.number < excluded.number;

-- name: issues_not_in
-- The issues that stand at none of some stages, as the read model shows them; the canary follows no edition.
SELECT issue_id FROM issues 
WHERE stage <> ALL ($1::text[]) AND division <> '999999000000'
ORDER BY issue_id;

-- name: drop_head
-- Forget how an issue stands, so that it can be retold.
DELETE FROM issues WHERE issue_id = $1;

-- name: has_begun
-- Whether the first letter of an issue has arrived.
SELECT EXISTS (SELECT FROM issue_facts WHERE issue_id = $1);
