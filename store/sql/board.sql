-- name: page
-- What is open in a division or below it, the overdue (0) first, then by next mark, continued after a place.
SELECT issue_id, number, stage, category, severity, title, chief, unit, level, rung, is_overdue, is_suspended,
    is_provisional, next_mark_at, opened_at, updated_at
FROM issues
WHERE next_mark_at IS NOT NULL
    AND division LIKE $1
    AND ($2::text IS NULL OR stage = $2)
    AND ($3::integer IS NULL OR (NOT is_overdue)::integer = $3)
    AND ((NOT is_overdue)::integer, next_mark_at, issue_id) > ($4::integer, $5::timestamptz, $6::text)
ORDER BY (NOT is_overdue)::integer, next_mark_at, issue_id
LIMIT $7;

-- name: counts
-- How many are open in a division or below it, by division, stage, and whether they are overdue.
SELECT division, stage, is_overdue, count(*) AS issues
FROM issues
WHERE next_mark_at IS NOT NULL AND division LIKE $1
GROUP BY division, stage, is_overdue
ORDER BY division, stage, is_overdue;
