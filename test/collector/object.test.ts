// The BPF objects that are committed: they are what their sources give, they are small, and they tell nothing of the
// machine that they were built on.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { directory } from '../kernel/trace.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OBJECTS = ['ior.x86_64.o', 'ior-untyped.x86_64.o', 'stream.x86_64.o'] as const;
const read = (object: string) => readFileSync(join(ROOT, 'bpf', object));
const TOOLS = ['clang-19', 'llvm-strip-19', 'bpftool'] as const;
/** Another compiler makes other code of the same source. */
const BUILT_WITH = { 'clang-19': /clang version (19\.1\.7)\b/, bpftool: /bpftool (v7\.[0-9.]+)/ } as const;

function versionOf(tool: string): string {
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` };
  const { stdout, error } = spawnSync(tool, [tool === 'bpftool' ? 'version' : '--version'], { encoding: 'utf8', env });
  return error === undefined ? stdout : '';
}

function whyNot(): string | false {
  const missing = TOOLS.find((tool) => versionOf(tool) === '');
  if (missing !== undefined) return `${missing} is not installed`;
  if (!existsSync('/usr/include/bpf/bpf_helpers.h')) return 'libbpf-dev is not installed';
  for (const [tool, version] of Object.entries(BUILT_WITH)) {
    const found = versionOf(tool);
    if (!version.test(found)) return `the object was built with another ${tool} than ${found.split('\n')[0]}`;
  }
  return false;
}

t.test(
  'the committed objects are what the sources give, byte for byte',
  { skip: whyNot(), timeout: 60_000 },
  async (t) => {
    const built = directory(t);
    const { status, stderr } = spawnSync('bash', [join(ROOT, 'scripts/build-bpf.sh'), '--to', built], {
      encoding: 'utf8',
    });
    t.equal(status, 0, stderr);
    for (const object of OBJECTS) {
      const equal = readFileSync(join(built, object)).equals(read(object));
      t.ok(equal, `bpf/${object} is up to date: npm run build:bpf`);
    }
  },
);

t.test('each is an eBPF object of less than 64 KiB', async (t) => {
  for (const name of OBJECTS) {
    const object = read(name);
    t.equal(object.toString('latin1', 0, 4), '\x7fELF');
    t.equal(object.readUInt16LE(16), 1, 'relocatable');
    t.equal(object.readUInt16LE(18), 247, 'EM_BPF');
    t.ok(object.length < 65_536, `${name}: ${object.length} bytes`);
  }
});

t.test('no path of the machine they were built on stands in them', async (t) => {
  const texts = OBJECTS.flatMap(
    (object) =>
      read(object)
        .toString('latin1')
        .match(/[\x20-\x7e]{4,}/g) ?? [],
  );
  t.ok(
    texts.some((text) => text.includes('tp_btf/sys_enter')),
    'texts are seen',
  );
  t.strictSame(
    texts.filter((text) => /(?:^|[^\w.])\/(?:home|root|tmp|usr|var|work|opt|build|src|mnt|srv|Users)\b/.test(text)),
    [],
  );
  t.strictSame(
    texts.filter((text) => /^\/\w+\/./.test(text)),
    [],
    'nor any other absolute path',
  );
});
