#!/usr/bin/env bash
# A database that waits for its disk: one transaction a row. See database-fsync.md. Needs root, or sudo, and sqlite3 or Python 3.
set -euo pipefail
source "$(dirname "$0")/../scripts/example.sh"
work=/var/tmp/ior-flame-shop # the same path every time, so that runs compare; not on tmpfs: there fsync costs nothing
mkdir "$work"
trap 'rm -rf "$work"' EXIT
cd "$work"
name=${2:-database-fsync}
if [ "$name" = database-fsync ]; then begin='' commit=''; else begin='begin;' commit='commit;'; fi
{
	echo 'create table orders (id integer primary key, item text);'
	echo "$begin"
	for i in $(seq 300); do echo "insert into orders (item) values ('item $i');"; done
	echo "$commit"
} >orders.sql
if command -v sqlite3 >/dev/null; then
	load=(sqlite3 shop.db '.read orders.sql')
else
	load=(python3 -c 'import sqlite3
db = sqlite3.connect("shop.db", isolation_level=None)
for line in open("orders.sql"):
    if line.strip(): db.execute(line)')
fi
ior_flame -o "$out/$name.html" -o "$out/$name.svg" -o "$out/$name.folded" -- "${load[@]}"
