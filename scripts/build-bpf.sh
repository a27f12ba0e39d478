#!/usr/bin/env bash
# Builds the CO-RE objects bpf/ior.x86_64.o, bpf/ior-untyped.x86_64.o (the same for kernels before 6.2) and bpf/stream.x86_64.o: they
# are committed, so that users need no compiler.
# -Oz is as fast as -O2 here, and smaller by 1 KB.
# Needs clang-19 and llvm-19 (llvm-strip, llvm-objcopy), libbpf-dev (headers) and bpftool. `--to DIRECTORY` writes them elsewhere.
set -euo pipefail
cd "$(dirname "$0")/.."
to=bpf
[ "${1:-}" = --to ] && to=$2
for tool in clang-19 llvm-strip-19 llvm-objcopy-19 bpftool; do
	PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || {
		echo "build-bpf: $tool is missing: apt-get install clang-19 llvm-19 libbpf-dev bpftool" >&2
		exit 1
	}
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags=(-g -Oz -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 -I/usr/include/x86_64-linux-gnu)
for name in ior ior-untyped stream; do
	source=bpf/${name%-untyped}.bpf.c
	variant=()
	[ "$name" = ior-untyped ] && variant=(-DIOR_UNTYPED)
	clang-19 "${flags[@]}" "${variant[@]}" -Wall -Werror -fsyntax-only "$source"
	# Preprocessed first: clang then cannot put the text of each source line, nor any path of this machine, into the
	# BTF. That is a fifth of the object.
	clang-19 "${flags[@]}" "${variant[@]}" -E -P "$source" |
		clang-19 "${flags[@]}" -fdebug-compilation-dir=. -w -x c -c - -o "$work/$name.o"
	llvm-strip-19 -g "$work/$name.o"
	# bpftool's linker drops what only a linker needs: relocations of .BTF and .BTF.ext, a quarter of the object
	PATH=$PATH:/usr/sbin bpftool gen object "$work/$name.linked.o" "$work/$name.o"
	ext=.BTF.ext
	llvm-objcopy-19 --dump-section "$ext=$work/$name.ext" "$work/$name.linked.o"
	node scripts/strip-line-info.mjs "$work/$name.ext"
	llvm-objcopy-19 --update-section "$ext=$work/$name.ext" "$work/$name.linked.o" "$to/$name.x86_64.o"
done
