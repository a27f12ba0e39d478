// What the tests said: TAP of one file each becomes rows, and the rows of all kernels a table.

import { Parser } from 'tap-parser';

/**
 * The tests of one file, from what it has printed.
 * @returns {{test: string, state: 'pass' | 'fail' | 'skip', reason: string}[]}
 */
export function readTap(text, { code, seconds }) {
  const rows = [];
  const parser = new Parser();
  parser.on('assert', ({ ok, name: test, skip, todo }) => {
    if (skip || todo) rows.push({ test, state: 'skip', reason: String(skip || todo) });
    else rows.push({ test, state: ok ? 'pass' : 'fail', reason: '' });
  });
  parser.end(text);
  if (code !== 0 && !rows.some(({ state }) => state === 'fail')) {
    const how = code === 124 || code === 137 ? `was not over after ${seconds} s` : `ended with ${code}`;
    rows.push({ test: '(the file)', state: 'fail', reason: how });
  }
  if (rows.length === 0) rows.push({ test: '(the file)', state: 'fail', reason: 'has no test' });
  return rows;
}

const WIDTH = 100;

/** The table: a line for each test, a column for each kernel. `columns` are {kernel, results: Map of file to rows}. */
export function formatTable(columns) {
  const files = [...new Set(columns.flatMap(({ results }) => [...results.keys()]))];
  const widths = columns.map(({ kernel }) => Math.max(kernel.length, 4));
  const line = (name, cells) =>
    `${name.padEnd(WIDTH)}  ${cells.map((cell, i) => cell.padEnd(widths[i])).join('  ')}`.trimEnd();
  const lines = [
    line(
      '',
      columns.map(({ kernel }) => kernel),
    ),
  ];
  for (const file of files) {
    lines.push(file);
    const tests = [...new Set(columns.flatMap(({ results }) => (results.get(file) ?? []).map(({ test }) => test)))];
    for (const test of tests) {
      const cells = columns.map(({ results }) => results.get(file)?.find((row) => row.test === test)?.state ?? '-');
      const short = test.length > WIDTH - 2 ? `${test.slice(0, WIDTH - 5)}...` : test;
      lines.push(line(`  ${short}`, cells));
    }
  }
  const totals = columns.map(({ results }) => countOf(results));
  for (const state of ['pass', 'fail', 'skip']) {
    lines.push(
      line(
        state,
        totals.map((total) => String(total[state])),
      ),
    );
  }
  return `${lines.join('\n')}\n`;
}

export function countOf(results) {
  const count = { pass: 0, fail: 0, skip: 0 };
  for (const rows of results.values()) for (const { state } of rows) count[state]++;
  return count;
}
