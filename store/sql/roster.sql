-- name: newest
-- Which roster is the newest, if any, and what the time is: the rule book has no clock of its own.
SELECT now() AS at, newest.version, newest.digest
FROM (SELECT) AS one
LEFT JOIN (SELECT version, digest FROM roster_versions ORDER BY version DESC LIMIT 1) AS newest ON TRUE;

-- name: read_newest
-- The newest roster as a whole; only the newest has channels, so it is found and read in one act.
SELECT digest, body, channels FROM roster_versions ORDER BY version DESC LIMIT 1;

-- name: version_at
-- The roster that was the newest at a moment.
SELECT body FROM roster_versions WHERE imported_at <= $1 ORDER BY version DESC LIMIT 1;

-- name: one_import_at_a_time
-- Held until the transaction ends; readers go on reading.
LOCK TABLE roster_versions IN SHARE ROW EXCLUSIVE MODE;

-- name: forget_channels
-- By what people were reached once is nobody's business any more.
UPDATE roster_versions SET channels = NULL WHERE channels IS NOT NULL;

-- name: keep_version
-- One more roster, the newest from now on.
INSERT INTO roster_versions (version, imported_at, source, digest, body, channels)
SELECT coalesce(max(version), 0) + 1, clock_timestamp(), $1, $2, $3, $4 FROM roster_versions
RETURNING version;

-- name: keep_posts
-- Posts with who holds them at the time of the import; a post that is known already is brought up to date.
INSERT INTO posts (post, name_zh, level, holder, deputy)
SELECT * FROM unnest($1::text[], $2::text[], $3::smallint[], $4::text[], $5::text[])
ON CONFLICT (post) DO UPDATE SET
    name_zh = excluded.name_zh, level = excluded.level, holder = excluded.holder, deputy = excluded.deputy;

-- name: empty_posts
-- A post that is no longer among them keeps its name and is held by nobody.
UPDATE posts SET holder = NULL, deputy = NULL
WHERE post <> ALL ($1::text[]) AND (holder IS NOT NULL OR deputy IS NOT NULL);
