// What the tests of the command line share about its artifacts: are they valid, and what stands in them.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Test } from 'tap';
import { directory, type Run } from './trace.ts';

/** Lines of folded text by their stacks; fails the test when one is none. */
export function stacks(t: Test, folded: string): Map<string, number> {
  const found = new Map<string, number>();
  for (const line of folded.split('\n').slice(0, -1)) {
    const [, stack, count] = /^([^ ].*) (\d+)$/.exec(line) ?? [];
    if (stack === undefined || found.has(stack)) t.fail(`a folded line: ${line}`);
    else found.set(stack, Number(count));
  }
  t.ok(folded === '' || folded.endsWith('\n'), 'the last line is complete');
  return found;
}

/** The stacks in which `part` occurs, as `stack count`. */
export function having(stacks: ReadonlyMap<string, number>, part: string): string[] {
  return [...stacks].filter(([stack]) => stack.includes(part)).map(([stack, count]) => `${stack} ${count}`);
}

export function isPicture(t: Test, svg: string, message = 'a picture'): void {
  const { status, stderr } = spawnSync('xmllint', ['--noout', '-'], {
    input: svg,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  t.equal(status, 0, `${message}: ${stderr.slice(0, 300)}`);
  t.match(svg, /<\/svg>\n?$/);
}

/** A directory with a file `in` of 3584 bytes, and the frames that lead to it. */
export function prepared(t: Test): { readonly dir: string; readonly frames: string } {
  const dir = directory(t);
  writeFileSync(join(dir, 'in'), Buffer.alloc(3584, 'x'));
  return { dir, frames: `/tmp;/${basename(dir)}` };
}

export interface JsonSummary {
  readonly metadata: { readonly lengthNs: number; readonly filters: readonly string[] };
  readonly syscalls: number;
  readonly syscallsAfterFilters: number;
  readonly leftOut: readonly { readonly type: string; readonly calls: number }[];
  readonly filteredOut: { readonly calls: number; readonly durationNs: number };
  readonly losses: readonly { readonly name: string; readonly count: number | null; readonly meaning: string }[];
  readonly processesAlive: number;
}

export function jsonOf({ stderr }: Run): JsonSummary & Readonly<Record<string, unknown>> {
  return JSON.parse(stderr) as JsonSummary & Readonly<Record<string, unknown>>;
}
