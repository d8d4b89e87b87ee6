-- Who set which stuck issue right, why, with whose approval, and how far it came: asked, approved, begun, done; never unsaid.
CREATE TABLE repairs (
    id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    what     text        NOT NULL CHECK (what IN ('wake', 'reset', 'retry', 'redeliver', 'skip', 'settle')),
    -- What else was asked for: to which fact, which effect; as the command line names it.
    options  json        NOT NULL,
    -- Frozen when it was asked for: what a query finds later is not repaired by it.
    issues   text[]      NOT NULL CHECK (cardinality(issues) > 0),
    reason   text        NOT NULL,
    ticket   text        NOT NULL,
    -- A code, never a name.
    asked_by text        NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON repairs
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE repairs ENABLE ALWAYS TRIGGER append_only;

CREATE TABLE repair_steps (
    number   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repair   bigint      NOT NULL REFERENCES repairs (id),
    -- None for an approval, which is for all of them.
    issue_id text,
    -- skipped: when it came to it, the issue was not stuck that way any more.
    step     text        NOT NULL CHECK (step IN ('approved', 'begun', 'done', 'skipped', 'failed')),
    by       text        NOT NULL,
    at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    outcome  json        NOT NULL DEFAULT '{}',
    CHECK ((step = 'approved') = (issue_id IS NULL))
);

CREATE INDEX repair_steps_of ON repair_steps (repair, issue_id, number);
-- Whoever approved first has approved it.
CREATE UNIQUE INDEX repair_approved ON repair_steps (repair) WHERE step = 'approved';

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON repair_steps
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE repair_steps ENABLE ALWAYS TRIGGER append_only;

-- skipped: an operator gave up on it, by name and with a reason; what waits behind it goes on.
ALTER TABLE effects DROP CONSTRAINT effects_state_check;
ALTER TABLE effects ADD CONSTRAINT effects_state_check
    CHECK (state IN ('unsigned', 'queued', 'delivered', 'undeliverable', 'countermanded', 'skipped')) NOT VALID;
ALTER TABLE effects VALIDATE CONSTRAINT effects_state_check;
