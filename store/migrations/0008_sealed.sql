-- Who reports is sealed: ciphertext that one role of its own reaches, and a row for every time it was opened.
CREATE SCHEMA sealed;

-- No foreign key to or from here: whoever checks one would have to be let in.
CREATE TABLE sealed.reporters (
    token     text        PRIMARY KEY CHECK (token ~ '^[A-Za-z0-9_-]{22}$'),
    key_id    text        NOT NULL,
    nonce     bytea       NOT NULL CHECK (length(nonce) = 12),
    cipher    bytea       NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX reporters_by_key ON sealed.reporters (key_id, token);

CREATE TABLE sealed.openings (
    id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token      text        NOT NULL,
    opened_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    by_subject text        NOT NULL,
    by_role    text        NOT NULL,
    purpose    text        NOT NULL CHECK (purpose <> ''),
    ticket     text
);

CREATE INDEX openings_of_a_reporter ON sealed.openings (token, id);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed.openings
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE sealed.openings ENABLE ALWAYS TRIGGER append_only;

-- Roles belong to the whole server, so several databases may come upon them at once. Where the deployment
-- has made them (deploy/init-postgres.sh, machine/postgres.py), they can also log in.
DO $$
DECLARE
    missing text;
BEGIN
    FOREACH missing IN ARRAY ARRAY['river_service', 'river_seal'] LOOP
        CONTINUE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = missing);
        BEGIN
            EXECUTE format('CREATE ROLE %I', missing);
        EXCEPTION
            WHEN duplicate_object OR unique_violation THEN NULL;
            WHEN insufficient_privilege THEN
                RAISE EXCEPTION '缺少数据库角色 %，请见 docs/operating.md“升级”。 '
                    'The role % is missing: see Upgrade in docs/operating.md.', missing, missing;
        END;
    END LOOP;
END
$$;

-- The programs of the service own nothing: they write the records, and cannot take a trigger off them.
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA public TO river_service;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO river_service;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON schema_migrations FROM river_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO river_service;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO river_service;

GRANT USAGE ON SCHEMA sealed TO river_seal;
GRANT SELECT, INSERT ON sealed.reporters, sealed.openings TO river_seal;
GRANT UPDATE (key_id, nonce, cipher) ON sealed.reporters TO river_seal;

-- Last, and from the owner as well: where one role is all that a service has, it does not read by accident. A later
-- migration of these tables first grants itself the schema's usage.
REVOKE ALL ON ALL TABLES IN SCHEMA sealed FROM PUBLIC, river_service, CURRENT_USER;
REVOKE ALL ON SCHEMA sealed FROM PUBLIC, river_service, CURRENT_USER;
