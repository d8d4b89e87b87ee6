-- Where the workflow history of a finished issue is kept: what the journal says of it, found without walking it.
CREATE TABLE archives (
    issue_id    text        PRIMARY KEY,
    -- None: the server had forgotten the history before it was kept.
    digest      text        CHECK (digest ~ '^[0-9a-f]{64}$'),
    bytes       integer     NOT NULL,
    runs        integer     NOT NULL,
    events      integer     NOT NULL,
    last_run    text        NOT NULL,
    -- The fact that says so, in the issue's journal.
    fact        integer,
    -- Why a replay by the code of that day did not give the journal; empty: it gave it.
    unlike      text        NOT NULL DEFAULT '',
    archived_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((digest IS NULL) = (fact IS NULL))
);
