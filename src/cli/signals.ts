// Ctrl-C and its like, from the first moment to the last: what comes while nobody can act on it waits. A signal that
// was ignored when we were started (nohup, a background job of a script) stays ignored.

import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

const STOPPING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type StoppingSignal = (typeof STOPPING)[number];

export class Signals {
  readonly #waiting: StoppingSignal[] = [];
  readonly #caught: readonly StoppingSignal[];
  #handler: ((signal: StoppingSignal) => void) | undefined;

  constructor() {
    const ignored = BigInt(
      `0x${/^SigIgn:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`,
    );
    this.#caught = STOPPING.filter((name) => (ignored & (1n << BigInt(constants.signals[name] - 1))) === 0n);
    for (const name of this.#caught) process.on(name, this.#receive);
  }

  /** From now on signals go here, those that waited first. */
  set handler(handler: (signal: StoppingSignal) => void) {
    this.#handler = handler;
    for (const signal of this.#waiting.splice(0)) handler(signal);
  }

  close(): void {
    for (const name of this.#caught) process.off(name, this.#receive);
  }

  readonly #receive = (signal: NodeJS.Signals): void => {
    const name = signal as StoppingSignal; // only these are listened for
    if (this.#handler) this.#handler(name);
    else this.#waiting.push(name);
  };
}
