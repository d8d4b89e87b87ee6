-- name: raise_alarm
-- The same trouble again is the same alarm, as long as it is open.
INSERT INTO alarms (kind, subject, text) VALUES ($1, $2, $3)
ON CONFLICT (kind, subject) WHERE settled_at IS NULL
DO UPDATE SET times = alarms.times + 1, last_at = now(), text = excluded.text
RETURNING id, times = 1 AS is_new;

-- name: open_alarms
-- What an operator must look at, the oldest first.
SELECT id, kind, subject, text, times, raised_at, last_at FROM alarms WHERE settled_at IS NULL ORDER BY id;

-- name: settle
-- An operator has looked, and says who.
UPDATE alarms SET settled_at = now(), settled_by = $2 WHERE id = $1 AND settled_at IS NULL RETURNING id;

-- name: settle_subject
-- The trouble went away by itself.
UPDATE alarms SET settled_at = now(), settled_by = $3 WHERE kind = $1 AND subject = $2 AND settled_at IS NULL;
