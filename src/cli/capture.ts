// One live capture from start to end: it runs the command if there is one and decides when tracing stops. In: a tracer
// and what ends it. Out: the Capture and how the command ended. Whatever happens, nothing stays attached.
//
// The end is the first of: the command's end, the end of all targets, --duration, Ctrl-C, SIGTERM, SIGHUP. With a command, signals are for it:
// the terminal sends Ctrl-C to both, SIGTERM and SIGHUP are passed on, and we wait for its end. A second Ctrl-C aborts, unless
// the command does something of its own on Ctrl-C: in an editor or a shell it is pressed many times.

import { constants } from 'node:os';
import { POLL_MS } from '../collector/live/session.ts';
import { counted, formatNs } from '../model/units.ts';
import { Command, type CommandEnd } from './command.ts';
import type { Signals } from './signals.ts';

/** What traces: a session of one of the engines. `End` is what it comes to. */
export interface Tracer<End> {
  start(): void;
  poll(): void;
  stop(): End;
  /** At any moment, once or more. */
  close(): void;
  /** While it is above 0, the next process that this one forks is the command after so many execves. */
  set launching(execves: number);
  /** Finished calls so far. */
  get calls(): number;
  /** How many of the processes and threads that were asked for are alive; undefined when none were. */
  get targetsAlive(): number | undefined;
}

export interface CaptureOptions {
  readonly durationMs: number | undefined;
  /** Program and arguments; empty for none. */
  readonly command: readonly string[];
  /** stdout carries the artifact: the command's goes to stderr. */
  readonly stdoutIsTaken: boolean;
  /** Called once a second with a line for the terminal. */
  readonly progress: ((line: string) => void) | undefined;
}

export interface CaptureEnd<End> {
  readonly capture: End;
  /** How many of the targets outlived the trace; undefined when there were none. */
  readonly targetsAlive: number | undefined;
  /** Resolves when the command has ended, which may be after the trace; undefined without one. */
  readonly command: Promise<CommandEnd> | undefined;
}

/** Thrown by a second Ctrl-C: exit at once, write nothing. */
export class Aborted extends Error {}

/** Throws Aborted, or whatever the tracer throws; it is closed then. */
export async function runCapture<End>(
  session: Tracer<End>,
  signals: Signals,
  options: CaptureOptions,
): Promise<CaptureEnd<End>> {
  const { promise: ended, resolve: finish, reject: abort } = deferred();
  const timers: NodeJS.Timeout[] = [];
  let command: Command | undefined;
  let interrupts = 0;
  let over = false;
  try {
    session.start();
    const poll = () => {
      session.poll();
      if (session.targetsAlive === 0) finish();
    };
    timers.push(setInterval(poll, POLL_MS));
    const { progress } = options;
    if (progress) timers.push(startProgress(session, progress));
    let commandEnd: Promise<CommandEnd> | undefined;
    if (options.command.length > 0) {
      const { hangupIsIgnored } = signals;
      command = new Command({ ...options, hangupIsIgnored }, (execves) => {
        session.launching = execves;
      });
      commandEnd = command.ended.finally(finish);
    }
    signals.handler = (signal) => {
      const isAlive = command?.isAlive === true;
      if (signal !== 'SIGINT') command?.pass(signal);
      else if (command?.handlesInterrupt) return;
      else interrupts++;
      // while outputs are written, or the command outlives the trace, there is nothing more to stop
      if (over && !isAlive && interrupts >= 2) process.exit(128 + constants.signals[signal]);
      if (interrupts >= 2) {
        command?.abandon();
        abort(new Aborted());
      } else if (!isAlive) finish();
    };
    if (options.durationMs !== undefined) timers.push(setTimeout(finish, options.durationMs));
    await ended;
    const { targetsAlive } = session;
    return { capture: session.stop(), command: commandEnd, targetsAlive };
  } finally {
    over = true;
    for (const timer of timers) clearInterval(timer);
    session.close();
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

function startProgress(session: Tracer<unknown>, progress: (line: string) => void): NodeJS.Timeout {
  const start = performance.now();
  const show = () => {
    const elapsed = Math.round((performance.now() - start) / 1000);
    progress(`tracing for ${formatNs(elapsed * 1e9)}, ${counted(session.calls, 'calls')}; Ctrl-C ends it`);
  };
  return setInterval(show, 1000);
}
