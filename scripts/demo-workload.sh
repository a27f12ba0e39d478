#!/usr/bin/env bash
# The workload of the demo, in the directory given: many small files, a large one, writes that wait for the disk, and a
# search through a tree. Everything it makes lies below that directory.
set -euo pipefail
tree=$PWD
cd "$1"
mkdir small large synced
for i in $(seq 1500); do
	echo "file number $i" >"small/$i.txt"
done
cat small/*.txt >/dev/null
dd if=/dev/zero of=large/sequential.bin bs=1M count=48 status=none
dd if=large/sequential.bin of=/dev/null bs=1M status=none
dd if=/dev/zero of=synced/journal.log bs=4k count=400 oflag=dsync status=none
find "$tree/src" "$tree/test" "$tree/node_modules/typescript" "$tree/node_modules/@tapjs" -type f -size +1k >found.txt
rm -r small
