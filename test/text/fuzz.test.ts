// Whatever a file holds, its reader never throws, and every line is understood, a note, or counted.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import t from 'tap';
import { detectFormat, type LineTaker } from '../../src/collector/text/detect.ts';
import { FoldedFile } from '../../src/collector/text/folded.ts';
import { PerfScriptFile } from '../../src/collector/text/perf-script.ts';
import { PerfTraceFile } from '../../src/collector/text/perf-trace.ts';
import { TextReport } from '../../src/collector/text/report.ts';
import { StraceFile } from '../../src/collector/text/strace.ts';
import { StraceTrace } from '../../src/collector/text/strace-trace.ts';
import { EventLog } from './events.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const REAL = readdirSync(HERE, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.txt$|trace\.\d+$/.test(name))
  .flatMap((name) => readFileSync(join(HERE, name), 'latin1').split('\n'))
  .filter((line) => line !== '');

function takers(log: EventLog, report: TextReport): LineTaker[] {
  const trace = new StraceTrace(log, report);
  const strace = new StraceFile(trace, { name: 'x' });
  return [
    {
      line: (bytes, start, end, number) => strace.line(bytes, start, end, number),
      finish() {
        strace.finish();
        trace.finish();
      },
    },
    new PerfTraceFile('x', log, report),
    new PerfScriptFile('x', log, report),
    new FoldedFile('x', () => {}, report),
  ];
}

function survive(lines: readonly string[]): void {
  for (let which = 0; which < 4; which++) {
    const report = new TextReport();
    const log = new EventLog();
    const taker = takers(log, report)[which] as LineTaker;
    // in one buffer, with what does not belong to the lines between them
    const bytes = Buffer.from(lines.map((line) => `${line.replaceAll('\n', ' ')}\n`).join(''), 'latin1');
    const ranges: (readonly [number, number])[] = [];
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(10, start);
      ranges.push([start, end]);
      taker.line(bytes, start, end, ranges.length);
      start = end + 1;
    }
    taker.finish?.();
    detectFormat(bytes, ranges);
    assert.ok(report.bad <= report.lines);
    assert.ok(report.lines <= lines.length);
    assert.equal(report.bad > 0, report.firstBad !== undefined);
    for (const line of log.lines) assert.doesNotMatch(line, /undefined|\[object/);
  }
}

const realLine = fc.constantFrom(...REAL);

t.test('random bytes', async () => {
  const line = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
    maxLength: 80,
  });
  fc.assert(fc.property(fc.array(line, { maxLength: 20 }), survive), { numRuns: 300 });
});

t.test('bytes that mean something', async () => {
  const token = fc.constantFrom(
    '(',
    ')',
    '<',
    '>',
    '"',
    '\\',
    ',',
    ' ',
    '=',
    ' = ',
    '1',
    '-1',
    '0x',
    '...',
    '<unfinished ...>',
    '<... ',
    ' resumed>',
    'read',
    '{',
    '}',
    '[',
    ']',
    '/*',
    '*/',
    '+++',
    '--- ',
    '3</a',
    '(deleted)',
    'NR ',
    ':',
    '.',
    'ms',
    'clone(',
    'flags=',
    '\t',
    ';',
    '?',
    ' ENOENT',
    '[pid ',
    'strace: ',
    'execve("',
  );
  fc.assert(
    fc.property(
      fc.array(
        fc.array(token, { maxLength: 14 }).map((tokens) => tokens.join('')),
        { maxLength: 12 },
      ),
      survive,
    ),
    { numRuns: 2000 },
  );
});

t.test('real lines in any order, cut, spliced and changed in one byte', async () => {
  const broken = fc.oneof(
    realLine,
    fc.tuple(realLine, fc.nat(300)).map(([line, end]) => line.slice(0, end)),
    fc.tuple(realLine, fc.nat(300)).map(([line, start]) => line.slice(start)),
    fc
      .tuple(realLine, realLine, fc.nat(200), fc.nat(200))
      .map(([a, b, end, start]) => a.slice(0, end) + b.slice(start)),
    fc
      .tuple(realLine, fc.nat(200), fc.nat(255))
      .map(([line, at, byte]) => line.slice(0, at) + String.fromCharCode(byte) + line.slice(at + 1)),
  );
  fc.assert(fc.property(fc.array(broken, { maxLength: 25 }), survive), { numRuns: 1500 });
});

t.test('long lines of one kind take no more time than they should', async (t) => {
  const started = performance.now();
  for (const piece of [
    '(',
    '<',
    '"\\',
    ' ',
    '1',
    '1 ',
    'a/1 ',
    ') = ',
    '/*',
    '3</a>',
    ';',
    '{flags=',
    ',',
    '1<',
    '[3<',
  ]) {
    survive([piece.repeat(200_000 / piece.length), `9 read(${piece.repeat(200_000 / piece.length)}) = 0`]);
  }
  t.ok(performance.now() - started < 20_000);
});
