-- name: known_issues
-- Whatever is known of any issue anywhere, some numbers at a time, so that nothing is missed for want of a journal.
SELECT issue_id FROM (
    (SELECT DISTINCT issue_id FROM issue_facts WHERE issue_id > $1 ORDER BY issue_id LIMIT $2)
    UNION (SELECT issue_id FROM issues WHERE issue_id > $1 ORDER BY issue_id LIMIT $2)
    UNION (SELECT issue_id FROM issue_numbers WHERE issue_id > $1 ORDER BY issue_id LIMIT $2)
    UNION (SELECT DISTINCT issue_id FROM effects WHERE issue_id > $1 ORDER BY issue_id LIMIT $2)
    UNION (SELECT DISTINCT issue_id FROM documents WHERE issue_id > $1 ORDER BY issue_id LIMIT $2)
) AS known
ORDER BY issue_id
LIMIT $2;

-- name: facts_of_some
-- The journals of some issues, in order, with what no hash covers.
SELECT issue_id, number, kind, at, said_at, recorded_at, body, hash, encode(recorded_seal, 'hex') AS seal
FROM issue_facts
WHERE issue_id = ANY ($1::text[])
ORDER BY issue_id, number;

-- name: acts_of_some
-- What the ledger holds of some issues, and whether it lies in an inbox.
SELECT issue_id, number, effect, addressee, text, issuer, state,
    EXISTS (
        SELECT FROM inbox
        WHERE (inbox.issue_id, inbox.number, inbox.effect, inbox.addressee)
            = (effects.issue_id, effects.number, effects.effect, effects.addressee)
    ) AS is_received, delivered_at
FROM effects
WHERE issue_id = ANY ($1::text[])
ORDER BY issue_id, number, effect, addressee;

-- name: papers_of_some
-- The documents of some issues; a bulletin's draft goes out under the number of the bulletin that entered it.
SELECT documents.issue_id, documents.number, kind, issuer, addressees, text, drafted_at, state, signed_by,
    signed_at, documents.document_number, (
        SELECT numbers.document_number
        FROM bulletin_entries AS entries JOIN bulletin_numbers AS numbers USING (bulletin_id)
        WHERE entries.issue_id = documents.issue_id AND entries.number = documents.number
        ORDER BY entries.left_at NULLS FIRST
        LIMIT 1
    ) AS entered_under
FROM documents
WHERE documents.issue_id = ANY ($1::text[])
ORDER BY documents.issue_id, documents.number;

-- name: photos_of_some
-- Which photos belong to some issues; where they were taken stays here.
SELECT substr(owner, 7) AS issue_id, digest, public_digest, bytes, media_type
FROM photos
WHERE owner = ANY ($1::text[])
ORDER BY owner, digest;

-- name: heads_of_some
-- What the read model believes of some issues.
SELECT * FROM issues WHERE issue_id = ANY ($1::text[]);

-- name: numbered_of_some
-- Which of some issues have drawn a number.
SELECT issue_id FROM issue_numbers WHERE issue_id = ANY ($1::text[]);

-- name: missing_numbers
-- Numbers between the first that a county drew in a year and its last, which nobody has.
SELECT counters.county || '-' || counters.year || '-' || lpad(missing::text, 6, '0') AS issue_id
FROM number_counters AS counters,
    LATERAL (
        SELECT min(running) AS first FROM issue_numbers
        WHERE county = counters.county AND year = counters.year
    ) AS drawn,
    LATERAL generate_series(drawn.first, counters.last) AS missing
WHERE NOT EXISTS (
    SELECT FROM issue_numbers
    WHERE county = counters.county AND year = counters.year AND running = missing
)
ORDER BY 1
LIMIT $1;

-- name: tails_at
-- Where each journal ended at a moment, some issues at a time; what was recorded later is not looked at.
SELECT DISTINCT ON (issue_id) issue_id, number, hash
FROM issue_facts
WHERE issue_id > $1 AND recorded_at <= $2
ORDER BY issue_id, number DESC
LIMIT $3;

-- name: hashes_at
-- What some journals hold at some numbers.
SELECT fact.issue_id, fact.hash
FROM unnest($1::text[], $2::int[]) AS wanted (issue_id, number)
JOIN issue_facts AS fact USING (issue_id, number);
