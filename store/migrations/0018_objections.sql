-- Who is named by a bulletin, an interview or a referral may object; what was said and decided is never unsaid.
CREATE TABLE objections (
    issue_id    text        NOT NULL,
    number      integer     NOT NULL,
    by          text        NOT NULL,
    body        json        NOT NULL,
    decide_by   timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (issue_id, number, by),
    FOREIGN KEY (issue_id, number) REFERENCES issue_facts (issue_id, number)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON objections
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE objections ENABLE ALWAYS TRIGGER append_only;

CREATE TABLE objection_decisions (
    issue_id    text        NOT NULL,
    number      integer     NOT NULL,
    by          text        NOT NULL,
    body        json        NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (issue_id, number, by),
    FOREIGN KEY (issue_id, number, by) REFERENCES objections (issue_id, number, by)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON objection_decisions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE objection_decisions ENABLE ALWAYS TRIGGER append_only;
