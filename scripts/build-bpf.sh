#!/usr/bin/env bash
# Builds bpf/ior.x86_64.o: the CO-RE object that is committed, so that users need no compiler.
# Needs clang-19 and llvm-19 (llvm-strip), libbpf-dev (headers) and bpftool. `--to FILE` writes it elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."
out=bpf/ior.x86_64.o
[ "${1:-}" = --to ] && out=$2
for tool in clang-19 llvm-strip-19 bpftool; do
	PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || {
		echo "build-bpf: $tool is missing: apt-get install clang-19 llvm-19 libbpf-dev bpftool" >&2
		exit 1
	}
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags=(-g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 -I/usr/include/x86_64-linux-gnu)
clang-19 "${flags[@]}" -Wall -Werror -fsyntax-only bpf/ior.bpf.c
# Preprocessed first: clang then cannot put the text of each source line, nor any path of this machine, into the BTF.
# That is a fifth of the object.
clang-19 "${flags[@]}" -E -P bpf/ior.bpf.c | clang-19 "${flags[@]}" -fdebug-compilation-dir=. -w -x c -c - -o "$work/ior.o"
llvm-strip-19 -g "$work/ior.o"
# bpftool's linker drops what only a linker needs: relocations of .BTF and .BTF.ext, a quarter of the object
PATH=$PATH:/usr/sbin bpftool gen object "$work/linked.o" "$work/ior.o"
mv "$work/linked.o" "$out"
