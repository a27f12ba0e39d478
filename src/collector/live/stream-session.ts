// One live trace of `--engine stream`: every half of a call goes from the ring buffer into an EventSink. In: what to
// record, and where to put it. Out: what was counted on the way. It must never drop a record in silence and never leave
// anything attached: close() undoes all of it at any moment.
//
// poll() empties the ring every POLL_MS. Nothing wakes it, also above half full: a process that waited in epoll for that
// would have to call back into JavaScript from another thread, at 125 ns an event instead of 37.

import type { EventSink } from '../../model/event.ts';
import { STREAM_COUNTER_STRUCT, STREAM_COUNTERS, type StreamCounter } from './abi.ts';
import { Attachment } from './attachment.ts';
import type { LoadedObject } from './load-object.ts';
import { waitForPrograms } from './native.ts';
import { perCpu } from './per-cpu.ts';
import { EventReader } from './read-events.ts';
import { Ring } from './ring.ts';
import { skippedRuns } from './skipped-runs.ts';
import { loadStream, type StreamMap, type StreamOptions } from './stream-object.ts';

/** Exits first, so that no call is seen to enter and not to leave; sys_enter last. Detached in reverse. */
const ATTACH_ORDER = ['ior_task_end', 'ior_exec', 'ior_fork', 'ior_signal', 'ior_exit', 'ior_enter'] as const;

export interface StreamEnd {
  readonly lengthNs: number;
  readonly startedAt: Date;
  /** CLOCK_MONOTONIC, as the events' times. */
  readonly endNs: number;
  /** For each possible CPU. */
  readonly counters: readonly Readonly<Record<StreamCounter, number>>[];
  /** Runs of programs that the kernel skipped; undefined when it does not tell. */
  readonly skippedRuns: number | undefined;
  /** Processes of the followed command that were alive at the end. */
  readonly processesAlive: number;
}

export class StreamSession {
  readonly #options: StreamOptions;
  readonly #object: LoadedObject<StreamMap>;
  readonly #reader: EventReader;
  #ring: Ring | undefined;
  #attachment: Attachment | undefined;
  #startedAt = new Date();
  #started = 0n;
  #closed = false;

  /** Loads the programs; nothing is traced yet. Throws a KernelError. */
  constructor(options: StreamOptions, sink: EventSink) {
    this.#options = options;
    this.#reader = new EventReader(sink);
    this.#object = loadStream(options);
    try {
      this.#ring = new Ring(this.#object.fd('events'), options.ringBytes);
      this.#attachment = new Attachment(this.#object, ATTACH_ORDER);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Attaches the programs: from its return on every call in scope is recorded. Throws a KernelError. */
  start(): void {
    try {
      this.#attachment?.attach();
      const { everything, targets } = this.#options;
      if (targets) this.#attachment?.markTargets();
      if (everything || targets) this.#attachment?.runIterator('ior_survey');
    } catch (error) {
      this.close();
      throw error;
    }
    this.#startedAt = new Date();
    this.#started = process.hrtime.bigint();
  }

  /** While it is above 0, the next process that this one forks is the command after so many execves, and in scope then. */
  set launching(execves: number) {
    if (this.#attachment) this.#attachment.launching = execves;
  }

  get processesAlive(): number {
    return this.#attachment?.processesAlive ?? 0;
  }

  /** Hands on what has been recorded. To be called every POLL_MS while tracing. */
  poll(): void {
    this.#ring?.drain((view, at) => this.#reader.read(view, at));
  }

  /** Detaches, hands on the rest and gives it all back to the kernel. */
  stop(): StreamEnd {
    const { processesAlive } = this;
    const end = process.hrtime.bigint();
    this.#attachment?.detach();
    waitForPrograms();
    this.poll();
    const counters = perCpu(this.#object.fd('counters'), 0, STREAM_COUNTER_STRUCT.size).map(
      (fields) =>
        Object.fromEntries(STREAM_COUNTERS.map((name, i) => [name, fields[i]])) as Record<StreamCounter, number>,
    );
    const skipped = skippedRuns(ATTACH_ORDER.map((name) => this.#object.program(name)));
    this.close();
    return {
      lengthNs: Number(end - this.#started),
      startedAt: this.#startedAt,
      endNs: Number(end),
      counters,
      skippedRuns: skipped,
      processesAlive,
    };
  }

  /** Detaches and unloads, at any moment, once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#attachment?.close();
    this.#ring?.close();
    this.#object.close();
  }
}
