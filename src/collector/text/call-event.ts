// The one enter and the one exit event that a source of text fills again and again.

import { MAX_ARGS } from './call-arguments.ts';

const NO_ARGS = new Float64Array(0);
const NO_FDS: readonly number[] = [];

/** An EnterEvent or an ExitEvent: both have all the fields, so that code that fills them sees one shape. */
export class CallEvent<Kind extends 'enter' | 'exit'> {
  readonly kind: Kind;
  tid = 0;
  /** Threads are not told from processes by any of these sources. */
  pid = 0;
  timeNs = Number.NaN;
  syscall = '';
  args = new Float64Array(MAX_ARGS).fill(Number.NaN);
  path: string | undefined = undefined;
  path2: string | undefined = undefined;
  fdPaths: (string | undefined)[] | undefined = undefined;
  fdPathsAreLate = false;
  comm: string | undefined = undefined;
  threadComm: string | undefined = undefined;
  flags: number | undefined = undefined;
  ret = Number.NaN;
  durationNs = Number.NaN;
  retPath: string | undefined = undefined;
  newFds: readonly number[] | undefined = undefined;
  newFdPaths: readonly (string | undefined)[] | undefined = undefined;
  readonly #args = this.args;
  readonly #fdPaths: (string | undefined)[] = new Array(MAX_ARGS).fill(undefined);

  constructor(kind: Kind) {
    this.kind = kind;
  }

  /** @param hasArgs false: the event will tell nothing of the arguments */
  clear(hasArgs = true): void {
    const args = this.#args;
    if (hasArgs) for (let i = 0; i < args.length; i++) args[i] = Number.NaN;
    this.args = hasArgs ? args : NO_ARGS;
    if (this.fdPaths !== undefined) {
      for (let i = 0; i < MAX_ARGS; i++) this.#fdPaths[i] = undefined; // fill would cost ten times that
      this.fdPaths = undefined;
    }
    this.path = undefined;
    this.path2 = undefined;
    this.comm = undefined;
    this.threadComm = undefined;
    this.flags = undefined;
    this.ret = Number.NaN;
    this.durationNs = Number.NaN;
    this.retPath = undefined;
    this.newFds = undefined;
    this.newFdPaths = undefined;
  }

  setFdPath(arg: number, path: string): void {
    this.#fdPaths[arg] = path;
    this.fdPaths = this.#fdPaths;
  }

  addNewFd(fd: number, path: string | undefined): void {
    this.newFds = [...(this.newFds ?? NO_FDS), fd];
    this.newFdPaths = [...(this.newFdPaths ?? []), path];
  }
}
