-- name: figures
-- What came of the issues, counted from the journal and the read model.
SELECT
    (SELECT count(*) FROM issues) AS issues,
    (SELECT count(*) FROM issues WHERE stage = 'closed') AS closed,
    (SELECT count(*) FROM issues WHERE stage = 'dismissed') AS dismissed,
    (SELECT count(*) FROM issues WHERE stage = 'merged') AS merged,
    count(DISTINCT issue_id) FILTER (WHERE kind = 'Escalated') AS escalated,
    count(*) FILTER (WHERE kind = 'BulletinDrafted') AS bulletins,
    count(*) AS facts
FROM issue_facts;

-- name: levels_reached
-- The levels to which a lapse was ever escalated, lowest first.
SELECT DISTINCT (body ->> 'level')::int AS level FROM issue_facts WHERE kind = 'Escalated' ORDER BY level;

-- name: board
-- How the issues stand: first what is overdue, then what is open, then what is over.
SELECT issue_id, number, stage, category, severity, title, chief, unit, level, rung, is_overdue, next_mark_at,
    opened_at, updated_at
FROM issues
ORDER BY is_overdue DESC, next_mark_at NULLS LAST, issue_id
LIMIT $1;
