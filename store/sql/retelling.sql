-- name: begin_retelling
-- What an earlier retelling left behind is no part of this one.
DELETE FROM issues_retold;

-- name: put_retold
-- How some issues stand by their journals; once more replaces what was retold of them before.
INSERT INTO issues_retold (
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
    is_provisional = excluded.is_provisional;

-- name: went_on
-- Issues that letters went on with while they were retold, or that are new; those that cannot be retold are not.
SELECT issue_id FROM issues LEFT JOIN issues_retold AS retold USING (issue_id)
WHERE issues.number > coalesce(retold.number, 0) AND issue_id <> ALL ($1::text[])
    AND EXISTS (
        SELECT FROM issue_facts
        WHERE issue_facts.issue_id = issues.issue_id AND issue_facts.number = coalesce(retold.number, 0) + 1
    )
ORDER BY issue_id;

-- name: hold_letters
-- For the length of the swap no letter is recorded; whoever reads goes on reading.
LOCK TABLE issues IN SHARE ROW EXCLUSIVE MODE;

-- name: swap
-- What was retold takes its place; a row that is right already is left alone, so that few are written.
INSERT INTO issues (
    issue_id, number, tail, stage, category, severity, origin, source, reach, division, title, chief, unit,
    level, rung, is_overdue, next_mark_at, opened_at, look_backs_on, recurrence_of, edition,
    is_suspended, is_provisional
)
SELECT issue_id, number, tail, stage, category, severity, origin, source, reach, division, title, chief, unit,
    level, rung, is_overdue, next_mark_at, opened_at, look_backs_on, recurrence_of, edition,
    is_suspended, is_provisional
FROM issues_retold AS retold
WHERE NOT EXISTS (
    SELECT FROM issues AS old
    WHERE old.issue_id = retold.issue_id
        AND (
            old.number, old.tail, old.stage, old.category, old.severity, old.origin, old.source, old.reach,
            old.division, old.title, old.chief, old.unit, old.level, old.rung, old.is_overdue,
            old.next_mark_at, old.opened_at, old.look_backs_on, old.recurrence_of, old.edition,
            old.is_suspended, old.is_provisional
        ) IS NOT DISTINCT FROM (
            retold.number, retold.tail, retold.stage, retold.category, retold.severity, retold.origin,
            retold.source, retold.reach, retold.division, retold.title, retold.chief, retold.unit,
            retold.level, retold.rung, retold.is_overdue, retold.next_mark_at, retold.opened_at,
            retold.look_backs_on, retold.recurrence_of, retold.edition, retold.is_suspended,
            retold.is_provisional
        )
)
ON CONFLICT (issue_id) DO UPDATE SET
    number = excluded.number, tail = excluded.tail, stage = excluded.stage, category = excluded.category,
    severity = excluded.severity, origin = excluded.origin, source = excluded.source,
    reach = excluded.reach, division = excluded.division, title = excluded.title, chief = excluded.chief,
    unit = excluded.unit, level = excluded.level, rung = excluded.rung, is_overdue = excluded.is_overdue,
    next_mark_at = excluded.next_mark_at, opened_at = excluded.opened_at,
    look_backs_on = excluded.look_backs_on, recurrence_of = excluded.recurrence_of,
    edition = excluded.edition, is_suspended = excluded.is_suspended,
    is_provisional = excluded.is_provisional, updated_at = now();

-- name: one_at_a_time
-- Two retellings at once would fill the same table.
SELECT pg_try_advisory_lock(hashtextextended('retelling', 0));

-- name: let_go
-- The next retelling may begin.
SELECT pg_advisory_unlock(hashtextextended('retelling', 0));

-- name: journals_counted
-- How many issues have a journal, for who waits.
SELECT count(*) FROM issue_facts WHERE number = 1;

-- name: issue_ids
-- Every issue that the journal knows, some at a time.
SELECT DISTINCT issue_id FROM issue_facts WHERE issue_id > $1 ORDER BY issue_id LIMIT $2;

-- name: drop_strays
-- Rows of the read model whose issue the journal does not know go; what could not be retold stays as it was.
DELETE FROM issues
WHERE issue_id <> ALL ($1::text[])
    AND NOT EXISTS (SELECT FROM issue_facts WHERE issue_facts.issue_id = issues.issue_id);

-- name: patience_of_the_swap
-- Letters that are being recorded are waited for, not for ever.
SET LOCAL lock_timeout = '5s';
