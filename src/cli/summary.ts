// What a run came to, for stderr: as text for people, or with --json as one line for programs. In: the outcome. Out:
// text. Every counter of a loss stands in it, also when it is 0, and a counter that could not be read is "unknown".

import { FOLD_WEIGHTS, type FoldWeight } from '../fold/fold.ts';
import { visibleText } from '../model/escape.ts';
import type { LossCounter, Profile, RunMetadata } from '../model/profile.ts';
import { counted, formatBytes, formatCount, formatNs, formatPercent, formatValue } from '../model/units.ts';
import type { Outcome } from './outcome.ts';

const TOP_FILES = 10;
/** A longer path loses its middle: its ends tell most. */
const PATH_COLUMNS = 100;

/** What the summaries of all verbs have. */
export interface CommonSummary {
  readonly topFiles: readonly { readonly path: string; readonly value: number }[];
  readonly leftOut: readonly { readonly type: string; readonly calls: number; readonly durationNs: number }[];
  readonly filteredOut: { readonly calls: number; readonly durationNs: number };
  readonly losses: readonly LossCounter[];
}

export interface Summary extends CommonSummary {
  readonly metadata: RunMetadata;
  readonly weight: FoldWeight;
  /** Something was dropped before it could be counted: every number below is a lower bound. */
  readonly atLeast: boolean;
  /** sys_enter and sys_exit events of the selected calls in scope. */
  readonly tracepoints: number;
  readonly mismatches: number;
  /** Calls that were paired, and those of them that the filters let through. */
  readonly syscalls: number;
  readonly syscallsAfterFilters: number;
  readonly durationNs: number;
  readonly bytes: number;
  readonly errors: number;
  /** Processes of the command that outlived it. */
  readonly processesAlive: number;
}

export function summarize(outcome: Outcome, metadata: RunMetadata, weight: FoldWeight): Summary {
  const { profile } = outcome;
  return {
    metadata,
    weight,
    atLeast: outcome.isAtLeast,
    tracepoints: outcome.tracepoints,
    mismatches: outcome.mismatches,
    syscalls: outcome.syscalls,
    syscallsAfterFilters: outcome.folded,
    durationNs: profile.total('durationNs'),
    bytes: profile.total('bytes'),
    errors: profile.total('errors'),
    topFiles: topFiles(profile, weight),
    leftOut: leftOutRows(outcome.leftOut),
    filteredOut: outcome.filteredOut,
    losses: outcome.losses,
    processesAlive: outcome.processesAlive,
  };
}

export function topFiles(profile: Profile, weight: FoldWeight): CommonSummary['topFiles'] {
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

export function leftOutRows(leftOut: Outcome['leftOut']): CommonSummary['leftOut'] {
  return [...leftOut].map(([type, { calls, durationNs }]) => ({ type, calls, durationNs }));
}

export function formatSummary(summary: Summary): string {
  const { metadata, tracepoints, mismatches, syscalls, syscallsAfterFilters } = summary;
  const { lengthNs = 0 } = metadata;
  const seconds = lengthNs / 1e9;
  const atLeast = summary.atLeast ? 'at least ' : '';
  const rate = (count: number) => `${formatCount(seconds > 0 ? count / seconds : 0)}/s`;
  const lines = [
    `traced ${formatNs(lengthNs)}${metadata.command === undefined ? '' : ` of ${visibleText(metadata.command)}`}`,
    `  tracepoints    ${formatCount(tracepoints)} (${rate(tracepoints)}), ${formatCount(mismatches)} mismatched (${formatPercent(mismatches, tracepoints)})`,
    `  system calls   ${atLeast}${formatCount(syscalls)} (${rate(syscalls)}), after filters ${formatCount(syscallsAfterFilters)} (${rate(syscallsAfterFilters)})`,
    `  in them        ${atLeast}${formatNs(summary.durationNs)}, ${formatBytes(summary.bytes)}, ${counted(summary.errors, 'errors')}`,
  ];
  lines.push(...topFileLines(summary, summary.weight), ...leftOutLines(summary), ...lossLines(summary));
  if (summary.processesAlive > 0) {
    const alive =
      summary.processesAlive === 1
        ? '1 process of the command lives'
        : `${formatCount(summary.processesAlive)} processes of the command live`;
    lines.push(`${alive} on and ${summary.processesAlive === 1 ? 'is' : 'are'} no longer traced`);
  }
  return `${lines.join('\n')}\n`;
}

const WEIGHT_UNITS = { duration: 'ns', gap: 'ns', bytes: 'bytes', count: 'calls', errors: 'calls' } as const;

export function topFileLines({ topFiles }: CommonSummary, weight: FoldWeight): string[] {
  if (topFiles.length === 0) return [];
  const noun = weight === 'errors' ? 'errors' : 'calls';
  const values = topFiles.map(({ value }) => formatValue(value, WEIGHT_UNITS[weight], noun));
  const width = Math.max(...values.map((value) => value.length));
  const lines = topFiles.map(({ path }, i) => `  ${values[i]?.padStart(width)}  ${shortened(visibleText(path))}`);
  return [`top files by ${weight}`, ...lines];
}

export function leftOutLines({ leftOut, filteredOut }: CommonSummary): string[] {
  const { calls, durationNs } = filteredOut;
  const lines =
    calls === 0 ? [] : [`left out by --comm or --path: ${counted(calls, 'calls')} (${formatNs(durationNs)})`];
  if (leftOut.length === 0) return lines;
  const types = leftOut.map(({ type, calls, durationNs }) => {
    return `${type} ${counted(calls, 'calls')} (${formatNs(durationNs)})`;
  });
  return [...lines, `left out by type: ${types.join(', ')}; --type all shows them`];
}

export function lossLines({ losses }: CommonSummary): string[] {
  const lines = ['losses'];
  for (const { name, count, meaning, perCpu } of losses) {
    if (count === 0) continue;
    const where = perCpu?.flatMap((count, cpu) => (count > 0 ? [`CPU ${cpu}: ${formatCount(count)}`] : [])) ?? [];
    const meant = [meaning, where.join(', ')].filter((text) => text !== '').join('; ');
    lines.push(`  ${name}: ${count === undefined ? 'unknown' : formatCount(count)} (${meant})`);
  }
  const zero = losses.filter(({ count }) => count === 0).map(({ name }) => name);
  return zero.length > 0 ? [...lines, `  0: ${zero.join(', ')}`] : lines;
}

function shortened(path: string): string {
  if (path.length <= PATH_COLUMNS) return path;
  const half = (PATH_COLUMNS - 1) / 2;
  return `${path.slice(0, Math.floor(half))}…${path.slice(-Math.ceil(half))}`;
}

/** A summary as --json prints it; a counter that could not be read is null. */
export function summaryAsJson(summary: CommonSummary): string {
  const losses = summary.losses.map((loss) => ({ ...loss, count: loss.count ?? null }));
  return `${JSON.stringify({ ...summary, losses })}\n`;
}
