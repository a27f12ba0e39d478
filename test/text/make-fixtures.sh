#!/usr/bin/env bash
# Makes the fixtures of the strace and perf that are installed here: test/text/strace-VERSION/ and perf-VERSION/. Needs
# root (perf), gcc, strace, perf. Everything runs below /srv/fixture, so that no path of this machine gets in.
# Afterwards: UPDATE_GOLDEN=1 npx tap test/text/goldens.test.ts
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=/srv/fixture
mkdir -p "$work"
gcc -O1 -w -static -pthread -o "$work/workload" "$here/workload.c"
printf 'int main(void) { return 0; }\n' | gcc -static -x c -o "$work/child" -

# The same few variables wherever this runs.
run() { (cd "$work/run" && env -i HOME=/ PATH=/usr/bin:/bin LC_ALL=C.UTF-8 TZ=UTC "$@" </dev/null); }
fresh() { rm -rf "$work/run" && mkdir "$work/run"; }

strace_version=$(strace --version | sed -n '1s/.*version //p')
out=$here/strace-$strace_version
rm -rf "$out" && mkdir -p "$out"
# case, options, parts of the workload
trace() {
	local name=$1 parts=$2
	shift 2
	fresh
	run strace -o "$out/$name.txt" "$@" ../workload "$parts" >/dev/null 2>&1 || true
}
trace everything fnstp -f -yy -Y -T -ttt
trace plain fnstp -f
trace y-tt fnt -f -y -tt
trace t-T sp -f -t -T
trace r p -f -r
trace r-beside-tt p -f -r -tt -n
trace nanoseconds t -f -T --absolute-timestamps=format:unix,precision:ns --syscall-times=ns
trace no-f f
trace x f -x -y
trace xx f -xx -y
trace short-strings f -s 4 -v -y
trace raw f -X raw -y
trace verbose f -X verbose
trace seccomp-bpf fp -f --seccomp-bpf -e trace=%file,%desc,%process
trace stacks p -f -i -e trace=execve,openat -e signal=none
# into the terminal of the program, which writes there too
fresh
run strace -f -y ../workload soptf 2>&1 | cat >"$out/terminal.txt" || true
fresh
run strace -f -T -ttt -q ../workload sopt 2>&1 | cat >"$out/terminal-quiet.txt" || true
# a trace whose end was not written
head -c 9000 "$out/everything.txt" >"$out/cut-off.txt"
for options in "" "-tt" "-ttt -T -yy -Y"; do
	name=ff$(tr -d ' ' <<<"$options")
	fresh
	mkdir "$out/$name"
	# shellcheck disable=SC2086
	run strace -ff $options -o "$out/$name/trace" ../workload stp >/dev/null 2>&1 || true
done

perf_version=$(perf --version | sed 's/.*version //')
out=$here/perf-$perf_version
rm -rf "$out" && mkdir -p "$out"
for options in "" "-T" "-S"; do
	fresh
	# shellcheck disable=SC2086
	run perf trace $options -o "$out/trace$options.txt" ../workload fnstp >/dev/null 2>&1 || true
done
fresh
run perf record -q -e 'raw_syscalls:*' -o "$work/perf.data" ../workload fstp >/dev/null 2>&1 || true
run perf script -i "$work/perf.data" >"$out/script.txt"
run perf script -i "$work/perf.data" -F comm,pid,tid,cpu,time,event,trace --ns 2>/dev/null >"$out/script-pid-tid-ns.txt"
if grep -rlwE "/work|/tmp|$(hostname)" "$here"/strace-"$strace_version" "$here"/perf-"$perf_version"; then
	echo "a fixture names this machine" >&2
	exit 1
fi
find "$here" -name '*.txt' -size +60k | while read -r file; do echo "over 60 KB: $file" >&2; done
rm -rf "$work/run" "$work/perf.data"
