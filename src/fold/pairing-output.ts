// Where finished calls go: into the rows of a Profile, to a callback, or into the sums of what the filters left
// out. Pairs come in one by one, in one object that is used again. Hot path: whatever is shared by many calls keeps the
// id of its text.

import { errnoText, openFlagsText } from '../model/constants.ts';
import type { Pair } from '../model/event.ts';
import {
  DEFAULT_TYPES,
  type FileType,
  type Profile,
  UNFINISHED,
  UNKNOWN,
  WEIGHTS,
  type Weight,
} from '../model/profile.ts';
import type { RowFilter } from '../model/row-filter.ts';
import { userName } from '../model/users.ts';
import type { OpenName } from './descriptors.ts';
import type { CallSpec } from './pairing-spec.ts';
import type { Task } from './pairing-tasks.ts';

export interface OutputOptions {
  /** Finished calls of wanted types are added to it. */
  readonly profile?: Profile | undefined;
  /** Called with each of them; the object is used again for the next. */
  readonly onPair?: ((pair: Pair) => void) | undefined;
  /** DEFAULT_TYPES unless given. */
  readonly types?: readonly FileType[] | undefined;
  /** Which of those are wanted by their names; all unless given. */
  readonly filter?: RowFilter | undefined;
}

/** What became of a call, as PairingEngine counts it. */
export type PairEnd = 'folded' | 'leftOut' | 'filteredOut';

export class PairOutput {
  /** Calls on files of types that were not asked for. */
  readonly leftOut = new Map<FileType, Record<Weight, number>>();
  /** Calls of wanted types that the filter did not let through, unfinished ones among them, and the time in them. */
  readonly filteredOut = { calls: 0, durationNs: 0 };
  readonly #profile: Profile | undefined;
  readonly #onPair: ((pair: Pair) => void) | undefined;
  readonly #types: ReadonlySet<FileType>;
  readonly #filter: RowFilter | undefined;
  readonly #values: Int32Array;
  readonly #weights = new Float64Array(WEIGHTS.length);

  constructor(options: OutputOptions) {
    this.#profile = options.profile;
    this.#onPair = options.onPair;
    this.#types = new Set(options.types ?? DEFAULT_TYPES);
    this.#filter = options.filter;
    this.#values = new Int32Array(options.profile?.dimensions.length ?? 0);
  }

  /** `name` is what the pair's path comes from, if it is something open. */
  add(pair: Pair, task: Task, spec: CallSpec, name: OpenName | undefined): PairEnd {
    this.#weigh(pair);
    if (!this.#types.has(pair.fileType)) {
      this.#leaveOut(pair.fileType);
      return 'leftOut';
    }
    if (!this.#isWanted(pair)) return 'filteredOut';
    if (this.#profile !== undefined) this.#addRow(this.#profile, pair, task, spec, name);
    if (this.#onPair !== undefined) this.#onPair(pair);
    return 'folded';
  }

  /** A call that was still running at the end: into the profile under a frame that says so. */
  addUnfinished(pair: Pair, task: Task, spec: CallSpec, name: OpenName | undefined): void {
    this.#weigh(pair);
    if (!this.#types.has(pair.fileType)) this.#leaveOut(pair.fileType);
    else if (this.#isWanted(pair) && this.#profile !== undefined) {
      const text = this.#profile.texts.id(`${spec.name}\0${UNFINISHED}`);
      this.#addRow(this.#profile, pair, task, { ...spec, text }, name);
    }
  }

  #isWanted(pair: Pair): boolean {
    if (this.#filter === undefined || this.#filter.matches(pair.comm, pair.path, pair.path2)) return true;
    this.filteredOut.calls++;
    this.filteredOut.durationNs += pair.durationNs;
    return false;
  }

  #weigh(pair: Pair): void {
    const weights = this.#weights; // in the order of WEIGHTS
    weights[0] = 1;
    weights[1] = pair.errno === 0 ? 0 : 1;
    weights[2] = pair.durationNs;
    weights[3] = pair.durationNs;
    weights[4] = pair.bytes;
    weights[5] = pair.gapNs;
  }

  #leaveOut(type: FileType): void {
    let sums = this.leftOut.get(type);
    if (sums === undefined) {
      sums = Object.fromEntries(WEIGHTS.map((weight) => [weight, 0])) as Record<Weight, number>;
      this.leftOut.set(type, sums);
    }
    for (let i = 0; i < WEIGHTS.length; i++) {
      const weight = WEIGHTS[i] as Weight;
      const value = this.#weights[i] as number;
      sums[weight] = weight === 'maxNs' ? Math.max(sums[weight], value) : sums[weight] + value;
    }
  }

  #addRow(profile: Profile, pair: Pair, task: Task, spec: CallSpec, name: OpenName | undefined): void {
    const { dimensions } = profile;
    const values = this.#values;
    for (let i = 0; i < dimensions.length; i++) {
      switch (dimensions[i]) {
        case 'comm':
          if (spec.execs) {
            values[i] = profile.id(pair.comm); // the one before it
            break;
          }
          if (task.commText < 0) task.commText = profile.id(pair.comm);
          values[i] = task.commText;
          break;
        case 'path':
          if (name === undefined) {
            values[i] = profile.id(pair.path);
            break;
          }
          if (name.text < 0) name.text = profile.id(name.path);
          values[i] = name.text;
          break;
        case 'syscall':
          if (spec.text < 0) spec.text = profile.id(spec.name);
          values[i] = spec.text;
          break;
        case 'type':
          values[i] = profile.id(pair.fileType);
          break;
        case 'pid':
          if (task.process.text < 0) task.process.text = profile.id(String(pair.pid));
          values[i] = task.process.text;
          break;
        case 'tid':
          if (task.tidText < 0) task.tidText = profile.id(String(pair.tid));
          values[i] = task.tidText;
          break;
        case 'uid':
          if (task.uidText < 0) task.uidText = profile.id(task.uid < 0 ? '?' : String(task.uid));
          values[i] = task.uidText;
          break;
        case 'program':
          values[i] = profile.id(programOf(task, pair.comm));
          break;
        case 'errno':
          values[i] = profile.id(errnoText(pair.errno));
          break;
        case 'flags':
          values[i] = profile.id(pair.flags < 0 ? '' : openFlagsText(pair.flags));
          break;
        case 'tree':
        case 'cgroup':
        case 'container':
        case 'mount':
          values[i] = profile.id(UNKNOWN);
          break;
        case 'user':
          values[i] = profile.id(task.uid < 0 ? '?' : userName(task.uid));
          break;
      }
    }
    profile.add(values, this.#weights);
  }
}

/** The comm of the process's leader, if that is known. */
function programOf(task: Task, comm: string): string {
  if (task.tid === task.process.pid) return comm;
  for (const other of task.process.tasks) if (other.tid === task.process.pid) return other.comm ?? comm;
  return comm;
}
