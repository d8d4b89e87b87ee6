-- name: page
-- What is open in a division or below it, the overdue (0) first, then by next mark, continued after a place.
SELECT issue_id, number, stage, category, severity, title, chief, unit, level, rung, is_overdue, is_suspended,
    is_provisional, next_mark_at, opened_at, updated_at, reach, division
FROM issues
WHERE next_mark_at IS NOT NULL
    AND division LIKE $1
    AND ($2::text IS NULL OR stage = $2)
    AND ($3::integer IS NULL OR (NOT is_overdue)::integer = $3)
    AND ($8::text IS NULL OR reach = $8 OR starts_with(reach, $8 || '-'))
    AND ((NOT is_overdue)::integer, next_mark_at, issue_id) > ($4::integer, $5::timestamptz, $6::text)
ORDER BY (NOT is_overdue)::integer, next_mark_at, issue_id
LIMIT $7;

-- name: page_by_number
-- What is open in a division or below it, or what is over, by number: a place that no change moves.
SELECT issue_id, number, stage, category, severity, title, chief, unit, level, rung, is_overdue, is_suspended,
    is_provisional, next_mark_at, opened_at, updated_at, reach, division
FROM issues
WHERE (next_mark_at IS NULL) = $7
    AND division LIKE $1
    AND ($2::text IS NULL OR stage = $2)
    AND ($3::boolean IS NULL OR is_overdue = $3)
    AND ($6::text IS NULL OR reach = $6 OR starts_with(reach, $6 || '-'))
    AND issue_id > $4
ORDER BY issue_id
LIMIT $5;

-- name: standing
-- Where an issue lies and how it stands; of one of which nothing is told yet, its report knows where.
SELECT division, reach, category, stage FROM issues WHERE issue_id = $1
UNION ALL
SELECT reports.body ->> 'division', NULL, NULL, NULL
FROM issue_numbers JOIN reports USING (report_id)
WHERE issue_numbers.issue_id = $1 AND NOT EXISTS (SELECT FROM issues WHERE issue_id = $1);

-- name: counts
-- How many are open in a division or below it, by division, stage, and whether they are overdue.
SELECT division, stage, is_overdue, count(*) AS issues
FROM issues
WHERE next_mark_at IS NOT NULL AND division LIKE $1
GROUP BY division, stage, is_overdue
ORDER BY division, stage, is_overdue;
