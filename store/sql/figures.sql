-- name: figures
-- What came of the issues, counted from the journal and the read model; the canary is none.
SELECT
    (SELECT count(*) FROM issues WHERE division <> '999999000000') AS issues,
    (SELECT count(*) FROM issues WHERE stage = 'closed' AND division <> '999999000000') AS closed,
    (SELECT count(*) FROM issues WHERE stage = 'dismissed' AND division <> '999999000000') AS dismissed,
    (SELECT count(*) FROM issues WHERE stage = 'merged' AND division <> '999999000000') AS merged,
    count(DISTINCT issue_id) FILTER (WHERE kind = 'Escalated') AS escalated,
    count(*) FILTER (WHERE kind = 'BulletinDrafted') AS bulletins,
    count(*) FILTER (WHERE kind = 'ExtensionGranted') AS extensions_granted,
    count(*) FILTER (WHERE kind = 'ExtensionDenied') AS extensions_denied,
    count(*) FILTER (WHERE kind = 'ClockSuspended') AS suspensions,
    count(*) FILTER (WHERE kind = 'SuspensionReviewDue') AS reviews,
    count(*) FILTER (WHERE kind = 'DisputeRuled') AS disputes_ruled,
    count(*) FILTER (WHERE kind = 'Regraded') AS regraded,
    count(*) FILTER (WHERE kind = 'CalendarAdopted') AS calendars_adopted,
    count(*) FILTER (WHERE kind = 'EditionAdopted') AS editions_adopted,
    count(*) FILTER (WHERE kind = 'InterviewCalled') AS interviews,
    count(*) FILTER (WHERE kind = 'Referred') AS referrals,
    count(*) AS facts
FROM issue_facts
WHERE NOT starts_with(issue_id, '999999-');

-- name: levels_reached
-- The levels to which a lapse was ever escalated, lowest first.
SELECT DISTINCT (body ->> 'level')::int AS level FROM issue_facts 
WHERE kind = 'Escalated' AND NOT starts_with(issue_id, '999999-')
ORDER BY level;

-- name: board
-- How the issues stand: first what is overdue, then what is open, then what is over.
SELECT issue_id, number, stage, category, severity, title, chief, unit, level, rung, is_overdue, is_suspended,
    is_provisional, next_mark_at, opened_at, updated_at, reach, division
FROM issues
WHERE division <> '999999000000'
ORDER BY is_overdue DESC, next_mark_at NULLS LAST, issue_id
LIMIT $1;
