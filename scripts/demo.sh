#!/usr/bin/env bash
# `npm run demo`: sets up what is missing, traces a small real workload and leaves demo.svg and demo.folded.
set -euo pipefail
cd "$(dirname "$0")/.."
bash scripts/setup.sh
work=$(mktemp -d "$PWD/.demo.XXXXXX")
trap 'rm -rf "$work"' EXIT
trace=("$(command -v node)" dist/cli/main.js -o demo.svg -o demo.folded --title 'ior-flame demo: I/O by time' --)
if [ "$(id -u)" != 0 ]; then
	echo "demo: tracing needs root, so this runs under sudo" >&2
	trace=(sudo "${trace[@]}")
fi
"${trace[@]}" bash scripts/demo-workload.sh "$work"
echo "Now open demo.svg in a browser: wide frames are where the time went, from the program at the bottom over the directories to the system call at the top; click to zoom, Ctrl-F to search."
