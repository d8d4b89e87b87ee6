-- Who reports is sealed before the report is kept: where that fails, or somebody else kept it first, nobody needs him.
GRANT USAGE, CREATE ON SCHEMA sealed TO CURRENT_USER;

-- As the owner, for no role of the programs sees both tables; of the sealed one it reads neither key nor ciphertext.
CREATE FUNCTION sealed.forget_unclaimed() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
    WITH forgotten AS (
        DELETE FROM sealed.reporters
        WHERE sealed_at < now() - interval '1 hour'
            AND NOT EXISTS (SELECT FROM public.leads WHERE leads.reporter = reporters.token)
        RETURNING token
    )
    SELECT count(*) FROM forgotten;
$$;

CREATE INDEX leads_by_reporter ON leads (reporter) WHERE reporter IS NOT NULL;

REVOKE ALL ON FUNCTION sealed.forget_unclaimed FROM PUBLIC;
GRANT EXECUTE ON FUNCTION sealed.forget_unclaimed TO river_seal;
-- The function acts by these rights, and by the schema's usage, which therefore stays.
GRANT SELECT (token, sealed_at), DELETE ON sealed.reporters TO CURRENT_USER;
REVOKE CREATE ON SCHEMA sealed FROM CURRENT_USER;
