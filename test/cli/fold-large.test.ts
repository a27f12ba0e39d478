// Much text is read by another thread: the same comes of it.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { CLI, COMMAND_LINE, directory } from '../kernel/trace.ts';

const STRACE = fileURLToPath(new URL('../text/strace-6.1/everything.txt', import.meta.url));

function fold(args: readonly string[], input: Buffer | string = '') {
  const [file, ...rest] = [...COMMAND_LINE, 'fold', ...args];
  return spawnSync(file as string, rest, { input, encoding: 'utf8', maxBuffer: 1 << 27 });
}

t.test(
  'much text is read by another thread, with the same result',
  { skip: existsSync(CLI) ? false : 'dist/ is not built: npm run build' },
  async (t) => {
    const folder = directory(t);
    const lines = readFileSync(STRACE);
    const times = Math.ceil((65 << 20) / lines.length);
    const big = Buffer.concat([...new Array<Buffer>(times).fill(lines), Buffer.from('not a line of strace\n')]);
    const file = join(folder, 'big.txt');
    writeFileSync(file, big);
    const options = ['--json', '--type', 'all', '--fields', 'comm,pid,tid,path,syscall,errno,flags'];
    const apart = fold([...options, file]);
    const here = fold(options, big);
    t.equal(apart.status, 0);
    t.equal(apart.stdout, here.stdout);
    t.equal(apart.stderr.replaceAll(file, 'stdin').replaceAll('big.txt', 'stdin'), here.stderr);
    t.match(apart.stderr, '"ignored":1,');

    writeFileSync(file, Buffer.alloc(65 << 20, 'nothing that anybody knows\n'));
    const { status, stdout, stderr } = fold(['-q', file]);
    t.equal(status, 1);
    t.equal(stdout, '');
    t.match(stderr, /^ior-flame: .*big\.txt:1: no line is understood, expected .*: "nothing that anybody knows"\n$/);
  },
);
