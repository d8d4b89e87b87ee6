#!/bin/sh
# 首次启动建库: roles and databases, made once, when the volume is empty.
# Temporal and the journal do not see each other, and none of the roles can make databases or roles. river owns the
# journal and migrates it; the programs are river_service; river_seal alone reads sealed reporters.
set -eu

psql --no-psqlrc --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\getenv temporal_password TEMPORAL_POSTGRES_PASSWORD
\getenv journal_password JOURNAL_POSTGRES_PASSWORD
\getenv service_password SERVICE_POSTGRES_PASSWORD
\getenv seal_password SEAL_POSTGRES_PASSWORD

CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE ROLE river LOGIN PASSWORD :'journal_password';
CREATE ROLE river_service LOGIN PASSWORD :'service_password';
CREATE ROLE river_seal LOGIN PASSWORD :'seal_password';

CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE DATABASE river OWNER river;

REVOKE CONNECT ON DATABASE postgres, temporal, temporal_visibility, river FROM PUBLIC;
GRANT CONNECT ON DATABASE river TO river_service, river_seal;

-- Temporal's visibility schema wants it and its role may not make it.
\connect temporal_visibility
CREATE EXTENSION IF NOT EXISTS btree_gin;
SQL
