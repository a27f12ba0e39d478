// The BPF object that is committed: it is what its source gives, it is small, and it tells nothing of the machine that
// it was built on.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { directory } from '../kernel/trace.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const OBJECT = join(ROOT, 'bpf/ior.x86_64.o');
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
  'the committed object is what the source gives, byte for byte',
  { skip: whyNot(), timeout: 60_000 },
  async (t) => {
    const built = join(directory(t), 'built.o');
    const { status, stderr } = spawnSync('bash', [join(ROOT, 'scripts/build-bpf.sh'), '--to', built], {
      encoding: 'utf8',
    });
    t.equal(status, 0, stderr);
    const equal = readFileSync(built).equals(readFileSync(OBJECT));
    t.ok(equal, 'bpf/ior.x86_64.o is up to date: npm run build:bpf');
  },
);

t.test('it is an eBPF object of less than 64 KiB', async (t) => {
  const object = readFileSync(OBJECT);
  t.equal(object.toString('latin1', 0, 4), '\x7fELF');
  t.equal(object.readUInt16LE(16), 1, 'relocatable');
  t.equal(object.readUInt16LE(18), 247, 'EM_BPF');
  t.ok(object.length < 65_536, `${object.length} bytes`);
});

t.test('no path of the machine it was built on stands in it', async (t) => {
  const texts =
    readFileSync(OBJECT)
      .toString('latin1')
      .match(/[\x20-\x7e]{4,}/g) ?? [];
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
