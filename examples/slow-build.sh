#!/usr/bin/env bash
# A build that is slow for a reason that no profiler of CPU time shows. See slow-build.md. Needs root, or sudo.
set -euo pipefail
source "$(dirname "$0")/../scripts/example.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/build.sh" <<'BUILD'
# 200 "object files", each written in small pieces, and after each the log is forced to the disk
for i in $(seq 200); do
	for piece in 1 2 3 4 5; do
		echo "piece $piece of object $i" >>"objects/$i.o"
	done
	dd if=/dev/zero of=build.log bs=64 count=1 oflag=append,dsync conv=notrunc status=none
done
cat objects/*.o >program
BUILD
mkdir "$work/objects"
cd "$work"
ior_flame -o "$out/slow-build.html" -o "$out/slow-build.svg" -o "$out/slow-build.folded" -- bash build.sh
