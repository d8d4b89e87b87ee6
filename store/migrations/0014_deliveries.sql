-- What lies in an inbox must reach a person: who was pushed what by which channel, what came of it, who signed for it.
ALTER TABLE inbox
    -- By what one line is named outside: short, and the order in which lines came in.
    ADD COLUMN line      bigint  GENERATED ALWAYS AS IDENTITY UNIQUE,
    -- Who read it first: a code, never a name.
    ADD COLUMN read_by   text,
    -- Whether the persons behind the post were found; what lay here before is not pushed years later.
    ADD COLUMN is_routed boolean NOT NULL DEFAULT true;
ALTER TABLE inbox ALTER COLUMN is_routed SET DEFAULT false;

CREATE INDEX inbox_to_route ON inbox (line) WHERE NOT is_routed;
CREATE INDEX inbox_newest ON inbox (addressee, line DESC);

CREATE SEQUENCE push_numbers;

-- One push makes a telephone ring once, for one line or for many.
CREATE TABLE pushes (
    -- Made of what it carries, to whom and how: the same push again has the same id, also for who receives it.
    id          text        PRIMARY KEY CHECK (id ~ '^[0-9a-f]{32}$'),
    person      text        NOT NULL,
    -- None in the sandbox, for who has no channel.
    channel     text        CHECK (channel IN ('wecom', 'dingtalk', 'feishu', 'sms', 'email')),
    kind        text        NOT NULL CHECK (kind IN ('urgent', 'ordinary', 'digest')),
    lines       bigint[]    NOT NULL CHECK (cardinality(lines) > 0),
    -- Pushes of one issue to one person go out one after the other.
    about       text[]      NOT NULL,
    made_at     timestamptz NOT NULL,
    -- The day in China whose budget it uses.
    made_on     date        NOT NULL,
    state       text        NOT NULL CHECK (state IN ('queued', 'sent', 'delivered', 'failed', 'sandbox')),
    attempts    integer     NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL DEFAULT now(),
    answered_at timestamptz,
    last_error  text,
    -- Its place in the order: the next channel takes it over.
    number      bigint      NOT NULL DEFAULT nextval('push_numbers')
);

CREATE INDEX pushes_due ON pushes (channel, next_try_at) WHERE state = 'queued';
CREATE INDEX pushes_in_order ON pushes (person, number) WHERE state = 'queued';
CREATE INDEX pushes_of_a_day ON pushes (made_on, person);

CREATE TABLE deliveries (
    line       bigint      NOT NULL REFERENCES inbox (line),
    person     text        NOT NULL,
    capacity   text        NOT NULL,
    urgency    text        NOT NULL CHECK (urgency IN ('urgent', 'ordinary', 'routine')),
    -- sent: a relay took it; delivered: who carries it says it is there; read: signed for.
    state      text        NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'sent', 'delivered', 'read', 'failed', 'sandbox')),
    push       text        REFERENCES pushes (id),
    since      timestamptz NOT NULL,
    plan_at    timestamptz NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    last_error text,
    PRIMARY KEY (line, person)
);

CREATE INDEX deliveries_to_plan ON deliveries (plan_at, person) WHERE state = 'queued' AND push IS NULL;
CREATE INDEX deliveries_of_a_push ON deliveries (push) WHERE push IS NOT NULL;

-- 签收: per person; the first of each stays.
CREATE TABLE receipts (
    line    bigint      NOT NULL REFERENCES inbox (line),
    subject text        NOT NULL,
    at      timestamptz NOT NULL,
    PRIMARY KEY (line, subject)
);

-- What no machine can set right: an operator is told once, for as long as nobody has settled it.
CREATE TABLE alarms (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text        NOT NULL,
    subject    text        NOT NULL,
    text       text        NOT NULL,
    times      integer     NOT NULL DEFAULT 1,
    raised_at  timestamptz NOT NULL DEFAULT now(),
    last_at    timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz,
    settled_by text,
    CHECK ((settled_at IS NULL) = (settled_by IS NULL))
);

CREATE UNIQUE INDEX alarms_open ON alarms (kind, subject) WHERE settled_at IS NULL;
