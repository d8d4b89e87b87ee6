-- name: days
-- What the telephones of some divisions rang on a day, by person.
SELECT person, count(*) AS pushes, count(*) FILTER (WHERE kind = 'urgent') AS urgent,
    count(*) FILTER (WHERE kind = 'digest') AS digests, sum(cardinality(lines)) AS items, max(made_at) AS last_at
FROM pushes
WHERE made_on = $1 AND state <> 'failed' AND ($2::text IS NULL OR person = $2)
    AND ($3::text IS NULL OR EXISTS (
        SELECT FROM inbox WHERE line = ANY (pushes.lines) AND split_part(addressee, ':', 2) LIKE $3
    ))
GROUP BY person;

-- name: waiting
-- How much waits for whom at this moment.
SELECT person, count(*) AS waiting
FROM deliveries JOIN inbox USING (line)
WHERE state = 'queued' AND push IS NULL AND ($1::text IS NULL OR person = $1)
    AND ($2::text IS NULL OR split_part(addressee, ':', 2) LIKE $2)
GROUP BY person;
