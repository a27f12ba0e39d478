#!/usr/bin/env bash
# A test suite that opens thousands of small files. See many-small-files.md. Needs root, or sudo.
set -euo pipefail
source "$(dirname "$0")/../scripts/example.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
mkdir -p fixtures node_modules
for i in $(seq 2000); do echo "{\"case\": $i}" >"fixtures/$i.json"; done
cat >suite.js <<'SUITE'
// 2,000 cases; each looks for its configuration in four places and reads its fixture and the list of all fixtures
const fs = require('node:fs');
let sum = 0;
for (let i = 1; i <= 2000; i++) {
  for (const name of ['.suiterc', '.suiterc.json', '.suiterc.js', 'suite.config.js']) fs.existsSync(`node_modules/${name}`);
  sum += JSON.parse(fs.readFileSync(`fixtures/${i}.json`, 'utf8')).case;
  if (fs.readdirSync('fixtures').length !== 2000) throw new Error('a fixture is missing');
}
console.log(`2000 cases passed (${sum})`);
SUITE
ior_flame -o "$out/many-small-files.html" -o "$out/many-small-files.svg" -o "$out/many-small-files.folded" -- node suite.js
