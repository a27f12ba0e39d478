// A terminal with somebody at it: a shell with job control on a pseudo-terminal of script(1). In: keys. Out: what it shows.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Test } from 'tap';
import { COMMAND_LINE, directory, sleep } from './trace.ts';

export const KEYS = { interrupt: '\x03', quit: '\x1c', suspend: '\x1a', end: '\x04' } as const;

export class Terminal {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #t: Test;
  #shown = '';
  #seen = 0;

  /** bash, with `$T` for the built command line and its options, and a prompt `ready> `. */
  constructor(t: Test, cwd: string, ...options: readonly string[]) {
    this.#t = t;
    const env = { ...process.env, TERM: 'xterm', T: [...COMMAND_LINE, ...options].join(' ') };
    const rc = join(directory(t), 'rc');
    writeFileSync(rc, "PS1='ready> '\n");
    this.#child = spawn('script', ['-qfec', `bash --noediting --rcfile ${rc} -i`, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      cwd,
      env,
    });
    this.#child.stdout.on('data', (data) => (this.#shown += data));
    t.teardown(() => this.#child.kill('SIGKILL')); // the terminal goes with it, and its jobs get SIGHUP
  }

  type(keys: string): void {
    this.#child.stdin.write(keys);
  }

  line(text: string): void {
    this.type(`${text}\n`);
  }

  /**
   * Waits until it shows this, behind what has been waited for; ends the test after twenty seconds, as nobody knows what the
   * terminal does with keys that were meant for what should have followed.
   */
  async shows(what: RegExp, message: string): Promise<void> {
    for (let i = 0; i < 1000; i++) {
      const match = what.exec(this.#shown.slice(this.#seen));
      if (match !== null) {
        this.#seen += match.index + match[0].length;
        this.#t.pass(message);
        return;
      }
      await sleep(20);
    }
    throw new Error(`${message}: ${what} is not in ${JSON.stringify(this.#shown.slice(this.#seen))}`);
  }

  /** The same, with a line that is typed again and again until then. */
  async showsAfter(line: string, what: RegExp, message: string): Promise<void> {
    for (let i = 0; i < 40 && !what.test(this.rest); i++) {
      this.line(line);
      await sleep(500);
    }
    await this.shows(what, message);
  }

  /** What has been shown since the last thing that was waited for. */
  get rest(): string {
    return this.#shown.slice(this.#seen);
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.on('exit', resolve));
    this.line('exit');
    await ended;
  }
}
