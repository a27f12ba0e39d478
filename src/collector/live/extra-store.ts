// Fields that a key holds as one number: what IOR_NAME_EXTRA and IOR_NAME_TREE records say. In: the ring's records. Out:
// texts. They are kept for two epochs, as names are (src/collector/live/name-store.ts). Trees, which are few, are kept for
// good, but no more of them than MOST_TREES: a process tells its own once.

import { errnoText, openFlagsText } from '../../model/constants.ts';
import { decodeName } from '../../model/names.ts';
import { OTHER } from '../../model/other-rows.ts';
import { UNKNOWN } from '../../model/profile.ts';
import { TupleTable } from '../../model/tuple-table.ts';
import { COMM_SIZE, EXTRA, NAME, NAME_KIND, NO_FLAGS } from './abi.ts';
import { cgroupName } from './cgroups.ts';
import { containerOf } from './containers.ts';
import { dataOf } from './name-record.ts';
import { readU64 } from './read-cells.ts';

export interface Extra {
  readonly cgroup: string;
  /** Or the unit of systemd; '' for neither. */
  readonly container: string;
  /** From the command, or init, down to the process, joined by NUL. */
  readonly tree: string;
  readonly program: string;
  /** `O_RDWR|O_APPEND`; '' for a call without an open file. */
  readonly flags: string;
  /** `ENOENT`; `ok` for none. */
  readonly errno: string;
}

const HASH_WORDS = 2;
const MOST_TREES = 65_536;

class ByHash<T> {
  readonly #hashes = new TupleTable(HASH_WORDS);
  readonly #values: T[] = [];
  readonly #hash = new Int32Array(HASH_WORDS);

  get size(): number {
    return this.#values.length;
  }

  get(view: DataView, at: number): T | undefined {
    return this.#values[this.#hashes.find(this.#read(view, at))];
  }

  set(view: DataView, at: number, value: T): void {
    this.#values[this.#hashes.add(this.#read(view, at))] = value;
  }

  #read(view: DataView, at: number): Int32Array {
    for (let i = 0; i < HASH_WORDS; i++) this.#hash[i] = view.getInt32(at + i * 4, true);
    return this.#hash;
  }
}

export class ExtraStore {
  readonly #trees = new ByHash<string>();
  #current = new ByHash<Extra>();
  #previous = new ByHash<Extra>();

  beginEpoch(): void {
    this.#previous = this.#current;
    this.#current = new ByHash();
  }

  /** Takes one record of the ring, if it is one of these. Returns whether it was. */
  add(view: DataView, at: number): boolean {
    const kind = view.getUint32(at + NAME.offset.kind, true);
    if (kind === NAME_KIND.extra) {
      this.#current.set(view, at + NAME.offset.file, this.read(view, at + NAME.offset.data));
    } else if (kind === NAME_KIND.tree) {
      const data = dataOf(view, at);
      const comms: string[] = [];
      for (let from = 0; from < data.length; from += COMM_SIZE) {
        comms.unshift(textOf(data.subarray(from, from + COMM_SIZE)));
      }
      if (!this.#treesAreFull) this.#trees.set(view, at + NAME.offset.file, comms.join('\0'));
    } else {
      return false;
    }
    return true;
  }

  /** What the hash at an offset stands for; undefined when that never came. */
  get(view: DataView, at: number): Extra | undefined {
    return this.#current.get(view, at) ?? this.#previous.get(view, at);
  }

  get #treesAreFull(): boolean {
    return this.#trees.size >= MOST_TREES;
  }

  /** A struct ior_extra. */
  read(view: DataView, at: number): Extra {
    const field = (name: keyof typeof EXTRA.offset) => at + EXTRA.offset[name];
    const flags = view.getUint32(field('flags'), true);
    const error = view.getUint32(field('error'), true);
    const id = readU64(view, field('cgroup'));
    const cgroup = id === 0 ? UNKNOWN : cgroupName(id);
    return {
      cgroup,
      container: cgroup.startsWith('[') ? UNKNOWN : containerOf(cgroup),
      tree: this.#trees.get(view, field('tree')) ?? (this.#treesAreFull ? OTHER : UNKNOWN),
      program: textOf(new Uint8Array(view.buffer, view.byteOffset + field('program'), COMM_SIZE)),
      flags: flags === NO_FLAGS ? '' : openFlagsText(flags),
      errno: errnoText(error),
    };
  }
}

function textOf(comm: Uint8Array): string {
  const end = comm.indexOf(0);
  return decodeName(end < 0 ? comm : comm.subarray(0, end));
}
