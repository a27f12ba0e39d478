// One live capture from start to end: it runs the command if there is one and decides when tracing stops. In: a tracer
// and what ends it. Out: the Capture and how the command ended. Whatever happens, nothing stays attached.
//
// The end is the first of: the command's end, the end of all targets, --duration, Ctrl-C, SIGTERM, SIGHUP. With a command, signals are for it:
// the terminal sends Ctrl-C to both, SIGTERM and SIGHUP are passed on, and we wait for its end. A second Ctrl-C aborts.

import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import { POLL_MS } from '../collector/live/session.ts';
import { counted, formatNs } from '../model/units.ts';
import type { Signals } from './signals.ts';

/** What traces: a session of one of the engines. `End` is what it comes to. */
export interface Tracer<End> {
  start(): void;
  poll(): void;
  stop(): End;
  /** At any moment, once or more. */
  close(): void;
  /** While `true`, the next process that this one forks is the command. */
  set launching(value: boolean);
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

export interface CommandEnd {
  /** As a shell tells it: the command's own, 128 + n after a signal, 126 or 127 when it could not be run. */
  readonly exitCode: number;
  /** Why it could not be run. */
  readonly failure?: string;
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
  let child: ChildProcess | undefined;
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
    let command: Promise<CommandEnd> | undefined;
    if (options.command.length > 0) {
      const file = options.command[0] as string;
      const launched = launch(session, options);
      if (!(launched instanceof Error)) child = launched;
      command = endOf(launched, file).finally(() => {
        child = undefined;
        finish();
      });
    }
    signals.handler = (signal) => {
      if (signal === 'SIGINT') interrupts++;
      else child?.kill(signal);
      // while outputs are written, or the command outlives the trace, there is nothing more to stop
      if (over && child === undefined && interrupts >= 2) process.exit(128 + constants.signals[signal]);
      if (interrupts >= 2) {
        child?.unref(); // it may go on, we do not wait for it
        abort(new Aborted());
      } else if (child === undefined) finish();
    };
    if (options.durationMs !== undefined) timers.push(setTimeout(finish, options.durationMs));
    await ended;
    const { targetsAlive } = session;
    return { capture: session.stop(), command, targetsAlive };
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

/** No shell in between: the child that the tracer forks now is in scope from its execve on. */
function launch(session: Tracer<unknown>, { command, stdoutIsTaken }: CaptureOptions): ChildProcess | Error {
  const [file = '', ...args] = command;
  session.launching = true;
  try {
    // spawn forks and waits for the execve before it returns (uv_spawn)
    return spawn(file, args, { stdio: ['inherit', stdoutIsTaken ? 2 : 'inherit', 'inherit'] });
  } catch (error) {
    return error as Error; // Node throws some reasons why a program cannot be run, and emits the others
  } finally {
    session.launching = false;
  }
}

async function endOf(launched: ChildProcess | Error, file: string): Promise<CommandEnd> {
  if (launched instanceof Error) return notRun(launched, file);
  return new Promise((resolve) => {
    launched.on('error', (error) => resolve(notRun(error, file)));
    launched.on('exit', (code, signal) =>
      resolve({ exitCode: code ?? 128 + constants.signals[signal as NodeJS.Signals] }),
    );
  });
}

/** The exit codes of env(1). */
function notRun({ code, errno, message }: NodeJS.ErrnoException, file: string): CommandEnd {
  const missing = code === 'ENOENT' || file === '';
  const seen = getSystemErrorMap().get(errno ?? 0)?.[1] ?? message;
  const reason = missing ? 'no such program' : code === 'EACCES' ? 'it is not executable' : seen;
  return { exitCode: missing ? 127 : 126, failure: `cannot run ${file === '' ? "''" : file}: ${reason}` };
}

function startProgress(session: Tracer<unknown>, progress: (line: string) => void): NodeJS.Timeout {
  const start = performance.now();
  const show = () => {
    const elapsed = Math.round((performance.now() - start) / 1000);
    progress(`tracing for ${formatNs(elapsed * 1e9)}, ${counted(session.calls, 'calls')}; Ctrl-C ends it`);
  };
  return setInterval(show, 1000);
}
