-- name: figures
-- What came of the issues, counted from the journal and the read model.
SELECT
    (SELECT count(*) FROM issues) AS issues,
    (SELECT count(*) FROM issues WHERE stage = 'closed') AS closed,
    (SELECT count(*) FROM issues WHERE stage = 'dismissed') AS dismissed,
    (SELECT count(*) FROM issues WHERE stage = 'merged') AS merged,
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
FROM issue_facts;

-- name: levels_reached
-- The levels to which a lapse was ever escalated, lowest first.
SELECT DISTINCT (body ->> 'level')::int AS level FROM issue_facts WHERE kind = 'Escalated' ORDER BY level;

-- name: board
-- How the issues stand: first what is overdue, then what is open, then what is over.
SELECT issue_id, number, stage, category, severity, title, chief, unit, level, rung, is_overdue, is_suspended,
    is_provisional, next_mark_at, opened_at, updated_at, reach, division
FROM issues
ORDER BY is_overdue DESC, next_mark_at NULLS LAST, issue_id
LIMIT $1;
