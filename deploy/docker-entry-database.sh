#!/bin/sh
# The two roles of PostgreSQL, made once, when the volume of the database is empty.
set -eu
psql -v ON_ERROR_STOP=1 -v owner="$OWNER_PASSWORD" -v app="$APP_PASSWORD" --username "$POSTGRES_USER" <<'SQL'
CREATE ROLE dpa_owner LOGIN CREATEDB PASSWORD :'owner';
CREATE ROLE dpa_app LOGIN NOBYPASSRLS PASSWORD :'app';
CREATE DATABASE dpa_tracker OWNER dpa_owner;
SQL
