-- Photos lie outside Postgres under their digests; here stands whose they are and what they state of themselves.
CREATE TABLE photos (
    -- A lead's receipt, or issue:<number>.
    owner         text             NOT NULL CHECK (owner <> ''),
    digest        text             NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    public_digest text             NOT NULL CHECK (public_digest ~ '^[0-9a-f]{64}$'),
    bytes         integer          NOT NULL CHECK (bytes > 0),
    media_type    text             NOT NULL,
    taken_at      timestamptz,
    zone_assumed  boolean          NOT NULL,
    lon           double precision CHECK (lon BETWEEN -180 AND 180),
    lat           double precision CHECK (lat BETWEEN -90 AND 90),
    kept_at       timestamptz      NOT NULL DEFAULT now(),
    number        bigint           GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (owner, digest),
    CHECK ((lon IS NULL) = (lat IS NULL))
);
