-- name: load_posts
-- Posts with who holds them; a post that is known already is brought up to date.
INSERT INTO posts (post, name_zh, level, holder, deputy)
SELECT * FROM unnest($1::text[], $2::text[], $3::smallint[], $4::text[], $5::text[])
ON CONFLICT (post) DO UPDATE SET
    name_zh = excluded.name_zh, level = excluded.level, holder = excluded.holder, deputy = excluded.deputy;

-- name: holder_of
-- Who acts for a post now: its holder, else its deputy, else nobody.
SELECT coalesce(holder, deputy) FROM posts WHERE post = $1;

-- name: held_among
-- Those of some posts for which somebody acts; nothing at all as long as there is not any post.
SELECT array(SELECT post FROM posts WHERE post = ANY ($1::text[]) AND coalesce(holder, deputy) IS NOT NULL)
WHERE EXISTS (SELECT FROM posts);
