-- What somebody said over HTTP is kept before it is passed on: a retry counts from its first saying, none is lost.
CREATE TABLE commands (
    issue_id    text        NOT NULL,
    -- The caller's own id; the issue hears it with a mark before it, so that no machine's id is ever taken.
    key         text        NOT NULL,
    command     text        NOT NULL,
    digest      text        NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    subject     text        NOT NULL,
    said_at     timestamptz NOT NULL,
    -- The whole command as it is said to the issue, each time in the same words.
    body        json        NOT NULL,
    state       text        NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'refused')),
    fact        integer,
    stage       text,
    refusal     text,
    zh          text,
    en          text,
    answered_at timestamptz,
    attempts    integer     NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL DEFAULT now() + interval '10 seconds',
    PRIMARY KEY (issue_id, key),
    CHECK ((state = 'pending') = (answered_at IS NULL)),
    CHECK ((state = 'done') = (fact IS NOT NULL AND stage IS NOT NULL)),
    CHECK ((state = 'refused') = (refusal IS NOT NULL AND zh IS NOT NULL AND en IS NOT NULL))
);

CREATE INDEX commands_due ON commands (next_try_at) WHERE state = 'pending';
CREATE INDEX commands_in_order ON commands (issue_id, said_at, key) WHERE state = 'pending';
