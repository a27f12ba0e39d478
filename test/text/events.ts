// A sink that writes events down, one short line each, for goldens and assertions.

import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type ReadTextOptions, readText } from '../../src/collector/text/read.ts';
import type { TextReport } from '../../src/collector/text/report.ts';
import type { CallFacts, EnterEvent, EventSink, ExitEvent, HadEvent, SignalEvent } from '../../src/model/event.ts';

export class EventLog implements EventSink {
  readonly lines: string[] = [];

  enter(event: EnterEvent): void {
    const pid = event.pid === 0 ? '' : `${event.pid}/`;
    this.lines.push(`> ${pid}${event.tid} ${time(event.timeNs)} ${event.syscall}${facts(event)}`);
  }

  exit(event: ExitEvent): void {
    const took = Number.isNaN(event.durationNs) ? '' : ` took=${event.durationNs}`;
    const behind = event.retPath === undefined ? '' : `<${text(event.retPath)}>`;
    const ret = `${Number.isNaN(event.ret) ? '?' : event.ret}${behind}`;
    this.lines.push(
      `< ${event.tid} ${time(event.timeNs)} ${event.syscall} =${ret}${took}${facts(event)}${made(event)}`,
    );
  }

  fork(event: { parent: number; child: number; flags: number }): void {
    this.lines.push(`fork ${event.parent} ${event.child} 0x${event.flags.toString(16)}`);
  }

  exec(event: { tid: number; pid: number; comm: string | undefined }): void {
    this.lines.push(`exec ${event.tid} ${event.pid} ${event.comm === undefined ? '?' : text(event.comm)}`);
  }

  had(event: HadEvent): void {
    throw new Error(`no text tells what ${event.tid} had before`);
  }

  signal(event: SignalEvent): void {
    throw new Error(`no text tells what handlers ${event.tid} has`);
  }

  end(event: { tid: number; timeNs: number }): void {
    this.lines.push(`end ${event.tid} ${time(event.timeNs)}`);
  }
}

function facts(event: CallFacts): string {
  let line = '';
  const args = Array.from(event.args, (arg, i) => {
    const behind = event.fdPaths?.[i];
    const late = event.fdPathsAreLate ? '~' : '';
    return `${Number.isNaN(arg) ? '' : arg}${behind === undefined ? '' : `<${late}${text(behind)}>`}`;
  });
  const shown = args.join(',').replace(/,+$/, '');
  if (shown !== '') line += ` (${shown})`;
  if (event.path !== undefined) line += ` path=${text(event.path)}`;
  if (event.path2 !== undefined) line += ` path2=${text(event.path2)}`;
  if (event.flags !== undefined) line += ` flags=0x${event.flags.toString(16)}`;
  if (event.comm !== undefined) line += ` comm=${text(event.comm)}`;
  if (event.threadComm !== undefined) line += ` by=${text(event.threadComm)}`;
  return line;
}

function made({ newFds, newFdPaths }: ExitEvent): string {
  if (newFds === undefined) return '';
  return ` new=${newFds.map((fd, i) => `${fd}<${text(newFdPaths?.[i] ?? '')}>`).join(',')}`;
}

function time(ns: number): string {
  return Number.isNaN(ns) ? '-' : String(ns);
}

/** Visible, and one word where it has no spaces. */
function text(name: string): string {
  const quoted = JSON.stringify(name);
  return /^[\w./:[\]-]+$/.test(name) ? name : quoted;
}

export interface LoggedRead {
  readonly lines: readonly string[];
  readonly formats: readonly string[];
  readonly reports: readonly TextReport[];
}

/** What a file, or all files of a folder as one trace, say, by way of `through`. Stacks are lines too. */
export async function logOf(
  path: string,
  from?: ReadTextOptions['from'],
  through: (options: ReadTextOptions) => { options: ReadTextOptions; finish(): void } = (options) => ({
    options,
    finish() {},
  }),
): Promise<LoggedRead> {
  const paths = statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path];
  const log = new EventLog();
  const { options, finish } = through({
    from,
    events: () => log,
    stack: (frames, count, before) => {
      log.lines.push(`${frames.map(text).join(' ; ')} ${before === undefined ? '' : `${before} `}${count}`);
    },
  });
  const reads = await readText(paths, options);
  finish();
  return { lines: log.lines, formats: reads.map(({ format }) => format), reports: reads.map(({ report }) => report) };
}

/** The summary at the end of a golden. */
export function summaryOf({ formats, reports }: LoggedRead): string {
  return reports
    .map((report, i) => {
      const { lines, notes, bad, firstBad, lostEvents } = report;
      const first = firstBad && `, first ${basename(firstBad.file)}:${firstBad.line} ${JSON.stringify(firstBad.text)}`;
      return `# ${formats[i]}: ${lines} lines, ${notes} notes, ${bad} bad${first ?? ''}, ${lostEvents} lost`;
    })
    .join('\n');
}
