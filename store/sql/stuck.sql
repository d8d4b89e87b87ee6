-- name: marks_passed
-- Open issues and bulletins whose nearest mark was due before a moment, the oldest first.
SELECT issue_id AS subject, chief AS whose, division, next_mark_at AS since FROM issues WHERE next_mark_at < $1
UNION ALL
SELECT bulletin_id, coalesce(waits_for, issuer), division, next_mark_at FROM bulletins WHERE next_mark_at < $1
ORDER BY since, subject;

-- name: heads_behind
-- Issues whose row in the read model is not at the end of their journal, or is missing, or has no journal.
SELECT issues.issue_id AS subject, chief AS whose, division, issues.number AS shown, last.number AS told,
    last.recorded_at AS since
FROM issues
LEFT JOIN LATERAL (
    SELECT number, hash, recorded_at FROM issue_facts
    WHERE issue_facts.issue_id = issues.issue_id
    ORDER BY number DESC
    LIMIT 1
) AS last ON TRUE
WHERE (issues.number, issues.tail) IS DISTINCT FROM (last.number, last.hash)
UNION ALL
SELECT first.issue_id, first.body ->> 'chief', first.body ->> 'division', NULL, first.number, first.recorded_at
FROM issue_facts AS first
WHERE first.number = 1 AND NOT EXISTS (SELECT FROM issues WHERE issues.issue_id = first.issue_id)
ORDER BY subject;

-- name: effects_late
-- What should have gone out before a moment and nobody tried, or was tried often.
-- Only the first in its order, for the others wait for it.
SELECT late.issue_id AS subject, issues.division, count(*) AS count, string_agg(DISTINCT late.addressee, ' ') AS whose,
    max(late.last_error) AS error,
    min(CASE WHEN late.attempts = 0 THEN late.next_try_at ELSE fact.recorded_at END) AS since
FROM effects AS late
JOIN issue_facts AS fact USING (issue_id, number)
LEFT JOIN issues ON issues.issue_id = late.issue_id
WHERE late.state = 'queued'
    AND (late.next_try_at < $1 OR late.attempts >= $2)
    AND NOT EXISTS (
        SELECT FROM effects AS earlier
        WHERE earlier.state = 'queued'
            AND earlier.issue_id = late.issue_id
            AND earlier.addressee = late.addressee
            AND (earlier.number, earlier.effect) < (late.number, late.effect)
    )
GROUP BY late.issue_id, issues.division
ORDER BY since, subject;

-- name: effects_undeliverable
-- What was given up; what was given up because its post is vacant has been taken to the next level instead.
SELECT effects.issue_id AS subject, issues.division, count(*) AS count, string_agg(DISTINCT addressee, ' ') AS whose,
    max(last_error) AS error, min(recorded_at) AS since
FROM effects
JOIN issue_facts USING (issue_id, number)
LEFT JOIN issues ON issues.issue_id = effects.issue_id
WHERE state = 'undeliverable' AND last_error IS DISTINCT FROM 'vacant'
GROUP BY effects.issue_id, issues.division
ORDER BY since, subject;

-- name: words_waiting
-- Words to issues that were kept before a moment and have no answer, issue by issue.
SELECT issue_id AS subject, min(chief) AS whose, min(division) AS division,
    count(*) AS count, min(said_at) AS since
FROM commands LEFT JOIN issues USING (issue_id)
WHERE state = 'pending' AND said_at < $1
GROUP BY issue_id
ORDER BY since, subject;

-- name: leads_waiting
-- Leads that wait for a machine: nobody has tried since a moment, or it was tried often since before it.
SELECT receipt AS subject, division, received_at AS since
FROM leads
WHERE (state IN ('received', 'opening', 'attaching') OR (state = 'parked' AND NOT is_watched))
    AND (next_try_at < $1 OR (attempts >= $2 AND received_at < $1))
ORDER BY since, subject;

-- name: archives_late
-- Issues that ended before a moment, and of whose history nothing is on record: neither where it is nor that it is lost.
SELECT issues.issue_id AS subject, chief AS whose, division, ended.at AS since
FROM issues, LATERAL (
    SELECT min(recorded_at) AS at FROM issue_facts
    WHERE issue_facts.issue_id = issues.issue_id AND kind IN ('Closed', 'Dismissed', 'Merged')
) AS ended
WHERE stage = ANY ($2::text[]) AND ended.at < $1
    AND NOT EXISTS (SELECT FROM archives WHERE archives.issue_id = issues.issue_id)
ORDER BY since, subject;

-- name: unsigned
-- Documents of open issues that lay in an inbox before a moment and that nobody signed for.
SELECT issue_id AS subject, addressee AS whose, division, count(*) AS count, min(received_at) AS since
FROM inbox JOIN issues USING (issue_id)
WHERE read_at IS NULL AND effect IN ('order', 'bulletin') AND received_at < $1
    AND next_mark_at IS NOT NULL AND division NOT LIKE $2
GROUP BY issue_id, addressee, division
ORDER BY since, subject;

-- name: leads_unassessed
-- Leads that wait for a person and are past their limit.
SELECT receipt AS subject, division, register_by AS since
FROM leads
WHERE state = 'parked' AND register_by < $1 AND division NOT LIKE $2
ORDER BY since, subject;

-- name: asked_facts
-- Of the open issues in which a ruling was raised or a review asked for: what was said of disputes and suspensions.
SELECT facts.issue_id, issues.division, facts.body
FROM issues JOIN issue_facts AS facts USING (issue_id)
WHERE next_mark_at IS NOT NULL AND division NOT LIKE $1
    AND facts.issue_id IN (SELECT issue_id FROM issue_facts WHERE kind IN ('RulingRaised', 'SuspensionReviewDue'))
    AND facts.kind = ANY ($2::text[])
ORDER BY facts.issue_id, facts.number;

-- name: bulletins_waiting
-- Bulletins that wait for somebody.
SELECT bulletin_id FROM bulletins WHERE waits_for IS NOT NULL AND division NOT LIKE $1 ORDER BY bulletin_id;

-- name: chiefs
-- Who is responsible for open issues, for how many, and since when a post is noticed as vacant.
SELECT chief AS subject, chief AS whose, count(*) AS count, max(noticed_at) FILTER (WHERE is_vacant) AS since
FROM issues LEFT JOIN post_turns ON post_turns.post = issues.chief
WHERE next_mark_at IS NOT NULL AND division NOT LIKE $1
GROUP BY chief
ORDER BY chief;

-- name: open_in_the_journal
-- Which issues are open, with how many facts.
SELECT issue_id, chief, division, number FROM issues WHERE next_mark_at IS NOT NULL ORDER BY issue_id;

-- name: told_of
-- Of some issues: whether the journal knows them, and since when it knows their end.
SELECT issue_id, min(recorded_at) FILTER (WHERE kind = ANY ($2::text[])) AS ended_at
FROM issue_facts
WHERE issue_id = ANY ($1::text[])
GROUP BY issue_id;
