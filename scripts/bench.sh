#!/usr/bin/env bash
# `npm run bench -- NAME [arguments]` runs bench/NAME.ts; without a name it tells which there are.
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:-}
if [ -z "$name" ] || [ ! -e "bench/$name.ts" ]; then
	echo "usage: npm run bench -- NAME [arguments]" >&2
	for file in bench/*.ts; do
		echo "  $(basename "$file" .ts): $(sed -n '1s|^// ||p' "$file")" >&2
	done
	exit 2
fi
bash scripts/setup.sh
exec node --import=@tapjs/typescript/import "bench/$name.ts" "${@:2}"
