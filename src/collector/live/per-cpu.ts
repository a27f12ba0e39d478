// Elements of per-CPU maps, whose fields are all u64. In: a map's descriptor. Out: numbers, for each CPU or added up.

import { KernelError } from '../../model/errors.ts';
import { errnoName, loadLibbpf } from './native.ts';
import { readU64 } from './read-cells.ts';

/** The fields of element `key`, `size` bytes long, for each possible CPU. Throws a KernelError. */
export function perCpu(fd: number, key: number, size: number): readonly Float64Array[] {
  const libbpf = loadLibbpf();
  const cpus = Number(libbpf.libbpf_num_possible_cpus());
  const values = new DataView(new ArrayBuffer(size * cpus));
  const result = Number(libbpf.bpf_map_lookup_elem(fd, Uint32Array.of(key), values));
  if (result < 0) throw new KernelError(`cannot read a map of counters (${errnoName(result)})`, { exitCode: 1 });
  return Array.from({ length: cpus }, (_, cpu) =>
    Float64Array.from({ length: size / 8 }, (_, field) => readU64(values, cpu * size + field * 8)),
  );
}

/** The same added up; of field `max` the largest. */
export function sumOverCpus(fd: number, key: number, size: number, max = -1): Float64Array {
  const sums = new Float64Array(size / 8);
  for (const fields of perCpu(fd, key, size)) {
    for (let field = 0; field < sums.length; field++) {
      const [sum, value] = [sums[field] as number, fields[field] as number];
      sums[field] = field === max ? Math.max(sum, value) : sum + value;
    }
  }
  return sums;
}
