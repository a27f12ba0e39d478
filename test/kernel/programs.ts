// The C programs that the kernel tests trace, compiled once for each state of their sources and kept in node_modules/.cache:
// the kernels of `npm run test:kernels` get them from there and need not compile under emulation.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/ior-flame-programs/', import.meta.url));
const FLAGS = ['-O1', '-Wall', '-Werror', '-pthread'];

const found = new Map<string, string>();

/** test/kernel/NAME.c, or all that lies in the directory test/kernel/NAME. Returns the path of the program. */
export function compile(name: string): string {
  let program = found.get(name);
  if (program === undefined) {
    program = compiled(name);
    found.set(name, program);
  }
  return program;
}

/** Names for compile(). */
export function programs(): string[] {
  const ofOneFile = readdirSync(HERE).filter((file) => file.endsWith('.c'));
  return ['scenarios', ...ofOneFile.map((file) => file.slice(0, -2))];
}

function compiled(name: string): string {
  const folder = join(HERE, name);
  const isFolder = existsSync(folder);
  const flags = isFolder ? ['-D_GNU_SOURCE', ...FLAGS] : FLAGS;
  const names = isFolder ? readdirSync(folder).filter((file) => /\.[ch]$/.test(file)) : [];
  const sources = isFolder ? names.map((file) => join(folder, file)) : [`${folder}.c`];
  const hash = createHash('sha256').update(flags.join(' '));
  for (const source of sources) hash.update(readFileSync(source));
  // comm and paths of a trace bear the name of the file
  const place = join(CACHE, hash.digest('hex').slice(0, 16));
  const path = join(place, name);
  if (!existsSync(path)) {
    mkdirSync(place, { recursive: true });
    const fresh = `${path}.${process.pid}`;
    const files = sources.filter((file) => file.endsWith('.c'));
    execFileSync('cc', [...flags, '-o', fresh, ...files]);
    renameSync(fresh, path);
  }
  return path;
}
