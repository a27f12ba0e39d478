// How often the kernel skipped a run of a program because another was running on the CPU already: such a call was seen by
// nobody. In: loaded programs. Out: the sum over them, or undefined where the kernel does not tell (before Linux 5.12,
// commit 9ed9e9ba2337).

import { type Libbpf, loadLibbpf, type Pointer } from './native.ts';

/** struct bpf_prog_info of linux/bpf.h: its length up to where we read, and where recursion_misses lies. */
export const PROGRAM_INFO = { size: 216, recursionMisses: 208 } as const;

/** To be asked for while the programs are loaded; they may be detached. */
export function skippedRuns(programs: readonly Pointer[]): number | undefined {
  const libbpf = loadLibbpf();
  let sum = 0;
  for (const program of programs) {
    const misses = missesOf(libbpf, Number(libbpf.bpf_program__fd(program)));
    if (misses === undefined) return undefined;
    sum += misses;
  }
  return sum;
}

function missesOf(libbpf: Libbpf, fd: number): number | undefined {
  const info = new DataView(new ArrayBuffer(PROGRAM_INFO.size));
  const length = Uint32Array.of(info.byteLength);
  if (Number(libbpf.bpf_obj_get_info_by_fd(fd, info, length)) < 0) return undefined;
  // an older kernel fills in less and says so
  return (length[0] as number) < info.byteLength
    ? undefined
    : Number(info.getBigUint64(PROGRAM_INFO.recursionMisses, true));
}
