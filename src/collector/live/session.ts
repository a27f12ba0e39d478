// One live trace, from the loaded programs to the Profile. In: what to trace. Out: a Profile and what was counted on the
// way. It must never lose a call in silence and never leave anything attached: close() undoes all of it at any moment.
//
// While it runs, poll() every POLL_MS: it drains the names and, when the cells fill up, puts an empty map in their
// place. The kernel's update of the outer map returns only when no program writes the old map any more
// (maybe_wait_bpf_programs, commit 1ae80cf31938), so what is read then is final.

import { closeSync } from 'node:fs';
import { KernelError } from '../../model/errors.ts';
import { type Dimension, FILE_TYPES, type FileType, Profile, WEIGHTS } from '../../model/profile.ts';
import type { RowFilter } from '../../model/row-filter.ts';
import { userName } from '../../model/users.ts';
import { syscallName } from '../../syscalls/table.ts';
import { CELL, CONTROL, COUNTER_STRUCT, COUNTERS, type Counter, SYSCALLS } from './abi.ts';
import { Attachment } from './attachment.ts';
import { ExtraStore } from './extra-store.ts';
import { hasTasks, type IorMap, keySizeOf, type LoadOptions, loadIor } from './ior-object.ts';
import type { LoadedObject } from './load-object.ts';
import { NameStore } from './name-store.ts';
import { errnoName, loadLibbpf, waitForPrograms } from './native.ts';
import { sumOverCpus } from './per-cpu.ts';
import { CellReader, type CellSums, readU64 } from './read-cells.ts';
import { Ring } from './ring.ts';
import { skippedRuns } from './skipped-runs.ts';
import { nameOf, readUnfinished, type Unfinished } from './unfinished.ts';

/** Short enough that the cells and 16 MiB of names last from one poll to the next at 1.5 million new cells a second. */
export const POLL_MS = 20;

/** An eighth of the cells is read at a time; the rest is for a collector that gets no CPU for seconds. */
const SWAP_SHARE = 8;

const BPF_MAP_TYPE_HASH = 1;
const BPF_F_NO_PREALLOC = 1;
/** struct bpf_map_create_opts (libbpf's bpf.h): its size, and where map_flags lies. */
const MAP_OPTIONS = { size: 48, flags: 28 } as const;

/** Exits first, so that no call is seen to enter and not to leave; sys_enter last. Detached in reverse. */
const CALLS = ['ior_exit', 'ior_enter'] as const;
const ATTACH_ORDER = ['ior_task_end', 'ior_exec', 'ior_fork', 'ior_signal', ...CALLS] as const;

/** Weights of calls that were counted without a cell of their own. */
export type WeightSums = Record<(typeof WEIGHTS)[number], number>;

/** Of calls whose cell could not be made; what is not here is `[overflow]`. */
const LOST = { type: 'none', pid: '0', tid: '0', uid: '0' } as const;
const NOTHING: WeightSums = { calls: 0, errors: 0, durationNs: 0, maxNs: 0, bytes: 0, gapNs: 0 };

export interface SessionOptions extends LoadOptions {
  /** Rows that are wanted; every one unless given. */
  readonly filter?: RowFilter | undefined;
  /** Rows that the profile tells apart. */
  readonly maxRows?: number | undefined;
}

export interface Capture {
  readonly profile: Profile;
  readonly lengthNs: number;
  readonly startedAt: Date;
  readonly counters: Readonly<Record<Counter, number>>;
  /** Calls on files of types that were not asked for. */
  readonly leftOut: ReadonlyMap<FileType, WeightSums>;
  /** Calls that were still running at the end, in the profile under `[unfinished]` unless they are of a left out type. */
  readonly unfinished: number;
  /** Calls that the filter did not let into the profile, unfinished ones among them, and the time in them. */
  readonly filteredOut: { readonly calls: number; readonly durationNs: number };
  /** Runs of programs that the kernel skipped; undefined when it does not tell. */
  readonly skippedRuns: number | undefined;
  /** Calls in cells, of which `unnamed` are cells whose file's name never came. */
  readonly sums: Readonly<CellSums>;
  /** Processes of the followed command that were alive at the end. */
  readonly processesAlive: number;
}

export class Session {
  readonly #object: LoadedObject<IorMap>;
  readonly #keySize: number;
  readonly #options: SessionOptions;
  readonly #profile: Profile;
  readonly #names: NameStore;
  readonly #extras = new ExtraStore();
  readonly #reader: CellReader;
  #ring: Ring | undefined;
  #attachment: Attachment | undefined;
  #cells = -1;
  #startedAt = new Date();
  #started = 0n;
  #closed = false;

  /** Loads the programs; nothing is traced yet. Throws a KernelError. */
  constructor(options: SessionOptions) {
    this.#options = options;
    this.#profile = new Profile(options.dimensions, options.maxRows);
    this.#names = new NameStore();
    this.#keySize = keySizeOf(options.dimensions);
    this.#object = loadIor(options);
    this.#reader = new CellReader(this.#profile, this.#names, this.#extras, this.#keySize, options.filter);
    try {
      this.#ring = new Ring(this.#object.fd('names'), options.limits.ringBytes);
      this.#attachment = new Attachment(
        this.#object,
        ATTACH_ORDER.filter((name) => name !== 'ior_fork' || !options.everything),
      );
      this.#control.setUint32(CONTROL.offset.epoch, 1, true);
      this.#control.setUint32(CONTROL.offset.generation, 1, true);
      this.#putCells();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Attaches the programs: from its return on every call in scope counts. Throws a KernelError, with nothing attached. */
  start(): void {
    try {
      this.#attachment?.attach();
      this.#mark();
    } catch (error) {
      this.close();
      throw error;
    }
    this.#startedAt = new Date();
    this.#started = process.hrtime.bigint();
  }

  /** What was there before the programs were. */
  #mark(): void {
    const { everything, targets } = this.#options;
    if (hasTasks(targets)) {
      this.#attachment?.markTargets();
    }
    if (everything || hasTasks(targets)) this.#attachment?.runIterator('ior_begun');
  }

  /** While it is above 0, the next process that this one forks is the command after so many execves, and in scope then. */
  set launching(execves: number) {
    if (this.#attachment) this.#attachment.launching = execves;
  }

  get processesAlive(): number {
    return this.#attachment?.processesAlive ?? 0;
  }

  /** How many of the processes and threads that were asked for are alive; undefined when none were. */
  get targetsAlive(): number | undefined {
    return hasTasks(this.#options.targets) ? this.processesAlive : undefined;
  }

  /** Takes in new names and, when enough have come, the cells. To be called every POLL_MS while tracing. */
  poll(): void {
    this.#drainNames();
    if (readU64(this.#control, CONTROL.offset.cells) > this.#options.limits.cells / SWAP_SHARE) this.#swap();
  }

  /** Calls that were folded so far, for a line of progress. */
  get calls(): number {
    return this.#counters().exits;
  }

  /** Detaches, takes in the rest and gives it all back to the kernel. */
  stop(): Capture {
    const processesAlive = this.processesAlive;
    const now = process.hrtime.bigint(); // CLOCK_MONOTONIC, as bpf_ktime_get_ns()
    const lengthNs = Number(now - this.#started);
    this.#attachment?.detach(CALLS);
    waitForPrograms();
    const running = readUnfinished(this.#attachment?.runIterator('ior_unfinished') ?? Buffer.alloc(0), Number(now));
    this.#attachment?.detach();
    this.#swap(); // waits until no program runs any more
    const { sums } = this.#reader;
    const capture = {
      profile: this.#profile,
      lengthNs,
      startedAt: this.#startedAt,
      counters: this.#counters(),
      leftOut: this.#leftOut(),
      unfinished: running.length,
      filteredOut: { calls: sums.filteredCalls, durationNs: sums.filteredNs },
      skippedRuns: skippedRuns(ATTACH_ORDER.map((name) => this.#object.program(name))),
      sums,
      processesAlive,
    };
    this.#addOverflow();
    this.#addUnfinished(running, capture);
    this.close();
    return capture;
  }

  /** Detaches and unloads, at any moment, once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#attachment?.close();
    this.#ring?.close();
    if (this.#cells >= 0) closeSync(this.#cells);
    this.#object.close();
  }

  get #control(): DataView {
    return (this.#attachment as Attachment).control;
  }

  /** Puts an empty map of cells in place; returns the descriptor of the one that was there, or -1. */
  #putCells(): number {
    const libbpf = loadLibbpf();
    const options = new DataView(new ArrayBuffer(MAP_OPTIONS.size));
    options.setBigUint64(0, BigInt(MAP_OPTIONS.size), true);
    options.setUint32(MAP_OPTIONS.flags, BPF_F_NO_PREALLOC, true);
    const { cells } = this.#options.limits;
    const fd = Number(libbpf.bpf_map_create(BPF_MAP_TYPE_HASH, 'ior_cells', this.#keySize, CELL.size, cells, options));
    if (fd < 0) throw new KernelError(`cannot make a map of ${cells} cells (${errnoName(fd)})`, { errno: -fd });
    const result = Number(
      libbpf.bpf_map_update_elem(this.#object.fd('cells'), new Uint32Array(1), Uint32Array.of(fd), 0),
    );
    if (result < 0) {
      closeSync(fd);
      throw new KernelError(`cannot put a map of cells in place (${errnoName(result)})`, { errno: -result });
    }
    const before = this.#cells;
    this.#cells = fd;
    return before;
  }

  /** The order matters: see "Names and epochs" in ARCHITECTURE.md. */
  #swap(): void {
    const control = this.#control;
    const generation = control.getUint32(CONTROL.offset.generation, true);
    control.setUint32(CONTROL.offset.generation, generation + 1, true);
    const full = this.#putCells();
    control.setBigUint64(CONTROL.offset.cells, 0n, true);
    this.#drainNames();
    const cpus = Number(loadLibbpf().libbpf_num_possible_cpus());
    this.#reader.read(full);
    this.#reader.readSlots(this.#object.fd('slots'), generation, cpus);
    closeSync(full);
    this.#names.beginEpoch();
    this.#extras.beginEpoch();
    control.setUint32(CONTROL.offset.epoch, control.getUint32(CONTROL.offset.epoch, true) + 1, true);
  }

  #drainNames(): void {
    this.#ring?.drain((view, at) => {
      if (!this.#extras.add(view, at)) this.#names.add(view, at);
    });
  }

  #counters(): Record<Counter, number> {
    const sums = sumOverCpus(this.#object.fd('counters'), 0, COUNTER_STRUCT.size);
    return Object.fromEntries(COUNTERS.map((name, i) => [name, sums[i]])) as Record<Counter, number>;
  }

  #leftOut(): Map<FileType, WeightSums> {
    const found = new Map<FileType, WeightSums>();
    for (const [number, type] of FILE_TYPES.entries()) {
      const sums = this.#cellOverCpus('left_out', number);
      if ((sums[0] as number) === 0) continue;
      found.set(type, Object.fromEntries(WEIGHTS.map((name, i) => [name, sums[i]])) as WeightSums);
    }
    return found;
  }

  /** Calls whose cell could not be made keep their syscall: the file's name is lost, the call is not. */
  #addOverflow(): void {
    const { texts, dimensions } = this.#profile;
    for (let number = 0; number < SYSCALLS; number++) {
      const sums = this.#cellOverCpus('overflow', number);
      if ((sums[0] as number) === 0) continue;
      const values: Partial<Record<Dimension, string>> = { ...LOST, syscall: syscallName(number) };
      this.#profile.add(
        dimensions.map((dimension) => texts.id(values[dimension] ?? '[overflow]')),
        sums,
      );
    }
  }

  #addUnfinished(
    running: readonly Unfinished[],
    {
      leftOut,
      filteredOut,
    }: { leftOut: Map<FileType, WeightSums>; filteredOut: { calls: number; durationNs: number } },
  ): void {
    const { texts, dimensions } = this.#profile;
    for (const call of running) {
      const { path, mount } = nameOf(call, this.#names);
      const extra = this.#extras.read(call.extra, 0);
      const weights = [1, 0, call.durationNs, call.durationNs, 0, call.gapNs];
      if ((this.#options.types & (1 << FILE_TYPES.indexOf(call.type))) === 0) {
        const sums = leftOut.get(call.type) ?? NOTHING;
        leftOut.set(
          call.type,
          Object.fromEntries(WEIGHTS.map((name, i) => [name, sums[name] + (weights[i] as number)])) as WeightSums,
        );
        continue;
      }
      if (this.#options.filter?.matches(call.comm, path) === false) {
        filteredOut.calls++;
        filteredOut.durationNs += call.durationNs;
        continue;
      }
      const [pid, tid, uid] = [String(call.pid), String(call.tid), String(call.uid)];
      const values = { ...extra, ...call, path, mount, pid, tid, uid, user: userName(call.uid) };
      this.#profile.add(
        dimensions.map((dimension) => texts.id(values[dimension])),
        weights,
      );
    }
  }

  #cellOverCpus(map: 'left_out' | 'overflow', key: number): Float64Array {
    return sumOverCpus(this.#object.fd(map), key, CELL.size, WEIGHTS.indexOf('maxNs'));
  }
}
