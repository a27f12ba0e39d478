// What an event of `--engine stream` costs in user space: 800,000 records of dd wait in the ring and are then taken out,
// into nothing, as events, and through the pairing engine into cells. Prints ns an event, minimum of the rounds. Beside
// it libbpf's way, a call from C into JavaScript for each record, by as many calls through koffi. Needs root.
//
//   npm run bench -- stream [rounds] [calls]

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { StreamSession } from '../src/collector/live/stream-session.ts';
import { PairingEngine } from '../src/fold/pairing.ts';
import { STATEFUL } from '../src/fold/pairing-effects.ts';
import type { EventSink } from '../src/model/event.ts';
import { Profile } from '../src/model/profile.ts';
import { selectSyscalls } from '../src/syscalls/table.ts';

const rounds = Number(process.argv[2] ?? 5);
const calls = Number(process.argv[3] ?? 400_000);
const selection = selectSyscalls({ families: ['file'], syscalls: [], excludeSyscalls: [] });

const nothing: EventSink = { enter() {}, exit() {}, fork() {}, exec() {}, had() {}, signal() {}, end() {} };

/** ns an event from the ring into the sink. */
function drain(sink: EventSink): number {
  const session = new StreamSession({ selection, stateful: STATEFUL, everything: false, ringBytes: 256 << 20 }, sink);
  session.start();
  session.launching = 1; // the execve from which dd is in scope
  spawnSync('dd', ['if=/dev/zero', 'of=/dev/null', 'bs=1', `count=${calls / 2}`, 'status=none']);
  session.launching = 0;
  const start = process.hrtime.bigint();
  session.poll();
  const ns = Number(process.hrtime.bigint() - start);
  const { counters } = session.stop();
  const sent = counters.reduce((sum, cpu) => sum + cpu.sent, 0);
  if (sent < 2 * calls || counters.some(({ dropped }) => dropped > 0)) throw new Error(`${sent} events were sent`);
  return ns / sent;
}

const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
koffi.proto('int compare(const void *a, const void *b)');
const qsort = koffi.load('libc.so.6').func('void qsort(void *items, size_t count, size_t size, compare *by)');

/** ns a call from C into JavaScript: of qsort, which asks for nothing but an order. */
function callback(): number {
  let count = 0;
  const start = process.hrtime.bigint();
  qsort(new Uint8Array(65_536), 65_536, 1, () => {
    count++;
    return 0;
  });
  return Number(process.hrtime.bigint() - start) / count;
}

const ways: Record<string, () => number> = {
  'record to event': () => drain(nothing),
  'record to cell': () => drain(new PairingEngine({ profile: new Profile(['comm', 'path', 'syscall']), selection })),
  'an empty call from C into JavaScript': callback,
};
const best = new Map<string, number>();
for (let round = 0; round < rounds; round++) {
  for (const [name, way] of Object.entries(ways)) best.set(name, Math.min(best.get(name) ?? Infinity, way()));
}
process.stdout.write(`${2 * calls} records, minimum of ${rounds} rounds\n\n| step | ns |\n|---|---|\n`);
for (const [name, ns] of best) process.stdout.write(`| ${name} | ${Math.round(ns)} |\n`);
