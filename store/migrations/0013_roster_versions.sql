-- Who held which post on which day can be told later: each import is kept whole, and what it changed is announced.
CREATE TABLE roster_versions (
    version     bigint      PRIMARY KEY,
    imported_at timestamptz NOT NULL DEFAULT now(),
    source      text        NOT NULL,
    digest      text        NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    -- Posts, tenures, absences, succession: history.
    body        json        NOT NULL,
    -- By what a person is reached: of the newest version only, nobody's old number is kept.
    channels    json
);

-- As which a post was last noticed: each turn of it is announced to the open issues above whose heads it happens.
CREATE TABLE post_turns (
    post       text        PRIMARY KEY,
    -- Which issues lie below it: those whose division begins so, on its reach if it has one.
    place      text        NOT NULL,
    reach      text,
    is_vacant  boolean     NOT NULL,
    turn       integer     NOT NULL,
    noticed_at timestamptz NOT NULL
);

CREATE TABLE turns_announced (
    issue_id    text        NOT NULL,
    post        text        NOT NULL,
    turn        integer     NOT NULL,
    answered_at timestamptz NOT NULL DEFAULT now(),
    -- What the issue answered: heard, refused, over.
    answer      text        NOT NULL CHECK (answer IN ('heard', 'refused', 'over')),
    PRIMARY KEY (issue_id, post, turn)
);
