-- name: counted
-- How much waits for what, at this moment; each count walks over what waits, and over nothing that is done.
SELECT
    (SELECT count(*) FROM effects WHERE state = 'queued' AND next_try_at <= now()) AS effects_due,
    (SELECT count(*) FROM effects WHERE state = 'queued') AS effects_queued,
    (SELECT count(*) FROM effects WHERE state = 'undeliverable') AS effects_undeliverable,
    (SELECT count(*) FROM documents WHERE state = 'draft' AND NOT starts_with(issue_id, '999999-')) AS drafts,
    (SELECT count(*) FROM leads
        WHERE state IN ('received', 'opening', 'attaching') OR (state = 'parked' AND NOT is_watched)) AS leads_waiting,
    (SELECT count(*) FROM leads WHERE state = 'parked') AS leads_parked,
    (SELECT count(*) FROM commands WHERE state = 'pending') AS commands_waiting,
    (SELECT coalesce(extract(epoch FROM now() - min(said_at)), 0) FROM commands WHERE state = 'pending')::float8
        AS commands_oldest,
    (SELECT count(*) FROM alarms WHERE settled_at IS NULL) AS alarms_open;

-- name: open_by_stage
-- How many issues are open at each stage; the canary is none.
SELECT stage, count(*) AS issues FROM issues
WHERE next_mark_at IS NOT NULL AND division <> '999999000000'
GROUP BY stage;

-- name: newest_canary
-- When the last canary ended, how it went, and the seconds by which it was late.
SELECT extract(epoch FROM ended_at)::float8 AS ended_at, is_well,
    coalesce(recorded, 0) AS recorded, coalesce(noticed, 0) AS noticed
FROM canaries ORDER BY ended_at DESC LIMIT 1;
