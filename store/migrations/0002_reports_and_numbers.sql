-- A report is one report however often it is sent: its text lives only here, its issue number is drawn once.
CREATE TABLE reports (
    report_id   text        PRIMARY KEY,
    -- No CHECK here: a failing one would print the row, and with it a reporter's words.
    body        json        NOT NULL,
    received_at timestamptz NOT NULL,
    source_file text
);

CREATE TABLE number_counters (
    county text    NOT NULL CHECK (county ~ '^[0-9]{6}$'),
    year   integer NOT NULL CHECK (year BETWEEN 2000 AND 2999),
    last   integer NOT NULL CHECK (last BETWEEN 1 AND 999999),
    PRIMARY KEY (county, year)
);

CREATE TABLE issue_numbers (
    report_id text        PRIMARY KEY REFERENCES reports (report_id),
    county    text        NOT NULL,
    year      integer     NOT NULL,
    running   integer     NOT NULL,
    issue_id  text        NOT NULL UNIQUE,
    bound_at  timestamptz NOT NULL,
    UNIQUE (county, year, running)
);
