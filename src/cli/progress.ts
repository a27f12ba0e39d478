// The line at the bottom of a terminal that says how far a run is.

import { formatBytes, formatPercent } from '../model/units.ts';

/** Whether there is somebody to show it to. */
export function wantsProgress(argv: { readonly quiet?: boolean; readonly json?: boolean }): boolean {
  return process.stderr.isTTY === true && !argv.quiet && !argv.json;
}

export function showProgress(line: string): void {
  process.stderr.write(`\r\x1b[K${line}`);
}

export function clearProgress(): void {
  process.stderr.write('\r\x1b[K');
}

const SHOW_EVERY_MS = 250;

/** How much has been read, on the terminal. */
export class ReadingProgress {
  readonly #size: number | undefined;
  readonly #start = performance.now();
  readonly #timer = setInterval(() => this.#show(), SHOW_EVERY_MS);
  #bytes = 0;
  #isShown = false;

  constructor(size: number | undefined) {
    this.#size = size;
  }

  readonly add = (bytes: number): void => {
    this.#bytes += bytes;
  };

  end(): void {
    clearInterval(this.#timer);
    if (this.#isShown) clearProgress();
    this.#isShown = false;
  }

  #show(): void {
    this.#isShown = true;
    const size = this.#size;
    const done = size === undefined ? formatBytes(this.#bytes) : formatPercent(this.#bytes, size);
    const perSecond = this.#bytes / 1e6 / ((performance.now() - this.#start) / 1e3);
    showProgress(`reading: ${done}, ${Math.round(perSecond)} MB/s`);
  }
}
