// Loaded programs on their way into the kernel and out of it: what both engines do alike. In: an object and which of its
// programs to attach. Out: the page that user space and the programs share, and a promise: close() leaves nothing behind.

import { closeSync, readSync } from 'node:fs';
import { KernelError } from '../../model/errors.ts';
import { CONTROL } from './abi.ts';
import type { LoadedObject } from './load-object.ts';
import { errno, errnoName, loadLibbpf, type Mapping, mapMemory, type Pointer } from './native.ts';
import { readU64 } from './read-cells.ts';

const PAGE = 4096;
const MOST_RUNS = 32;

export class Attachment {
  readonly #object: LoadedObject<string>;
  readonly #order: readonly string[];
  readonly #links = new Map<string, Pointer>();
  readonly #page: Mapping;
  readonly #control: DataView;
  #closed = false;

  /** `order` is that of attaching; detached in reverse. Tells the programs who we are. Throws a KernelError. */
  constructor(object: LoadedObject<'.data.control'>, order: readonly string[]) {
    this.#object = object;
    this.#order = order;
    this.#page = mapMemory(object.fd('.data.control'), 0, PAGE, true);
    this.#control = new DataView(this.#page.memory);
    try {
      this.runIterator('ior_whoami');
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** struct ior_control */
  get control(): DataView {
    return this.#control;
  }

  /** While it is above 0, the next process that this one forks is the command after so many execves, and in scope then. */
  set launching(execves: number) {
    this.#control.setUint32(CONTROL.offset.launching, execves, true);
  }

  get processesAlive(): number {
    return readU64(this.#control, CONTROL.offset.processes);
  }

  /** From its return on every call in scope counts. Throws a KernelError. */
  attach(): void {
    for (const name of this.#order) {
      const link = BigInt(loadLibbpf().bpf_program__attach(this.#object.program(name)));
      if (link === 0n) throw new KernelError(`cannot attach ${name} (${errnoName(errno())})`, { errno: errno() });
      this.#links.set(name, link);
    }
  }

  /** Detaches some of the programs, or all, in reverse order. */
  detach(names: readonly string[] = this.#order): void {
    for (const name of this.#order.filter((name) => names.includes(name)).toReversed()) {
      const link = this.#links.get(name);
      if (link === undefined) continue;
      this.#links.delete(name);
      loadLibbpf().bpf_link__destroy(link);
    }
  }

  /** Marks the tasks of --pid and --tid. Throws a KernelError. */
  markTargets(): void {
    // A thread that was made in the meantime may have escaped the first time. A child that is older than its parent, as
    // numbers begin again, is found the time after.
    for (let before = -1, runs = 0; runs < 2 || (this.processesAlive > before && runs < MOST_RUNS); runs++) {
      before = this.processesAlive;
      this.runIterator('ior_targets');
    }
  }

  /** Runs a program of an iterator over all tasks once; returns what it wrote. Throws a KernelError. */
  runIterator(name: string): Buffer {
    const libbpf = loadLibbpf();
    const link = BigInt(libbpf.bpf_program__attach_iter(this.#object.program(name), 0));
    if (link === 0n)
      throw new KernelError(`cannot attach the task iterator (${errnoName(errno())})`, { errno: errno() });
    try {
      const fd = Number(libbpf.bpf_iter_create(libbpf.bpf_link__fd(link)));
      if (fd < 0) throw new KernelError(`cannot read the task iterator (${errnoName(fd)})`, { errno: -fd });
      try {
        return readAll(fd);
      } finally {
        closeSync(fd);
      }
    } finally {
      libbpf.bpf_link__destroy(link);
    }
  }

  /** Detaches, at any moment, once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.detach();
    this.#page.unmap();
  }
}

function readAll(fd: number): Buffer {
  const pieces: Buffer[] = [];
  for (;;) {
    const piece = Buffer.alloc(8 * PAGE); // what the kernel gathers for one read (bpf_seq_read())
    try {
      const length = readSync(fd, piece);
      if (length === 0) return Buffer.concat(pieces);
      pieces.push(piece.subarray(0, length));
    } catch (error) {
      // a million tasks without a word, or a signal: the iterator goes on where it stood (bpf_seq_read())
      if (!['EAGAIN', 'EINTR'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
}
