#!/bin/sh
# 建立或升级 Temporal 表结构: run before each new server version; a second run changes nothing.
# SQL_PASSWORD is read by the tool itself.
set -eu

bring_up_to_date() { # database, folder of its versions
  tool="temporal-sql-tool --plugin postgres12 --ep postgres -p 5432 -u temporal --db $1"
  $tool setup-schema -v 0.0
  $tool update-schema -d "/etc/temporal/schema/postgresql/v12/$2/versioned"
}

bring_up_to_date temporal temporal
bring_up_to_date temporal_visibility visibility
