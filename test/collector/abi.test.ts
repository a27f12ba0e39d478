// The structs that C and TypeScript share: src/collector/live/abi.ts against bpf/ior.h and bpf/stream.h. The object's own BTF is
// compared when it is loaded; here no kernel is asked.

import { readFileSync } from 'node:fs';
import t from 'tap';
import {
  BY,
  CELL,
  CHECKED,
  CONTROL,
  COUNTERS,
  CWD,
  EVENT,
  EVENT_KIND,
  EXTRA,
  FILE_WORDS,
  KEY,
  KEY_SHORT_SIZE,
  type Layout,
  MAKES,
  NAME,
  NAME_FLAG,
  NAME_KIND,
  NO_FLAGS,
  NO_STRING,
  ROOT,
  ROW,
  SELECT,
  SLOT,
  SLOTS,
  SOCKET,
  STREAM_CHECKED,
  STREAM_COUNTERS,
  STREAM_ROW,
  SYSCALL,
  SYSCALLS,
  TARGETS,
  TYPES,
} from '../../src/collector/live/abi.ts';
import { kernelIsAtLeast } from '../../src/collector/live/preflight.ts';
import { FILE_TYPES, WEIGHTS } from '../../src/model/profile.ts';

const header = (name: string) => readFileSync(new URL(`../../bpf/${name}`, import.meta.url), 'utf8');
const HEADER = header('ior.h') + header('stream.h');

/** All structs, each once: some are in both objects. */
const STRUCTS = [...new Set([...CHECKED, ...STREAM_CHECKED])];

/** Names of the members of a struct or enum of the header, in order; comments do not count. */
function members(kind: 'struct' | 'enum', name: string): string[] {
  const body = new RegExp(`^${kind} ${name} \\{\\n(.*?)^\\};`, 'ms').exec(HEADER)?.[1];
  if (body === undefined) throw new Error(`bpf/*.h have no ${kind} ${name}`);
  return [...body.replaceAll(/\/\*.*?\*\//gs, '').matchAll(/(\w+)(?:\[\w[^\]]*\])?(?: = \d+)?[;,]/g)].map(
    ([, member]) => member as string,
  );
}

function define(name: string): number {
  const value = new RegExp(`^#define ${name} (-?\\w+)`, 'm').exec(HEADER)?.[1];
  if (value === undefined) throw new Error(`bpf/*.h do not define ${name}`);
  return Number(value);
}

const camel = (name: string) => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const fields = ({ offset }: Layout<string>) => Object.keys(offset);

t.test('sizes are those that the header asserts', async (t) => {
  const asserted = new Map<string, number>();
  for (const [, name, sum] of HEADER.matchAll(/_Static_assert\(sizeof\(struct (\w+)\) == ([^,]+), /g)) {
    const terms = (sum as string).split(' + ').map((term) => {
      const factors = term.split(' * ').map((factor) => (/^\d+$/.test(factor) ? Number(factor) : define(factor)));
      return factors.reduce((product, factor) => product * factor, 1);
    });
    asserted.set(
      name as string,
      terms.reduce((total, term) => total + term, 0),
    );
  }
  t.strictSame(new Map(STRUCTS.map(({ name, size }) => [name, size])), asserted);
});

t.test('fields are those of the header, in its order', async (t) => {
  /** Structs within structs that are read as several fields. */
  const several: Readonly<Record<string, readonly string[]>> = {
    'ior_key.file': ['file', 'fileWhat'],
    'ior_name.file': ['file', 'fileWhat'],
    'ior_name.base': ['base', 'baseWhat'],
    'ior_name.root': ['root', 'rootWhat'],
    'ior_unfinished.base': ['base', 'baseWhat'],
    'ior_slot.cell': ['cell', 'cellRest'],
  };
  for (const layout of STRUCTS) {
    const expected = members('struct', layout.name).flatMap(
      (member) => several[`${layout.name}.${member}`] ?? [camel(member)],
    );
    t.strictSame(fields(layout), expected, layout.name);
  }
});

t.test('offsets follow the rules of C', async (t) => {
  t.strictSame(KEY.offset, {
    ...{ file: 0, fileWhat: 8, comm: 16, cpu: 32, nr: 36, type: 38, pad0: 39 },
    ...{ pid: 40, tid: 44, uid: 48, pad1: 52, extra: 56 },
  });
  t.equal(KEY.offset.pid, KEY_SHORT_SIZE);
  t.equal(KEY_SHORT_SIZE, define('IOR_KEY_SHORT'));
  t.strictSame(SYSCALL.offset, {
    ...{ select: 0, flags: 1, fd: 2, path: 3, dirfd: 4, atMost: 5, testArg: 6, message: 7 },
    ...{ noBytes: 8, without: 12 },
  });
  t.strictSame(NAME.offset, {
    ...{ file: 0, fileWhat: 8, base: 16, baseWhat: 24, root: 32, rootWhat: 40 },
    ...{ kind: 48, flags: 52, type: 56, len: 60, magic: 64, mount: 68, data: 72 },
  });
  t.strictSame(SOCKET.offset, { family: 0, type: 2, protocol: 4, peerPort: 6, localPort: 8, passive: 10, peer: 12 });
  t.strictSame(CONTROL.offset, {
    ...{ epoch: 0, tracer: 4, launching: 8, generation: 12, cells: 16, processes: 24 },
    ...{ ns: 32, level: 40, pad: 44 },
  });
  t.strictSame(EVENT.offset, {
    ...{ timeNs: 0, ret: 8, flags: 16, tid: 24, pid: 28, uid: 32, pad: 36 },
    ...{ kind: 40, nr: 42, pathLen: 44, path2Len: 46, comm: 48 },
  });
  t.strictSame(STREAM_ROW.offset, { select: 0, makes: 1, execs: 2, path: 3, path2: 4, made: 5, how: 6, pad: 7 });
  t.strictSame(SLOT.offset, { key: 0, generation: 64, pad: 68, cell: 72, cellRest: 80 });
  t.strictSame(EXTRA.offset, { cgroup: 0, tree: 8, program: 16, flags: 32, error: 36 });
  t.equal(FILE_WORDS * 4, 16, 'struct ior_file');
});

t.test('weights, counters and file types stand in the same order on both sides', async (t) => {
  t.strictSame(fields(CELL).slice(0, WEIGHTS.length), [...WEIGHTS]);
  t.strictSame(members('struct', 'ior_counters').map(camel), [...COUNTERS]);
  t.strictSame(members('struct', 'ior_stream_counters').map(camel), [...STREAM_COUNTERS]);
  const types = members('enum', 'ior_type');
  t.equal(types.pop(), 'IOR_TYPES');
  t.strictSame(
    types.map((type) => type.replace('IOR_', '').toLowerCase().replace('pathname', 'path')),
    [...FILE_TYPES],
  );
  t.ok(TYPES >= FILE_TYPES.length);
  t.match(HEADER, new RegExp(`IOR_TYPES = ${TYPES},`));
  t.equal(SYSCALLS, define('IOR_SYSCALLS'));
  t.equal(SLOTS, define('IOR_SLOTS'));
});

t.test('constants are the same on both sides', async (t) => {
  const kinds = members('enum', 'ior_name_kind').map((kind) => camel(kind.replace('IOR_NAME_', '').toLowerCase()));
  t.match(HEADER, /IOR_NAME_WALK = 1,/);
  t.strictSame(
    Object.entries(NAME_KIND),
    kinds.map((kind, i) => [kind, i + 1]),
  );
  const numbered = (name: string, prefix: string, first: number) =>
    members('enum', name).map((member, i) => [camel(member.replace(prefix, '').toLowerCase()), i + first]);
  t.match(HEADER, /IOR_EVENT_ENTER = 1,/);
  t.strictSame(Object.entries(EVENT_KIND), numbered('ior_event_kind', 'IOR_EVENT_', 1));
  t.strictSame(Object.entries(MAKES), numbered('ior_makes', 'IOR_MAKES_', 0));
  for (const [name, bit] of Object.entries(BY)) t.equal(bit, define(`IOR_BY_${name.toUpperCase()}`), name);
  t.equal(NO_FLAGS, define('IOR_NO_FLAGS'));
  t.equal(TARGETS, define('IOR_TARGETS'));
  t.strictSame([CWD, ROOT, NO_STRING], [define('IOR_CWD'), define('IOR_ROOT'), define('IOR_NO_STRING')]);
  t.strictSame(SELECT, {
    ordinary: define('IOR_SELECT'),
    without: define('IOR_SELECT_WITHOUT'),
    resumed: define('IOR_SELECT_RESUMED'),
  });
  for (const [name, value] of Object.entries(ROW)) t.equal(value, define(`IOR_ROW_${name.toUpperCase()}`), name);
  for (const [name, value] of Object.entries(NAME_FLAG)) t.equal(value, define(`IOR_NAME_${name.toUpperCase()}`), name);
});

t.test('kernelIsAtLeast', async (t) => {
  const cases: readonly (readonly [string, number, number, boolean])[] = [
    ['6.18.44-fc-v657', 5, 15, true],
    ['5.15.0', 5, 15, true],
    ['5.15', 5, 15, true],
    ['5.14.21-150500.55-default', 5, 15, false],
    ['5.9.0', 5, 15, false],
    ['6.1.0-18-amd64', 5, 15, true],
    ['6.1.0-18-amd64', 6, 2, false],
    ['6.12.48+deb13-amd64', 6, 2, true],
    ['10.0.0', 6, 2, true],
    ['4.18.0-553.el8_10.x86_64', 5, 15, false],
    ['2.6.78', 5, 15, false],
    ['', 5, 15, false],
  ];
  for (const [version, major, minor, expected] of cases) {
    t.equal(kernelIsAtLeast(version, major, minor), expected, `${version} against ${major}.${minor}`);
  }
});
