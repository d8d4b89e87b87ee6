-- name: add_photo
-- A photo is noted once for each lead or issue, however often it is sent.
INSERT INTO photos (owner, digest, public_digest, bytes, media_type, taken_at, zone_assumed, lon, lat)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (owner, digest) DO NOTHING;

-- name: photos_of
-- The photos of a lead or an issue, in the order in which they were added.
SELECT digest, public_digest, bytes, media_type, taken_at, zone_assumed, lon, lat, kept_at
FROM photos
WHERE owner = $1
ORDER BY number;
