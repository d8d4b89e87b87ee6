-- The journal outlives Temporal's retention: facts are only ever added, each chained to the one before.
CREATE TABLE issue_facts (
    issue_id    text        NOT NULL,
    number      integer     NOT NULL CHECK (number >= 1),
    kind        text        NOT NULL,
    at          timestamptz NOT NULL,
    said_at     timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- json, not jsonb: the hash covers the text as it was written.
    body        json        NOT NULL,
    hash        text        NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
    PRIMARY KEY (issue_id, number)
);

CREATE INDEX issue_facts_kind ON issue_facts (kind);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only: % is refused', tg_table_name, tg_op
        USING ERRCODE = 'restrict_violation';
END
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON issue_facts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Also for a session that plays the replica, which skips ordinary triggers.
ALTER TABLE issue_facts ENABLE ALWAYS TRIGGER append_only;

-- The read model: how each issue stands. Dropped and retold from the journal at any time.
CREATE TABLE issues (
    issue_id      text        PRIMARY KEY,
    number        integer     NOT NULL,
    tail          text        NOT NULL,
    stage         text        NOT NULL,
    category      text        NOT NULL,
    severity      text        NOT NULL,
    origin        text        NOT NULL,
    source        text        NOT NULL,
    reach         text        NOT NULL,
    division      text        NOT NULL,
    title         text        NOT NULL,
    chief         text        NOT NULL,
    unit          text,
    level         smallint    NOT NULL,
    rung          smallint    NOT NULL,
    is_overdue    boolean     NOT NULL,
    next_mark_at  timestamptz,
    opened_at     timestamptz NOT NULL,
    look_backs_on date[]      NOT NULL,
    recurrence_of text,
    edition       text        NOT NULL,
    updated_at    timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX issues_stage ON issues (stage);
CREATE INDEX issues_overdue ON issues (next_mark_at) WHERE is_overdue;
CREATE INDEX issues_next_mark_at ON issues (next_mark_at);
CREATE INDEX issues_reach ON issues (reach text_pattern_ops);
CREATE INDEX issues_division ON issues (division text_pattern_ops);
