// Where the kernel says how many runs of a program it skipped: our offset is compared with the kernel's own BTF.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import t from 'tap';
import { PROGRAM_INFO } from '../../src/collector/live/skipped-runs.ts';

const BTF = '/sys/kernel/btf/vmlinux';
const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };

function whyNot(): string | false {
  if (!existsSync(BTF)) return `${BTF} is missing`;
  return spawnSync('bpftool', ['version'], { env }).status !== 0 && 'bpftool is not installed';
}

t.test('25 recursion_misses of struct bpf_prog_info', { skip: whyNot() }, async (t) => {
  const options = { encoding: 'utf8', env, maxBuffer: 1 << 28 } as const;
  const { stdout } = spawnSync('bpftool', ['btf', 'dump', 'file', BTF, 'format', 'raw'], options);
  const fields = stdout.slice(stdout.indexOf("STRUCT 'bpf_prog_info'")).split('\n[')[0] ?? '';
  const bits = Number(/'recursion_misses' type_id=\d+ bits_offset=(\d+)/.exec(fields)?.[1]);
  t.equal(bits / 8, PROGRAM_INFO.recursionMisses);
  t.equal(PROGRAM_INFO.size, PROGRAM_INFO.recursionMisses + 8);
});
