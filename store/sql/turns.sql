-- name: one_look_at_a_time
-- Two workers that noticed the same turn from two clocks would undo each other; held until the transaction ends.
LOCK TABLE post_turns IN SHARE ROW EXCLUSIVE MODE;

-- name: noticed_posts
-- Every post that was ever noticed: one that left the roster is vacant from then on.
SELECT post FROM post_turns;

-- name: notice
-- How posts stand now; a post that stands otherwise than before takes a turn.
-- One never seen before was vacant for every issue: it takes its first turn when somebody holds it, except when
-- nothing was noticed before.
INSERT INTO post_turns (post, place, reach, is_vacant, turn, noticed_at)
SELECT post, place, reach, is_vacant, (NOT is_vacant AND EXISTS (SELECT FROM post_turns))::integer, clock_timestamp()
FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[]) AS now (post, place, reach, is_vacant)
ON CONFLICT (post) DO UPDATE SET
    is_vacant = excluded.is_vacant, turn = post_turns.turn + 1, noticed_at = excluded.noticed_at
WHERE post_turns.is_vacant <> excluded.is_vacant
RETURNING post, is_vacant, turn;

-- name: to_announce
-- The last turn of a post, for each open issue below it that was numbered before and has not answered to it.
SELECT issues.issue_id, post_turns.post, post_turns.is_vacant, post_turns.turn, post_turns.noticed_at
FROM post_turns
JOIN issues ON issues.next_mark_at IS NOT NULL
    AND starts_with(issues.division, post_turns.place)
    AND (post_turns.reach IS NULL OR post_turns.reach = issues.reach)
LEFT JOIN issue_numbers ON issue_numbers.issue_id = issues.issue_id
WHERE post_turns.turn > 0
    -- A minute for the clock of whoever bound the number: hearing a turn once more is no harm.
    AND post_turns.noticed_at > coalesce(issue_numbers.bound_at, '-infinity') - interval '1 minute'
    AND NOT EXISTS (
        SELECT FROM turns_announced AS heard
        WHERE heard.issue_id = issues.issue_id AND heard.post = post_turns.post AND heard.turn = post_turns.turn
    )
ORDER BY post_turns.noticed_at, issues.issue_id, post_turns.post;

-- name: answered
-- What an issue answered to a turn; the second worker that asked heard the same.
INSERT INTO turns_announced (issue_id, post, turn, answer) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING;

-- name: is_open
-- Whether an issue is open: while a broken run is settled, none of it runs.
SELECT EXISTS (SELECT FROM issues WHERE issue_id = $1 AND next_mark_at IS NOT NULL);

-- name: below
-- The open issues to whose chain each of some posts belongs.
SELECT head.post, issues.issue_id
FROM unnest($1::text[], $2::text[], $3::text[]) AS head (post, place, reach)
JOIN issues ON issues.next_mark_at IS NOT NULL
    AND starts_with(issues.division, head.place)
    AND (head.reach IS NULL OR head.reach = issues.reach)
ORDER BY head.post, issues.issue_id;

-- name: the_time
-- The clock that all processes share, as it stands and not as it stood when the transaction began.
SELECT clock_timestamp();

-- name: responsible_posts
-- Who is responsible for what is open, each once; nobody is for the canary.
SELECT DISTINCT chief FROM issues
WHERE next_mark_at IS NOT NULL AND division <> '999999000000'
ORDER BY chief;
