-- What adds up over many issues: what offices observed, and the measures that were due; neither is ever unsaid.
CREATE TABLE observations (
    kind        text        NOT NULL CHECK (kind IN ('ranked_last', 'section_failed', 'leaked', 'unfit')),
    subject     text        NOT NULL,
    period      text        NOT NULL CHECK (period ~ '^20[0-9]{2}(-(0[1-9]|1[0-2]))?$'),
    source      text        NOT NULL,
    said_by     text        NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (kind, subject, period)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON observations
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE observations ENABLE ALWAYS TRIGGER append_only;

CREATE TABLE measures (
    key         text        PRIMARY KEY,
    trigger     text        NOT NULL,
    subject     text        NOT NULL,
    period      text        NOT NULL,
    -- Because of what, by which rule: the whole of it, as it was decided.
    body        json        NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX measures_of_a_post ON measures (subject, recorded_at);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON measures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE measures ENABLE ALWAYS TRIGGER append_only;
