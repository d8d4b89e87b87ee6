#!/bin/sh
# 首次启动建库: roles and databases, made once, when the volume is empty.
# Temporal and the journal do not see each other, and neither role can make databases or roles.
set -eu

psql --no-psqlrc --set ON_ERROR_STOP=1 --username "${POSTGRES_USER:-postgres}" --dbname postgres <<'SQL'
\getenv temporal_password TEMPORAL_POSTGRES_PASSWORD
\getenv journal_password JOURNAL_POSTGRES_PASSWORD

CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE ROLE river LOGIN PASSWORD :'journal_password';

CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE DATABASE river OWNER river;

REVOKE CONNECT ON DATABASE postgres, temporal, temporal_visibility, river FROM PUBLIC;

-- Temporal's visibility schema wants it and its role may not make it.
\connect temporal_visibility
CREATE EXTENSION IF NOT EXISTS btree_gin;
SQL
