// Where finished calls go: into the rows of a Profile, to a callback, or into the sums of what the filter on types left
// out. Pairs come in one by one, in one object that is used again. Hot path: whatever is shared by many calls keeps the
// id of its text.

import type { Pair } from '../model/event.ts';
import { DEFAULT_TYPES, type FileType, type Profile, WEIGHTS, type Weight } from '../model/profile.ts';
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
}

export class PairOutput {
  /** Calls on files of types that were not asked for. */
  readonly leftOut = new Map<FileType, Record<Weight, number>>();
  readonly #profile: Profile | undefined;
  readonly #onPair: ((pair: Pair) => void) | undefined;
  readonly #types: ReadonlySet<FileType>;
  readonly #values: Int32Array;
  readonly #weights = new Float64Array(WEIGHTS.length);

  constructor(options: OutputOptions) {
    this.#profile = options.profile;
    this.#onPair = options.onPair;
    this.#types = new Set(options.types ?? DEFAULT_TYPES);
    this.#values = new Int32Array(options.profile?.dimensions.length ?? 0);
  }

  /** `name` is what the pair's path comes from, if it is something open. Returns false when its type was left out. */
  add(pair: Pair, task: Task, spec: CallSpec, name: OpenName | undefined): boolean {
    const weights = this.#weights; // in the order of WEIGHTS
    weights[0] = 1;
    weights[1] = pair.errno === 0 ? 0 : 1;
    weights[2] = pair.durationNs;
    weights[3] = pair.durationNs;
    weights[4] = pair.bytes;
    weights[5] = pair.gapNs;
    if (!this.#types.has(pair.fileType)) {
      this.#leaveOut(pair.fileType);
      return false;
    }
    if (this.#profile !== undefined) this.#addRow(this.#profile, pair, task, spec, name);
    if (this.#onPair !== undefined) this.#onPair(pair);
    return true;
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
    const { dimensions, texts } = profile;
    const values = this.#values;
    for (let i = 0; i < dimensions.length; i++) {
      switch (dimensions[i]) {
        case 'comm':
          if (spec.execs) {
            values[i] = texts.id(pair.comm); // the one before it
            break;
          }
          if (task.commText < 0) task.commText = texts.id(pair.comm);
          values[i] = task.commText;
          break;
        case 'path':
          if (name === undefined) {
            values[i] = texts.id(pair.path);
            break;
          }
          if (name.text < 0) name.text = texts.id(name.path);
          values[i] = name.text;
          break;
        case 'syscall':
          if (spec.text < 0) spec.text = texts.id(spec.name);
          values[i] = spec.text;
          break;
        case 'type':
          values[i] = texts.id(pair.fileType);
          break;
        case 'pid':
          if (task.process.text < 0) task.process.text = texts.id(String(pair.pid));
          values[i] = task.process.text;
          break;
        case 'tid':
          if (task.tidText < 0) task.tidText = texts.id(String(pair.tid));
          values[i] = task.tidText;
          break;
        case 'uid':
          if (task.uidText < 0) task.uidText = texts.id(task.uid < 0 ? '?' : String(task.uid));
          values[i] = task.uidText;
          break;
      }
    }
    profile.add(values, this.#weights);
  }
}
