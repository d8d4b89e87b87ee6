-- What goes out goes out once: a ledger of effects, the inboxes they reach, the documents a person signs.
CREATE TABLE posts (
    post    text     PRIMARY KEY,
    name_zh text     NOT NULL,
    level   smallint NOT NULL CHECK (level BETWEEN 1 AND 5),
    holder  text,
    deputy  text
);

CREATE TABLE effects (
    issue_id     text        NOT NULL,
    number       integer     NOT NULL,
    effect       text        NOT NULL CHECK (effect IN ('notice', 'order', 'bulletin', 'countermand')),
    addressee    text        NOT NULL,
    text         text        NOT NULL,
    issuer       text,
    -- unsigned: an order or a bulletin that waits for its signature, and is nobody's to deliver.
    state        text        NOT NULL
        CHECK (state IN ('unsigned', 'queued', 'delivered', 'undeliverable', 'countermanded')),
    attempts     integer     NOT NULL DEFAULT 0,
    next_try_at  timestamptz NOT NULL DEFAULT now(),
    delivered_at timestamptz,
    last_error   text,
    PRIMARY KEY (issue_id, number, effect, addressee),
    FOREIGN KEY (issue_id, number) REFERENCES issue_facts (issue_id, number)
);

CREATE INDEX effects_due ON effects (next_try_at) WHERE state = 'queued';
CREATE INDEX effects_in_order ON effects (issue_id, addressee, number, effect) WHERE state = 'queued';
CREATE INDEX effects_undeliverable ON effects (issue_id) WHERE state = 'undeliverable';

CREATE TABLE inbox (
    addressee   text        NOT NULL,
    holder      text,
    issue_id    text        NOT NULL,
    number      integer     NOT NULL,
    effect      text        NOT NULL,
    text        text        NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    read_at     timestamptz,
    PRIMARY KEY (issue_id, number, effect, addressee)
);

CREATE INDEX inbox_of_a_post ON inbox (addressee, received_at);

CREATE TABLE document_counters (
    issuer text    NOT NULL,
    kind   text    NOT NULL,
    year   integer NOT NULL,
    last   integer NOT NULL CHECK (last >= 1),
    PRIMARY KEY (issuer, kind, year)
);

CREATE TABLE documents (
    issue_id        text        NOT NULL,
    number          integer     NOT NULL,
    kind            text        NOT NULL CHECK (kind IN ('order', 'bulletin')),
    issuer          text        NOT NULL,
    addressees      text[]      NOT NULL,
    text            text        NOT NULL,
    drafted_at      timestamptz NOT NULL,
    state           text        NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'signed', 'withdrawn')),
    signed_by       text,
    signed_at       timestamptz,
    document_number text,
    year            integer,
    sequence        integer,
    PRIMARY KEY (issue_id, number),
    UNIQUE (issuer, kind, year, sequence),
    FOREIGN KEY (issue_id, number) REFERENCES issue_facts (issue_id, number),
    CHECK (
        (state = 'signed') = (signed_by IS NOT NULL)
        AND (state = 'signed') = (signed_at IS NOT NULL)
        AND (state = 'signed') = (document_number IS NOT NULL)
        AND (state = 'signed') = (year IS NOT NULL AND sequence IS NOT NULL)
    )
);

CREATE INDEX documents_drafts ON documents (drafted_at) WHERE state = 'draft';
