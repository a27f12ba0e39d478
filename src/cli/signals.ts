// Ctrl-C and its like, from the first moment to the last: what comes while nobody can act on it waits. A
// hangup that was ignored when we were started (nohup) stays ignored, as far as that can still be told.

import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { basename } from 'node:path';

const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type StoppingSignal = (typeof STOPPING)[number];

export class Signals {
  readonly #waiting: StoppingSignal[] = [];
  /** As when we were started. */
  readonly hangupIsIgnored = hangupWasIgnored();
  readonly #caught = STOPPING.filter((name) => name !== 'SIGHUP' || !this.hangupIsIgnored);
  #handler: ((signal: StoppingSignal) => void) | undefined;

  constructor() {
    if (this.hangupIsIgnored) process.on('SIGHUP', ignore);
    this.#listen();
  }

  /** From now on signals go here, those that waited first. */
  set handler(handler: (signal: StoppingSignal) => void) {
    this.#handler = handler;
    for (const signal of this.#waiting.splice(0)) handler(signal);
  }

  /** Meanwhile a signal ends the process: `action` may block where no handler could run. */
  letThrough(action: () => void): void {
    this.#deafen();
    try {
      action();
    } finally {
      this.#listen();
    }
  }

  close(): void {
    this.#deafen();
    process.off('SIGHUP', ignore);
  }

  #listen(): void {
    for (const name of this.#caught) process.on(name, this.#receive);
  }

  #deafen(): void {
    for (const name of this.#caught) process.off(name, this.#receive);
  }

  readonly #receive = (signal: NodeJS.Signals): void => {
    const name = signal as StoppingSignal; // only these are listened for
    if (this.#handler) this.#handler(name);
    else this.#waiting.push(name);
  };
}

function ignore(): void {}

/**
 * Node sets every signal to its default before any of our code runs (ResetSignalHandlers in src/node.cc), so our own
 * disposition says nothing. What is left: shells put the program they start into `_`, and a parent that ignores SIGHUP
 * has handed that down. (Of SIGINT and SIGTERM the parent says nothing: shells at a terminal ignore SIGTERM themselves.)
 */
function hangupWasIgnored(): boolean {
  if (basename(process.env._ ?? '') === 'nohup') return true;
  return (signalSet(process.ppid, 'SigIgn') & (1n << BigInt(constants.signals.SIGHUP - 1))) !== 0n;
}

/** Bit n - 1: signal n is ignored, or caught, by the process; 0 when it has gone. */
export function signalSet(pid: number, set: 'SigIgn' | 'SigCgt'): bigint {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return BigInt(`0x${new RegExp(`^${set}:\\s*([0-9a-f]+)`, 'm').exec(status)?.[1] ?? '0'}`);
  } catch {
    return 0n;
  }
}
