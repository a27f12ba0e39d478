#!/usr/bin/env bash
# Before and after a change: the database of database-fsync.sh, with all rows in one transaction. See before-after.md. Needs root, or sudo.
set -euo pipefail
source "$(dirname "$0")/../scripts/example.sh"
bash "$here/examples/database-fsync.sh" "$out" database-fsync
bash "$here/examples/database-fsync.sh" "$out" database-one-transaction
ior_flame diff --gone --weight duration "$out/database-fsync.folded" "$out/database-one-transaction.folded" \
	-o "$out/before-after.html" -o "$out/before-after.svg" -o "$out/before-after.folded"
