-- A bulletin is a thing of its own: a frozen cut, the figures made of it, what was said of it, its one number.
CREATE TABLE bulletin_cuts (
    bulletin_id text        PRIMARY KEY,
    cut_at      timestamptz NOT NULL,
    -- json, not jsonb: the first fact carries the same words.
    body        json        NOT NULL
);

CREATE TABLE bulletin_cut_issues (
    bulletin_id text    NOT NULL REFERENCES bulletin_cuts (bulletin_id),
    issue_id    text    NOT NULL,
    number      integer NOT NULL CHECK (number >= 1),
    hash        text    NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
    PRIMARY KEY (bulletin_id, issue_id),
    FOREIGN KEY (issue_id, number) REFERENCES issue_facts (issue_id, number)
);

CREATE TABLE bulletin_figures (
    bulletin_id text    NOT NULL REFERENCES bulletin_cuts (bulletin_id),
    figure      text    NOT NULL,
    place       integer NOT NULL,
    count       integer NOT NULL CHECK (count >= 0),
    -- Of how many it is a share; nothing for a plain count.
    of          integer CHECK (of >= 0),
    issues      text[]  NOT NULL,
    among       text[],
    PRIMARY KEY (bulletin_id, figure),
    CHECK ((of IS NULL) = (among IS NULL))
);

CREATE TABLE bulletin_facts (
    bulletin_id text        NOT NULL,
    number      integer     NOT NULL CHECK (number >= 1),
    kind        text        NOT NULL,
    at          timestamptz NOT NULL,
    said_at     timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    body        json        NOT NULL,
    hash        text        NOT NULL CHECK (hash ~ '^[0-9a-f]{64}$'),
    PRIMARY KEY (bulletin_id, number)
);

CREATE TABLE bulletin_numbers (
    bulletin_id     text        PRIMARY KEY REFERENCES bulletin_cuts (bulletin_id),
    issuer          text        NOT NULL,
    year            integer     NOT NULL,
    sequence        integer     NOT NULL CHECK (sequence >= 1),
    document_number text        NOT NULL UNIQUE,
    drawn_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (issuer, year, sequence)
);

DO $$
DECLARE
    kept text;
BEGIN
    FOREACH kept IN ARRAY ARRAY[
        'bulletin_cuts', 'bulletin_cut_issues', 'bulletin_figures', 'bulletin_facts', 'bulletin_numbers'
    ] LOOP
        EXECUTE format(
            'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
             FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', kept
        );
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER append_only', kept);
    END LOOP;
END
$$;

-- The read model: how each bulletin stands.
CREATE TABLE bulletins (
    bulletin_id     text        PRIMARY KEY,
    number          integer     NOT NULL,
    tail            text        NOT NULL,
    kind            text        NOT NULL,
    state           text        NOT NULL,
    title           text        NOT NULL,
    issuer          text        NOT NULL,
    division        text        NOT NULL,
    period_first    date        NOT NULL,
    period_last     date        NOT NULL,
    waits_for       text,
    next_mark_at    timestamptz,
    document_number text,
    drafted_at      timestamptz NOT NULL,
    issued_at       timestamptz,
    updated_at      timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX bulletins_of_a_division ON bulletins (division text_pattern_ops, drafted_at);

-- Which facts of issues are entered in which bulletin: a fact in one at a time.
CREATE TABLE bulletin_entries (
    issue_id    text        NOT NULL,
    number      integer     NOT NULL,
    bulletin_id text        NOT NULL REFERENCES bulletin_cuts (bulletin_id),
    left_at     timestamptz,
    -- Set once the bulletin has heard that the lapse behind it was taken back.
    is_told     boolean     NOT NULL DEFAULT false,
    PRIMARY KEY (bulletin_id, issue_id, number),
    FOREIGN KEY (issue_id, number) REFERENCES documents (issue_id, number)
);

CREATE UNIQUE INDEX bulletin_entries_once ON bulletin_entries (issue_id, number) WHERE left_at IS NULL;

-- A bulletin's draft is not signed by itself any more: it is entered in a bulletin.
ALTER TABLE documents DROP CONSTRAINT documents_state_check;
ALTER TABLE documents ADD CONSTRAINT documents_state_check
    CHECK (state IN ('draft', 'signed', 'withdrawn', 'entered'));
