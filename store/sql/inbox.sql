-- name: inbox_of
-- What a post has received, the newest last, with how its persons were reached and who signed for it.
SELECT issue_id, number, effect, holder, text, received_at, read_at, line,
    array(SELECT person || ' ' || state FROM deliveries WHERE deliveries.line = inbox.line ORDER BY since, person)
        AS reached,
    array(SELECT subject FROM receipts WHERE receipts.line = inbox.line ORDER BY at, subject) AS signed_by
FROM inbox
WHERE addressee = $1
ORDER BY received_at, issue_id, number;

-- name: page
-- What some posts have received, the newest first, with when one reader signed for it.
SELECT inbox.line, addressee, issue_id, number, effect, text, received_at, read_at, receipts.at AS signed_at
FROM inbox LEFT JOIN receipts ON receipts.line = inbox.line AND receipts.subject = $2
WHERE addressee = ANY ($1::text[]) AND inbox.line < $3 AND (NOT $4::boolean OR receipts.at IS NULL)
ORDER BY inbox.line DESC
LIMIT $5;

-- name: sign_for
-- The first receipt of a person stays; whom the post's inbox shows as its reader is whoever was first.
WITH found AS (
    SELECT line FROM inbox WHERE line = $1 AND addressee = ANY ($2::text[])
),
signed AS (
    INSERT INTO receipts (line, subject, at) SELECT line, $3, $4 FROM found
    ON CONFLICT (line, subject) DO UPDATE SET at = receipts.at
    RETURNING line, at
),
known AS (
    UPDATE inbox SET read_at = $4, read_by = $3
    FROM found WHERE inbox.line = found.line AND inbox.read_at IS NULL
),
reached AS (
    UPDATE deliveries SET state = 'read', changed_at = now()
    FROM found WHERE deliveries.line = found.line AND person = $3
)
SELECT line, at FROM signed;

-- name: deliveries_of
-- Who was to be told what of one issue, by which channel, and what came of it; in order.
SELECT inbox.line, inbox.number, effect, addressee, received_at, deliveries.person, capacity, urgency,
    deliveries.state, pushes.channel, pushes.kind AS push, coalesce(pushes.attempts, 0) AS attempts,
    deliveries.changed_at, coalesce(deliveries.last_error, pushes.last_error) AS last_error, receipts.at AS signed_at
FROM (SELECT * FROM inbox WHERE issue_id = $1 AND line > $2 ORDER BY line LIMIT $3) AS inbox
LEFT JOIN deliveries USING (line)
LEFT JOIN pushes ON pushes.id = deliveries.push
LEFT JOIN receipts ON receipts.line = inbox.line AND receipts.subject = deliveries.person
ORDER BY inbox.line, deliveries.since, deliveries.person;

-- name: is_more
-- Whether an issue has caused any line after one.
SELECT EXISTS (SELECT FROM inbox WHERE issue_id = $1 AND line > $2);

-- name: receipts_of
-- Who signed for which of some lines.
SELECT line, subject, at FROM receipts WHERE line = ANY ($1::bigint[]) ORDER BY line, at, subject;
