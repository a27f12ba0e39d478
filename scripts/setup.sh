#!/usr/bin/env bash
# Sets up what is missing and says what it does: node modules, libbpf.so.1, the build. Does nothing when nothing is.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { echo "setup: $*" >&2; }

node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' || {
	say "Node $(node --version) is too old: ior-flame needs 20.19 or newer"
	exit 1
}

if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
	say "installing node modules (npm ci)"
	npm ci --no-fund --no-audit --loglevel=error >&2
fi

if ! { PATH=$PATH:/sbin:/usr/sbin ldconfig -p | grep -q 'libbpf\.so\.1 '; }; then
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		say "installing libbpf1 (apt-get install libbpf1)"
		apt-get install -y -qq libbpf1 >/dev/null || { apt-get update -qq && apt-get install -y -qq libbpf1 >/dev/null; }
	else
		say "libbpf.so.1 is missing, and without it nothing can be traced: sudo apt-get install libbpf1"
	fi
fi

if [ ! -e dist/cli/main.js ] || [ -n "$(find src scripts package.json tsconfig.json -newer dist/cli/main.js -print -quit)" ]; then
	say "building (npm run build)"
	npm run --silent build >&2
fi
