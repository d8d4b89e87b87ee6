-- Nothing reported is lost: a lead is kept before it is answered for, and every step of it is a row.
CREATE TABLE leads (
    receipt         text        PRIMARY KEY CHECK (receipt ~ '^[0-9]{6}-[0-9A-Z]{8}$'),
    -- With the receipt, what shows that somebody is who reported.
    secret          text        NOT NULL,
    -- Whose key it is: two senders may use the same one.
    sender          text        NOT NULL,
    idempotency_key text        NOT NULL,
    digest          text        NOT NULL,
    -- No CHECK on what was told: a failing one would print it.
    told            json        NOT NULL,
    source          text        NOT NULL,
    -- A token of the sealed table, or nothing for somebody who gave no name.
    reporter        text,
    received_at     timestamptz NOT NULL,
    register_by     timestamptz NOT NULL,
    -- Whose office assesses it: the lowest division above all that it may be.
    division        text        NOT NULL,
    state           text        NOT NULL DEFAULT 'received' CHECK (state IN (
        'received', 'opening', 'attaching', 'parked', 'opened', 'attached', 'refused', 'transferred'
    )),
    place           text,
    reach           text,
    lon             double precision,
    lat             double precision,
    category        text,
    severity        text,
    candidates      json        NOT NULL DEFAULT '[]',
    suggestion      json,
    reason_zh       text,
    reason_en       text,
    decided_by      text,
    decided_at      timestamptz,
    issue_id        text,
    transferred_to  text,
    -- A parked lead whose clock a workflow keeps.
    is_watched      boolean     NOT NULL DEFAULT false,
    attempts        integer     NOT NULL DEFAULT 0,
    next_try_at     timestamptz NOT NULL DEFAULT now(),
    last_error      text,
    UNIQUE (sender, idempotency_key)
);

CREATE INDEX leads_due ON leads (next_try_at)
    WHERE state IN ('received', 'opening', 'attaching') OR (state = 'parked' AND NOT is_watched);
CREATE INDEX leads_parked ON leads (division text_pattern_ops, register_by) WHERE state = 'parked';
CREATE INDEX leads_of_a_kind ON leads (category, reach) WHERE state IN ('opening', 'opened');
CREATE INDEX leads_of_an_issue ON leads (issue_id) WHERE issue_id IS NOT NULL;

CREATE TABLE lead_steps (
    receipt   text        NOT NULL REFERENCES leads (receipt),
    number    bigint      GENERATED ALWAYS AS IDENTITY,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    state     text        NOT NULL,
    by        text        NOT NULL,
    reason_zh text,
    reason_en text,
    PRIMARY KEY (receipt, number)
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON lead_steps
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE lead_steps ENABLE ALWAYS TRIGGER append_only;

-- What a reporter says of how it ended.
CREATE TABLE lead_answers (
    receipt     text        PRIMARY KEY REFERENCES leads (receipt),
    answer      text        NOT NULL CHECK (answer IN ('satisfied', 'fair', 'unsatisfied')),
    answered_at timestamptz NOT NULL DEFAULT now()
);
