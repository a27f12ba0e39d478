// What a run came to, for stderr: as text for people, or with --json as one line for programs. In: the capture. Out:
// text. Every counter of a loss stands in it, also when it is 0, and a counter that could not be read is "unknown".

import type { Capture } from '../collector/live/session.ts';
import { FOLD_WEIGHTS, type FoldWeight } from '../fold/fold.ts';
import { visibleText } from '../model/escape.ts';
import type { LossCounter, RunMetadata } from '../model/profile.ts';
import { counted, formatBytes, formatCount, formatNs, formatPercent, formatValue } from '../model/units.ts';

const TOP_FILES = 10;
/** A longer path loses its middle: its ends tell most. */
const PATH_COLUMNS = 100;

export interface Summary {
  readonly metadata: RunMetadata;
  readonly weight: FoldWeight;
  /** sys_enter and sys_exit events of the selected calls in scope. */
  readonly tracepoints: number;
  readonly mismatches: number;
  /** Calls that were paired, and those of them that the filters let through. */
  readonly syscalls: number;
  readonly syscallsAfterFilters: number;
  readonly durationNs: number;
  readonly bytes: number;
  readonly errors: number;
  readonly topFiles: readonly { readonly path: string; readonly value: number }[];
  readonly leftOut: readonly { readonly type: string; readonly calls: number; readonly durationNs: number }[];
  readonly losses: readonly LossCounter[];
  /** Processes of the command that outlived it. */
  readonly processesAlive: number;
}

export function summarize(capture: Capture, metadata: RunMetadata, weight: FoldWeight): Summary {
  const { profile, counters, leftOut } = capture;
  return {
    metadata,
    weight,
    tracepoints: counters.enters + counters.exits + counters.mismatched + counters.unmatchedExits,
    mismatches: counters.mismatched + counters.superseded + counters.unmatchedExits,
    syscalls: counters.exits,
    syscallsAfterFilters: counters.folded + counters.overflowed,
    durationNs: profile.total('durationNs'),
    bytes: profile.total('bytes'),
    errors: profile.total('errors'),
    topFiles: topFiles(capture, weight),
    leftOut: [...leftOut].map(([type, { calls, durationNs }]) => ({ type, calls, durationNs })),
    losses: losses(capture),
    processesAlive: capture.processesAlive,
  };
}

function topFiles({ profile }: Capture, weight: FoldWeight): { path: string; value: number }[] {
  const position = profile.dimensions.indexOf('path');
  const column = FOLD_WEIGHTS[weight];
  const values = new Map<number, number>();
  for (let row = 0; row < profile.length; row++) {
    const path = profile.value(row, position);
    values.set(path, (values.get(path) ?? 0) + profile.weight(row, column));
  }
  return [...values]
    .map(([text, value]) => ({ path: profile.texts.text(text).replaceAll('\0', ' '), value }))
    .filter(({ path, value }) => path !== '' && value > 0)
    .sort((a, b) => b.value - a.value || (a.path < b.path ? -1 : 1))
    .slice(0, TOP_FILES);
}

/** The order of struct ior_counters, then what user space counts. */
function losses({ counters, sums }: Capture): LossCounter[] {
  const running = counters.enters - counters.exits - counters.superseded - counters.mismatched - counters.neverReturned;
  const rows: readonly (readonly [string, number, string])[] = [
    ['unfinished', running, 'calls still running at the stop'],
    ['never returned', counters.neverReturned, 'calls whose task ended inside them'],
    ['superseded', counters.superseded, 'enters followed by another enter'],
    ['mismatched', counters.mismatched, 'exits of another call than was entered'],
    ['unmatched exits', counters.unmatchedExits, 'exits without an enter'],
    ['32-bit calls', counters.compat, 'calls that were seen but not traced'],
    ['not stored', counters.notStored, 'calls for which the kernel had no task storage'],
    ['overflowed', counters.overflowed, "calls counted without their file's name"],
    ['cells full', counters.cellsFull, 'inserts refused because the map was full'],
    ['cells busy', counters.cellsBusy, 'inserts refused for another reason'],
    ['unnamed cells', sums.unnamed, "cells whose file's name never came"],
    ['names deferred', counters.namesDeferred, 'names tried again because the ring was full'],
    ['names stale', counters.namesStale, 'names gone before they could be read'],
    ['names cut', counters.namesCut, 'paths over 4096 bytes or 160 components'],
    ['paths unreadable', counters.pathsUnreadable, 'path arguments that could not be read'],
    [
      'not accounted for',
      counters.exits - counters.folded - counters.leftOut - counters.overflowed,
      'paired, but in no cell',
    ],
  ];
  return rows.map(([name, count, meaning]) => ({ name, count: Number.isFinite(count) ? count : undefined, meaning }));
}

export function formatSummary(summary: Summary): string {
  const { metadata, tracepoints, mismatches, syscalls, syscallsAfterFilters } = summary;
  const seconds = metadata.lengthNs / 1e9;
  const rate = (count: number) => `${formatCount(seconds > 0 ? count / seconds : 0)}/s`;
  const unit = { duration: 'ns', gap: 'ns', bytes: 'bytes', count: 'calls', errors: 'calls' } as const;
  const lines = [
    `traced ${formatNs(metadata.lengthNs)}${metadata.command === undefined ? '' : ` of ${visibleText(metadata.command)}`}`,
    `  tracepoints    ${formatCount(tracepoints)} (${rate(tracepoints)}), ${formatCount(mismatches)} mismatched (${formatPercent(mismatches, tracepoints)})`,
    `  system calls   ${formatCount(syscalls)} (${rate(syscalls)}), after filters ${formatCount(syscallsAfterFilters)} (${rate(syscallsAfterFilters)})`,
    `  in them        ${formatNs(summary.durationNs)}, ${formatBytes(summary.bytes)}, ${counted(summary.errors, 'errors')}`,
  ];
  if (summary.topFiles.length > 0) {
    lines.push(`top files by ${summary.weight}`);
    const values = summary.topFiles.map(({ value }) =>
      formatValue(value, unit[summary.weight], summary.weight === 'errors' ? 'errors' : 'calls'),
    );
    const width = Math.max(...values.map((value) => value.length));
    for (const [i, { path }] of summary.topFiles.entries()) {
      lines.push(`  ${(values[i] as string).padStart(width)}  ${shortened(visibleText(path))}`);
    }
  }
  if (summary.leftOut.length > 0) {
    const types = summary.leftOut.map(
      ({ type, calls, durationNs }) => `${type} ${counted(calls, 'calls')} (${formatNs(durationNs)})`,
    );
    lines.push(`left out by type: ${types.join(', ')}; --type all shows them`);
  }
  const nonzero = summary.losses.filter(({ count }) => count !== 0);
  const zero = summary.losses.filter(({ count }) => count === 0);
  lines.push('losses');
  for (const { name, count, meaning } of nonzero) {
    lines.push(`  ${name}: ${count === undefined ? 'unknown' : formatCount(count)} (${meaning})`);
  }
  if (zero.length > 0) lines.push(`  0: ${zero.map(({ name }) => name).join(', ')}`);
  if (summary.processesAlive > 0) {
    const alive =
      summary.processesAlive === 1
        ? '1 process of the command lives'
        : `${formatCount(summary.processesAlive)} processes of the command live`;
    lines.push(`${alive} on and ${summary.processesAlive === 1 ? 'is' : 'are'} no longer traced`);
  }
  return `${lines.join('\n')}\n`;
}

function shortened(path: string): string {
  if (path.length <= PATH_COLUMNS) return path;
  const half = (PATH_COLUMNS - 1) / 2;
  return `${path.slice(0, Math.floor(half))}…${path.slice(-Math.ceil(half))}`;
}

/** The summary as --json prints it; a counter that could not be read is null. */
export function summaryAsJson(summary: Summary): string {
  const losses = summary.losses.map(({ name, count, meaning }) => ({ name, count: count ?? null, meaning }));
  return `${JSON.stringify({ ...summary, losses })}\n`;
}
