-- Whether the whole ladder still works is tried every hour; what each canary showed is kept and compared.
CREATE TABLE canaries (
    -- The digest of the workflow run that walked it.
    canary   text        PRIMARY KEY CHECK (canary ~ '^[0-9a-f]{32}$'),
    issue_id text        NOT NULL UNIQUE,
    began_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL DEFAULT now(),
    -- Seconds by which the latest rung was late in the journal, and the latest notice in the inbox.
    recorded double precision,
    noticed  double precision,
    is_well  boolean     NOT NULL,
    -- Each rung with its own lateness, and what was wrong.
    body     json        NOT NULL
);

CREATE INDEX canaries_newest ON canaries (ended_at DESC);
