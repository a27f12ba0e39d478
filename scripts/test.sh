#!/usr/bin/env bash
# `npm test`: sets up what is missing and runs all tests; arguments go to tap. Without root the kernel tests are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh
exec npx tap "$@"
